"""What each node of a graph computes, counted on meta tensors: neither weights nor time are needed.

Operations are those of convolutions and matrix products, an addition and a multiplication as two, for one target.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import flop_registry

from ..dsl.program import Apply, Literal, Operand
from .graph import ComponentGraph
from .ports import call_arguments, match_ports
from .quick_meta import QuickMeta
from .shapes import SettledPart
from .values import BATCHES, Both, Patch, operand, signature

SMALL = 0
"""which of the two batch sizes of a checked graph is counted"""
MOST_INNER = 400
"""of one node, inner modules beyond these are counted and not listed"""


@dataclass(frozen=True)
class InnerModule:
    """A module within a component, at its first call."""

    path: str
    """as the component calls it: `layer1.0.conv1`"""
    type: str
    shape: str
    """of what it gives: `b 64 31 31`; empty where that is no tensor"""
    parameters: int
    operations: int
    """of all its calls"""


@dataclass(frozen=True)
class NodeWork:
    """What one node takes, for one target."""

    operations: int
    result_bytes: int
    """of what it gives, as it lies in memory"""
    inner: tuple[InnerModule, ...]
    """in the order of their first calls, a module before those within it"""


@dataclass
class Watch:
    """What is seen of the modules within a component while it runs."""

    order: dict[str, str] = field(default_factory=dict)
    """paths, as they begin, and the shapes that they give"""
    operations: dict[str, int] = field(default_factory=dict)


class Counter(QuickMeta):  # type: ignore[no-untyped-call]  # torch leaves its hook for subclasses untyped
    """Counts operations as torch's own `FlopCounterMode` does, which trips over weights that a module hands on.

    Shapes are told by rule, as in a check: asked for them, PyTorch would import its whole compiler, 40 MB and two
    seconds in which the language server, that was asked for a hover, answers nobody.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = super().__torch_dispatch__(function, types, args, kwargs)
        formula = flop_registry.get(function._overloadpacket)
        if formula is not None:
            self.total += int(formula(*args, **(kwargs or {}), out_val=result))
        return result


def node_work(graph: ComponentGraph) -> dict[str, NodeWork]:
    """The work of every application of a part, by the name of its node, in the graph's order."""
    known: dict[Hashable, NodeWork] = {}
    work: dict[str, NodeWork] = {}
    for node in graph.program.nodes:
        if isinstance(node, Apply):
            part = graph.parts[node.part]
            taken = operands_of(node, part, graph.values)
            key = (id(part.module), tuple((port, signature(value)) for port, value in taken))
            if key not in known:
                known[key] = counted(part.module, *call_arguments(part.bound.component, taken))
            work[node.name] = known[key]
    return work


def work_of(node: Apply, part: SettledPart, values: Mapping[str, Both]) -> NodeWork:
    """The work of one application alone; what it reads is among the `values`."""
    return counted(part.module, *call_arguments(part.bound.component, operands_of(node, part, values)))


def operands_of(node: Apply, part: SettledPart, values: Mapping[str, Both]) -> tuple[tuple[str, Any], ...]:
    """What an application gets, by port."""
    taken, _ = match_ports(node, part.bound.component)
    return tuple((port, operand(value_of(argument.value, values))) for port, argument in taken)


def value_of(source: Operand, values: Mapping[str, Both]) -> Any:
    return source.value if isinstance(source, Literal) else values[source.node][SMALL]


def counted(module: nn.Module, args: Any, kwargs: Mapping[str, Any]) -> NodeWork:
    """Run a module once on meta tensors, and tell what it computed, within it too."""
    watch = Watch()
    counter = Counter()
    with torch.no_grad(), watched(module, watch, counter), counter:
        result = module(*args, **kwargs)
    modules = dict(module.named_modules())
    inner = tuple(
        InnerModule(path, type(modules[path]).__name__, shape, weights(modules[path]), per_target(operations))
        for path, shape in list(watch.order.items())[:MOST_INNER]
        for operations in [watch.operations[path]]
    )
    return NodeWork(per_target(counter.total), per_target(bytes_of(result)), inner)


@contextmanager
def watched(module: nn.Module, watch: Watch, counter: Counter) -> Iterator[None]:
    """Within it, every module below `module` is noted as it runs."""
    begun: dict[str, list[int]] = {}

    def before(path: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            watch.order.setdefault(path, "")
            begun.setdefault(path, []).append(counter.total)

        return hook

    def after(path: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: Any, result: Any) -> None:
            watch.order[path] = watch.order[path] or batch_shape(result)
            spent = counter.total - begun[path].pop()
            watch.operations[path] = watch.operations.get(path, 0) + spent

        return hook

    with ExitStack() as stack:
        for path, found in module.named_modules():
            if path:
                stack.callback(found.register_forward_pre_hook(before(path)).remove)
                stack.callback(found.register_forward_hook(after(path)).remove)
        yield


def batch_shape(result: Any) -> str:
    """A tensor's shape with the batch as `b`; several tensors' one after another."""
    if isinstance(result, (tuple, list)):
        return ", ".join(filter(None, map(batch_shape, result)))
    if not isinstance(result, Tensor):
        return ""
    first, *rest = result.shape or ("scalar",)
    return " ".join(map(str, ["b" if first == BATCHES[SMALL] else first, *rest]))


def bytes_of(value: Any) -> int:
    if isinstance(value, Patch):
        return bytes_of(value.image)
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    return sum(map(bytes_of, value)) if isinstance(value, (tuple, list)) else 0


def weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def per_target(number: int) -> int:
    return number // BATCHES[SMALL]
