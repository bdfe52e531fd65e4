"""Where a program must be reckoned exactly, and where it need not be: cut into a network and a tail.

OpenVINO computes float64 in float32 and int64 in int32. Targets, windows and what a decoder makes of them are
float64, and a rounding that falls otherwise moves a crop. So a program is cut in two: the network, which nothing
exact goes into, and the tail, which is everything that depends on an exact number.

Where the network computes in a low precision, the last layers of heads go into the tail as well: their results are
the answer, and are not to be rounded to eight bits of a mantissa.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from ..plan import Slot
from ..programs import StageProgram
from .backend import BuildOptions

EXACT = (torch.float64, torch.complex128)

HEAVY = frozenset(f"aten::{name}" for name in ("conv1d", "conv2d", "conv3d", "linear", "matmul", "bmm", "mm"))
"""Operators for which a second engine is worth its call."""

ANSWER_WEIGHTS = 1 << 16
"""A last layer with more weights than this is left in the network: in float it would cost too much."""


@dataclass(frozen=True)
class Halves:
    """A program in two, called one after the other; either may be missing."""

    network: StageProgram | None
    tail: StageProgram | None


def split_exact(program: StageProgram, low: bool = False) -> Halves:
    """The halves of a program. Wires between them are places of kind `wire`.

    `low`: the network's precision is a low one, so that a tail takes the last layers of heads with it.
    """
    graph = program.module.graph
    exact = exact_nodes(graph)
    if low and any(is_heavy(node) and node not in exact for node in graph.nodes):
        exact = with_answers(program, exact)
    (results,) = next(node for node in graph.nodes if node.op == "output").args
    if not any(is_heavy(node) and node not in exact for node in graph.nodes):
        return Halves(None, program)
    if not any(node in exact for node in results):
        return Halves(program, None)
    late = [node for node in results if node in exact]
    wires = wires_into(late, exact)
    early = [node for node in results if node not in exact]
    slots = dict(zip(graph.find_nodes(op="placeholder"), program.inputs, strict=True))
    wired = {node: Slot(f"wire.{node.name}", "wire") for node in wires}
    written = list(zip(results, program.outputs, strict=True))
    network = part(
        program,
        "network",
        slots,
        [(node, slot) for node, slot in written if node in early] + list(wired.items()),
    )
    tail = part(
        program, "tail", {**slots, **wired}, [(node, slot) for node, slot in written if node in exact]
    )
    return Halves(network, tail)


def in_halves(program: StageProgram, options: BuildOptions) -> Mapping[str, StageProgram]:
    """The halves that there are, by the ends of the names that they are written under."""
    found = split_exact(program, low=options.precision in ("bf16", "fp16"))
    parts = {".network": found.network, ".tail": found.tail}
    return {end: part for end, part in parts.items() if part is not None}


def is_heavy(node: fx.Node) -> bool:
    return isinstance(node.target, torch._ops.OpOverload) and node.target._schema.name in HEAVY


def exact_nodes(graph: fx.Graph) -> set[fx.Node]:
    """Nodes that hold an exact number or depend on one; a size is no such number."""
    found: set[fx.Node] = set()
    for node in graph.nodes:
        value = node.meta.get("val")
        values = value if isinstance(value, list | tuple) else [value]
        if not any(isinstance(one, Tensor) for one in values) and node.op != "output":
            continue
        is_exact = any(isinstance(one, Tensor) and one.dtype in EXACT for one in values)
        if is_exact or any(source in found for source in node.all_input_nodes):
            found.add(node)
    return found


def with_answers(program: StageProgram, exact: set[fx.Node]) -> set[fx.Node]:
    """The exact nodes, the last layers that they depend on, and all that depends on these.

    A last layer is one with weights of its own that no other heavy operator depends on.
    """
    graph = program.module.graph
    needed = needed_for(exact, lambda node: False)
    followed: set[fx.Node] = set()
    last: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        heavy = is_heavy(node) and node not in exact
        if heavy and node not in followed and node in needed and has_few_weights(program, node):
            last.add(node)
        if heavy or node in followed:
            followed.update(node.all_input_nodes)
    found = exact | last
    for node in graph.nodes:
        is_tensor = isinstance(node.meta.get("val"), Tensor)
        if is_tensor and any(source in found for source in node.all_input_nodes):
            found.add(node)
    return found


def has_few_weights(program: StageProgram, node: fx.Node) -> bool:
    weight = node.args[1]
    if not isinstance(weight, fx.Node) or weight.op != "get_attr":
        return False
    return program.module.get_buffer(str(weight.target)).numel() <= ANSWER_WEIGHTS


def wires_into(late: Iterable[fx.Node], exact: set[fx.Node]) -> list[fx.Node]:
    """What the tail reads of the network's; what is made of constants and sizes alone it makes itself."""
    waiting, seen = list(late), set[fx.Node]()
    wires: dict[fx.Node, None] = {}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node not in exact and node.op == "call_function" and is_computed(node):
            wires[node] = None
            continue
        waiting.extend(node.all_input_nodes)
    order = {node: index for index, node in enumerate(next(iter(seen)).graph.nodes)}
    return sorted(wires, key=order.__getitem__)


def is_computed(node: fx.Node) -> bool:
    """Whether a tensor depends on what is given, and not on constants and sizes alone."""
    if not isinstance(node.meta.get("val"), Tensor):
        return False
    waiting, seen = list(node.all_input_nodes), set()
    while waiting:
        source = waiting.pop()
        if source in seen or isinstance(source.meta.get("val"), torch.SymInt):
            continue
        if source.op == "placeholder":
            return True
        seen.add(source)
        waiting.extend(source.all_input_nodes)
    return False


def part(
    program: StageProgram,
    name: str,
    edges: dict[fx.Node, Slot],
    wanted: list[tuple[fx.Node, Slot]],
) -> StageProgram:
    """What computes `wanted`, reading `edges` where it meets them."""
    needed = needed_for([node for node, _ in wanted], lambda node: node in edges)
    holder, graph = nn.Module(), fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    inputs: list[Slot] = []
    for node in program.module.graph.nodes:
        if node in needed and node in edges:
            copies[node] = graph.placeholder(node.name)
            copies[node].meta = dict(node.meta)
            inputs.append(edges[node])
    for node in program.module.graph.nodes:
        if node in needed and node not in edges:
            copies[node] = graph.node_copy(node, copies.__getitem__)
            if node.op == "get_attr":
                holder.register_buffer(str(node.target), program.module.get_buffer(str(node.target)))
    graph.output(tuple(copies[node] for node, _ in wanted))
    module = fx.GraphModule(holder, graph, class_name=f"{name.title()}Program")
    return StageProgram(f"{program.name}.{name}", module, tuple(inputs), tuple(slot for _, slot in wanted))


def needed_for(wanted: Iterable[fx.Node], edge: Callable[[fx.Node], bool]) -> set[fx.Node]:
    found: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found.add(node)
        if not edge(node):
            waiting.extend(node.all_input_nodes)
    return found
