"""Where an operator of a program comes from, for messages: the component, the spec's line and the Python line."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import fx

from .user_error import told_line

FRAME = re.compile(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+), in [^\n]*(?:\n\s*(?P<code>[^\n]+))?')
"""A frame of `node.meta["stack_trace"]`, which torch.export writes: the innermost frame is the last."""


def component_place(node: fx.Node) -> str:
    """`` `pick` (spec.sot:12:5) ``; empty for what no node of the spec stands for (geometry, glue of programs)."""
    origin, span = node.meta.get("origin"), node.meta.get("span")
    if not origin:
        return ""
    return f"`{origin}`" + (f" ({span.path}:{span.line}:{span.column})" if span is not None else "")


def python_place(node: fx.Node) -> str:
    """`` at point_decode.py:41 (`return order.sort()`) ``, or empty where a pass of the compiler made the node."""
    library = str(Path(torch.__file__).parent)
    frames = list(FRAME.finditer(str(node.meta.get("stack_trace") or "")))
    own = [frame for frame in frames if not frame["path"].startswith(library)]
    return told_line(own[-1]["path"], int(own[-1]["line"]), own[-1]["code"]) if own else ""
