"""A checked spec that cannot become programs (6xx): the component, the spec's line and the Python line."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch

from .user_error import UserError, told_line

if TYPE_CHECKING:
    from .graph import ComponentGraph
    from .lower import Lowered


class LoweringError(UserError):
    """Says what could not be lowered and what to do about it."""

    code: ClassVar[str] = "SOT601"

    @classmethod
    def of(cls, error: Exception, lowered: Lowered, graph: ComponentGraph) -> LoweringError:
        """What `torch.export` raised, with the component whose code it was in."""
        if isinstance(error, LoweringError):
            return error
        lines = str(error).strip().splitlines() or [type(error).__name__]
        library = str(Path(torch.__file__).parent)
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if not frame.filename.startswith(library) and "compiler" not in Path(frame.filename).parts
        ]
        own = [frame for frame in frames if Path(frame.filename).is_file()]
        where = told_line(own[-1].filename, own[-1].lineno or 0, own[-1].line) if own else ""
        return cls(
            f"{culprit(error, lowered, graph)} cannot be exported{where}: {lines[0]}",
            "code that runs in a program may not branch on a value or read one (`.item()`); use torch.where",
        )


def culprit(error: Exception, lowered: Lowered, graph: ComponentGraph) -> str:
    """The node whose call raised, and its place in the spec: the lowered module's code has a line per call."""
    for frame in traceback.extract_tb(error.__traceback__):
        name = (frame.line or "").partition(" = ")[0].strip()
        if frame.filename.startswith("<eval_with_key>") and lowered.origins.get(name) in graph.graph:
            node = graph.graph.nodes[lowered.origins[name]]
            span = node["span"]
            return f"`{node['part'] or lowered.origins[name]}` ({span.path}:{span.line}:{span.column})"
    return f"`{graph.program.name}`"
