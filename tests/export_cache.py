"""Tests compile the same few trackers again and again: what `torch.export` makes of one is kept for the next.

Of a compile, exporting is nine tenths of the time. It depends on the spec and on how the parts are built, and not on
the values of weights: on a second compile of the same tracker in one process the flat graph is taken from the first,
with the new weights in place. Files that test the export itself (tests/compiler/test_flatten.py) call it as it is.
"""

from __future__ import annotations

import operator
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

MOST = 24
"""Flat graphs that are kept; the one that was not asked for the longest goes first."""

LARGEST = 20_000_000
"""Numbers in the weights of a tracker that is kept, so that a process stays small."""

DRIVER = "sotc.compiler.driver"

FOLDERS = re.compile(r"'[^']*/(?=[^'/]*\.sot')")
"""Where a spec lies, in the text of a program: equal specs of two temporary folders are one."""


@dataclass(frozen=True)
class Kept:
    flat: Any
    parts: Mapping[str, Any]
    """held, since the key names their classes by `id`"""


class ExportCache:
    """Stands for `driver.flat_tracker`."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real = real
        self.hits = 0
        self._kept: OrderedDict[object, Kept] = OrderedDict()

    def __call__(self, graph: Any, modules: Mapping[str, Any], lowering: str, device: Any) -> Any:
        key = (FOLDERS.sub("'", repr(graph.program)), lowering, str(device), tuple(built(modules)))
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            self.hits += 1
            return with_weights(kept.flat, graph, modules, lowering)
        flat, lowered = self.real(graph, modules, lowering, device)
        if sum(value.numel() for module in modules.values() for value in module.parameters()) <= LARGEST:
            self._kept[key] = Kept(flat, modules)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return flat, lowered


def built(modules: Mapping[str, Any]) -> Any:
    """How parts are built: classes, what they do, and the shapes and types of all that they hold."""
    for name, part in modules.items():
        yield name
        for module in part.modules():
            yield id(type(module)), id(type(module).forward), module.extra_repr()
        for label, value in part.state_dict().items():
            yield label, tuple(value.shape), value.dtype


def with_weights(flat: Any, graph: Any, modules: Mapping[str, Any], lowering: str) -> Any:
    """A flat graph with the weights of these modules, and the lowered graph that it would have come from."""
    from torch import fx

    from sotc.compiler.driver import lowered_tracker

    lowered = lowered_tracker(graph, modules, lowering)
    weights = dict(lowered.module.named_parameters(remove_duplicate=False))
    weights |= dict(lowered.module.named_buffers(remove_duplicate=False))
    names = {str(node.target) for node in flat.module.graph.nodes if node.op == "get_attr"}
    constants = {
        name: weights[name] if name in weights else operator.attrgetter(name)(flat.module) for name in names
    }
    for node in flat.module.graph.nodes:
        origin = flat.origins.get(node.name)
        if origin in graph.graph:
            node.meta["span"] = graph.graph.nodes[origin]["span"]
    return replace(flat, module=fx.GraphModule(constants, flat.module.graph)), lowered


def install() -> None:
    """Put the cache into its place, once the compiler was imported by whoever needs it."""
    driver: Any = sys.modules.get(DRIVER)
    if (
        driver is not None
        and hasattr(driver, "flat_tracker")
        and not isinstance(driver.flat_tracker, ExportCache)
    ):
        driver.flat_tracker = ExportCache(driver.flat_tracker)
