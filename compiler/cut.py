"""Cutting the flat graph into `init`, `step`, `refresh` and `next`, by asking of every value when it is known.

What is known at the first frame and read in every step becomes the cache. The cut is made at the last value that
keeps the batch axis (a depthwise correlation folds the batch into channels), so that each target's share of the
cache can be replaced alone. See docs/decisions/003-the-cut.md.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, fx, nn

from .flatten import Flat, number_of_targets, same_symbol
from .in_place import operator_of, restore_in_place
from .plan import Slot
from .programs import StageProgram
from .stages import Stage

Boundary = Callable[[fx.Node], Slot | None]
"""Where a value is read from the store instead of being computed."""


FILLS = frozenset(f"aten::{name}" for name in ("zeros", "new_zeros", "ones", "new_ones", "full", "new_full"))
"""Memory filled with one number: made anew where it is needed, since a copy out of the cache costs as much."""


@dataclass(frozen=True)
class Cut:
    """The programs that a flat graph was cut into."""

    init: StageProgram
    step: StageProgram
    refresh: tuple[StageProgram, ...]
    next: StageProgram | None


@dataclass(frozen=True)
class Facts:
    """What is known of each flat node."""

    stage: Mapping[fx.Node, Stage]
    touches: Mapping[fx.Node, frozenset[str]]
    """refreshed templates whose pixels or place the node depends on"""
    slots: Mapping[fx.Node, Slot]
    """the store's places of what may be cached"""


def cut(flat: Flat, refreshed: Iterable[str]) -> Cut:
    """Cut the flat graph; `refreshed` names the templates that have a `refresh` clause."""
    templates = tuple(refreshed)
    facts = analyse(flat, templates)
    outputs = flat.outputs
    results = {
        name: node
        for name, node in outputs.items()
        if not name.startswith("next.") and not name.endswith(".initial")
    }
    following = {name: node for name, node in outputs.items() if name.startswith("next.")}
    initials = {
        Slot(name.removesuffix(".initial"), "state"): node
        for name, node in outputs.items()
        if name.endswith(".initial")
    }
    in_step = cone(results.values(), at_step(flat, facts))
    afterwards = bool(following) and any(
        facts.touches[node] for node in cone(following.values(), at_next(flat, facts, in_step), edge=True)
    )
    wanted_step: dict[Slot, fx.Node] = {slot_of_result(name): node for name, node in results.items()}
    next_states = {
        Slot(f"state.{name.removeprefix('next.')}", "state"): node for name, node in following.items()
    }
    if not afterwards:
        wanted_step |= next_states
    following_program = None
    if afterwards:
        following_program = extract("next", flat, next_states, at_next(flat, facts, in_step))
        wanted_step |= carries(following_program, flat, facts, in_step)
    step = extract("step", flat, wanted_step, at_step(flat, facts))
    cached = caches(flat, facts, [step, *([following_program] if following_program else [])])
    programs = refresh_programs(flat, facts, templates, cached)
    cached |= caches(flat, facts, programs)
    init = extract("init", flat, {**cached, **initials}, at_init(flat))
    return Cut(init, step, programs, following_program)


def slot_of_result(name: str) -> Slot:
    """`output.box`, `refresh.online` (a condition, carried over), `target`, `boxes`, `held`, `search.windows`"""
    if name.startswith("refresh."):
        return Slot(f"carry.{name}", "carry")
    kind = "output" if name.startswith("output.") else name.rpartition(".")[2]
    return Slot(name, kind)


# ---------------------------------------------------------------- facts


def analyse(flat: Flat, refreshed: tuple[str, ...]) -> Facts:
    stage: dict[fx.Node, Stage] = {}
    touches: dict[fx.Node, frozenset[str]] = {}
    slots: dict[fx.Node, Slot] = {}
    taken: set[str] = set()
    for node in flat.module.graph.nodes:
        if node.op == "placeholder":
            placeholder = flat.placeholders[node.name]
            stage[node] = placeholder.stage
            own = placeholder.crop in refreshed and placeholder.slot.kind != "border"
            touches[node] = frozenset({str(placeholder.crop)}) if own else frozenset()
        else:
            sources = node.all_input_nodes
            stage[node] = max((stage[source] for source in sources), default=Stage.CONST)
            touches[node] = frozenset().union(*(touches[source] for source in sources))
        if stage[node] == Stage.INIT and can_be_cached(node, flat):
            name = flat.origins.get(node.name, node.name)
            slots[node] = Slot(unique(f"cache.{name}", taken), "cache")
    return Facts(stage, touches, slots)


def unique(name: str, taken: set[str]) -> str:
    count, found = 1, name
    while found in taken:
        count += 1
        found = f"{name}.{count}"
    taken.add(found)
    return found


def can_be_cached(node: fx.Node, flat: Flat) -> bool:
    """A tensor whose first axis is the batch, or which knows nothing of the batch; no bare weight, no filling."""
    value = node.meta.get("val")
    target = operator_of(node)
    if target is not None and target._schema.name in FILLS:
        return False
    if node.op not in ("placeholder", "call_function") or not isinstance(value, Tensor):
        return False
    if value.ndim and same_symbol(value.shape[0], flat.batch):
        return all(isinstance(size, int) for size in value.shape[1:])
    return all(isinstance(size, int) for size in value.shape)


# ---------------------------------------------------------------- boundaries


def at_init(flat: Flat) -> Boundary:
    def boundary(node: fx.Node) -> Slot | None:
        return flat.placeholders[node.name].slot if node.op == "placeholder" else None

    return boundary


def at_step(flat: Flat, facts: Facts) -> Boundary:
    def boundary(node: fx.Node) -> Slot | None:
        if node.op == "placeholder" and is_lasting(flat, node):
            return flat.placeholders[node.name].slot
        return facts.slots.get(node)

    return boundary


def is_lasting(flat: Flat, node: fx.Node) -> bool:
    """Whether the store still holds this input in a step: everything but what belonged to the first frame."""
    placeholder = flat.placeholders[node.name]
    return placeholder.stage > Stage.INIT or placeholder.slot.kind == "border"


def at_next(flat: Flat, facts: Facts, in_step: frozenset[fx.Node]) -> Boundary:
    """After the step: its values are carried over; the target has moved on, so the old one is carried too."""
    step = at_step(flat, facts)

    def boundary(node: fx.Node) -> Slot | None:
        moved = node.op == "placeholder" and flat.placeholders[node.name].slot.kind == "target"
        late = facts.stage[node] > Stage.INIT
        if late and (moved or (node in in_step and is_computed_tensor(node))):
            return Slot(f"carry.{node.name}", "carry")
        return step(node)

    return boundary


def is_computed_tensor(node: fx.Node) -> bool:
    return node.op == "call_function" and isinstance(node.meta.get("val"), Tensor)


def at_refresh(flat: Flat, facts: Facts, name: str) -> Boundary:
    """What depends on the template is computed anew; what else was known at the first frame is in the cache."""

    def boundary(node: fx.Node) -> Slot | None:
        if node.op == "placeholder" and (name in facts.touches[node] or is_lasting(flat, node)):
            return flat.placeholders[node.name].slot
        return None if name in facts.touches[node] else facts.slots.get(node)

    return boundary


# ---------------------------------------------------------------- programs


def cone(wanted: Iterable[fx.Node], boundary: Boundary, edge: bool = False) -> frozenset[fx.Node]:
    """All nodes computed for `wanted`, up to the boundary; with `edge`, the nodes on it as well."""
    found: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        if boundary(node) is not None:
            if edge:
                found.add(node)
            continue
        found.add(node)
        waiting.extend(node.all_input_nodes)
    return frozenset(found)


def carries(
    program: StageProgram, flat: Flat, facts: Facts, in_step: frozenset[fx.Node]
) -> dict[Slot, fx.Node]:
    """What a step must hand over to the program that follows it."""
    boundary = at_next(flat, facts, in_step)
    wanted = {slot for slot in program.inputs if slot.kind == "carry"}
    return {slot: node for node in flat.module.graph.nodes if (slot := boundary(node)) in wanted and slot}


def caches(flat: Flat, facts: Facts, programs: Iterable[StageProgram]) -> dict[Slot, fx.Node]:
    """What the programs read from the cache, in the graph's order."""
    wanted = {slot for program in programs for slot in program.inputs if slot.kind == "cache"}
    return {facts.slots[node]: node for node in flat.module.graph.nodes if facts.slots.get(node) in wanted}


def refresh_programs(
    flat: Flat, facts: Facts, templates: tuple[str, ...], cached: Mapping[Slot, fx.Node]
) -> tuple[StageProgram, ...]:
    """A program for each refreshed template, which renews all that the cache holds of it.

    Where two templates meet, the program of one reads the other's share from the cache: that share must be cached
    and renewed too, until no program asks for more.
    """
    known = dict(cached)
    while True:
        programs = tuple(refresh_program(flat, facts, name, known) for name in templates)
        wanted = {**known, **caches(flat, facts, programs)}
        if wanted.keys() == known.keys():
            return programs
        known = wanted


def refresh_program(flat: Flat, facts: Facts, name: str, cached: Mapping[Slot, fx.Node]) -> StageProgram:
    """Computes anew what the cache holds of a template; with a condition, for the targets where it holds."""
    wanted = {slot: node for slot, node in cached.items() if name in facts.touches[node]}
    condition = Slot(f"carry.refresh.{name}", "carry") if f"refresh.{name}" in flat.outputs else None
    return extract(f"refresh.{name}", flat, wanted, at_refresh(flat, facts, name), keep_unless=condition)


def extract(
    name: str,
    flat: Flat,
    wanted: Mapping[Slot, fx.Node],
    boundary: Boundary,
    keep_unless: Slot | None = None,
) -> StageProgram:
    """A program of its own that computes `wanted` and reads the rest from the store.

    With `keep_unless`, each result replaces the old value only where that condition holds.
    """
    needed = cone(wanted.values(), boundary, edge=True)
    graph, holder = fx.Graph(), nn.Module()
    inputs: dict[Slot, fx.Node] = {}
    copies: dict[fx.Node, fx.Node] = {}

    def read(slot: Slot, like: fx.Node) -> fx.Node:
        if slot not in inputs:
            anchor = next((node for node in graph.nodes if node.op != "placeholder"), None)
            with graph.inserting_before(anchor) if anchor else graph.inserting_after():
                inputs[slot] = graph.placeholder(slot.name.replace(".", "_"))
            inputs[slot].meta = dict(like.meta)
        return inputs[slot]

    for node in flat.module.graph.nodes:
        if node not in needed:
            continue
        slot = boundary(node)
        if slot is not None:
            copies[node] = read(slot, node)
        elif node.op == "get_attr":
            copies[node] = copy_constant(flat, node, graph, holder)
        elif node.target is number_of_targets:
            size = graph.call_function(torch.ops.aten.sym_size.int, (read(*a_target(flat)), 0))
            copies[node], size.meta = size, dict(node.meta)
        else:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    results = [copies[node] for node in wanted.values()]
    if keep_unless is not None:
        condition = read(keep_unless, flat.outputs[keep_unless.name.removeprefix("carry.")])
        results = [
            chosen(graph, condition, result, read(slot, node))
            for (slot, node), result in zip(wanted.items(), results, strict=True)
        ]
    graph.output(tuple(results))
    restore_in_place(graph)
    graph.lint()
    module = fx.GraphModule(holder, graph, class_name=f"{name.replace('.', '_').title()}Program")
    order = [node for node in graph.nodes if node.op == "placeholder"]
    slots = {node: with_axis(slot, node, flat) for slot, node in inputs.items()}
    written = tuple(with_axis(slot, node, flat) for slot, node in wanted.items())
    return StageProgram(name, module, tuple(slots[node] for node in order), written)


def a_target(flat: Flat) -> tuple[Slot, fx.Node]:
    """The place of the targets, and an entrance that has their shape."""
    node = next(
        node
        for node in flat.module.graph.nodes
        if node.op == "placeholder" and flat.placeholders[node.name].slot.kind == "target"
    )
    return Slot("target", "target"), node


def chosen(graph: fx.Graph, condition: fx.Node, new: fx.Node, old: fx.Node) -> fx.Node:
    """`glue.choose` as operators: the new value for targets where the condition holds, else the old one."""
    shape = [-1, *(1 for _ in new.meta["val"].shape[1:])]
    spread = graph.call_function(torch.ops.aten.view.default, (condition, shape))
    spread.meta = {**condition.meta, "val": condition.meta["val"].view(shape)}
    result = graph.call_function(torch.ops.aten.where.self, (spread, new, old))
    result.meta = {key: new.meta[key] for key in ("val", "origin", "span") if key in new.meta}
    return result


def with_axis(slot: Slot, node: fx.Node, flat: Flat) -> Slot:
    """The slot, told whether its value has a row for each target."""
    value = node.meta.get("val")
    per_target = isinstance(value, Tensor) and value.ndim > 0 and same_symbol(value.shape[0], flat.batch)
    return replace(slot, per_target=per_target or slot.kind == "target")


def copy_constant(flat: Flat, node: fx.Node, graph: fx.Graph, holder: nn.Module) -> fx.Node:
    """A weight or constant under one flat name: one attribute look-up a call, and its memory is shared."""
    value = operator.attrgetter(str(node.target))(flat.module)
    name = str(node.target).replace(".", "_")
    if not hasattr(holder, name):
        holder.register_buffer(name, value.detach())
    copy = graph.get_attr(name)
    copy.meta = {**node.meta, "val": value.detach()}
    return copy
