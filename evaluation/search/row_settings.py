"""Programs in which every target has settings of its own: a candidate is then a row of the batch.

A setting that was a number of the program becomes [N], a number for each target. What is reckoned with it number by
number is given the axis of the targets as well, until it meets values that have one anyway; from there on the program
is what it was. Where a setting goes into anything else, candidates cannot be rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, fx

from ...compiler.flatten import same_symbol
from ...compiler.in_place import operator_of
from ...compiler.passes.rewrite import Draft, draft_of, fake_value, finish, fire, insert_call
from ...compiler.plan import Slot
from ...compiler.programs import StageProgram

ROW_SETTING = "cache"
"""The kind of such a place: a session keeps it from step to step, a row for each target."""

COPIES = frozenset(f"aten::{name}" for name in ("_to_copy", "to", "alias", "detach", "lift_fresh_copy"))
"""Operators that treat every number by itself, though PyTorch does not mark them so."""


SOME = 3
"""A number of targets to try operators with: not 1, which would stand for any."""


@dataclass(frozen=True)
class Lifted:
    """A value that had no axis of the targets, and now has one before all others."""

    axis: str
    """of the search, that it follows from"""
    shape: tuple[int, ...]
    """without the axis of the targets"""


LiftedNodes: TypeAlias = dict[fx.Node, Lifted]


class NoRowsError(Exception):
    """A program that cannot have a setting for each target, and why."""


def with_row_settings(program: StageProgram, buffers: Mapping[str, str]) -> StageProgram:
    """The program with these buffers (the axis of each) as its last inputs, [N] float64.

    Raises NoRowsError where one of them is not reckoned with number by number.
    """
    draft = draft_of(program)
    opened = [node for node in draft.graph.find_nodes(op="get_attr") if str(node.target) in buffers]
    if not opened:
        return program
    targets = number_of_targets(draft, program)
    lifted: LiftedNodes = {}
    slots = []
    last = draft.graph.find_nodes(op="placeholder")[-1]
    for node in opened:
        axis = buffers[str(node.target)]
        with draft.graph.inserting_after(last):
            last = draft.graph.placeholder(f"setting_{node.name}")
        with draft.mode:
            value = torch.empty((targets,), dtype=torch.float64, device=node.meta["val"].device)
        last.meta = {**node.meta, "val": value}
        fire(draft, node, f"{axis} is given for each target")
        node.replace_all_uses_with(last, propagate_meta=False)
        draft.graph.erase_node(node)
        lifted[last] = Lifted(axis, ())
        slots.append(Slot(axis, ROW_SETTING, per_target=True))
    for node in list(draft.graph.nodes):
        if any(source in lifted for source in node.all_input_nodes):
            lift(draft, node, lifted, targets)
    return replace(finish(draft).program, inputs=(*program.inputs, *slots))


def number_of_targets(draft: Draft, program: StageProgram) -> Any:
    """The symbol. Raises NoRowsError for a program that knows no targets."""
    entrances = zip(program.inputs, draft.graph.find_nodes(op="placeholder"), strict=True)
    found = next((node.meta["val"].shape[0] for slot, node in entrances if slot.per_target), None)
    if found is None or isinstance(found, int):
        raise NoRowsError(f"`{program.name}` has no free number of targets")
    return found


def lift(draft: Draft, node: fx.Node, lifted: LiftedNodes, targets: Any) -> None:
    """Let a node reckon with what was lifted; its own value is lifted where it has no targets by itself.

    Raises NoRowsError.
    """
    axis = next(lifted[source].axis for source in node.all_input_nodes if source in lifted)
    operator = operator_of(node)
    was = node.meta.get("val")
    if operator is None or not isinstance(was, Tensor):
        raise NoRowsError(f"`{axis}` is read as a whole by `{node.name}`")
    name = operator._schema.name
    if torch.Tag.pointwise not in operator.tags and name not in COPIES:
        raise NoRowsError(f"`{axis}` goes into `{name}`, which does not take its numbers one by one")
    free = [place for place, size in enumerate(was.shape) if not isinstance(size, int)]
    own = free == [0] and same_symbol(was.shape[0], targets)
    if free and not own:
        raise NoRowsError(f"`{axis}` meets values in `{name}` whose first axis is not that of the targets")
    axes = len(was.shape) - 1 if own else len(was.shape)
    together = type_of_others(draft, node, lifted)
    for source in node.all_input_nodes:
        if source in lifted:
            node.replace_input_with(source, aligned(draft, source, lifted[source], axes, together, node))
    found = tried_out(node, SOME)
    expected = (SOME, *was.shape[1:]) if own else (SOME, *was.shape)
    if found is None or found.dtype != was.dtype or tuple(found.shape) != expected:
        raise NoRowsError(f"`{axis}` for each target makes `{name}` give values of another kind")
    if not own:
        lifted[node] = Lifted(axis, tuple(was.shape))
        with draft.mode:
            node.meta["val"] = torch.empty((targets, *was.shape), dtype=was.dtype, device=was.device)


def tried_out(node: fx.Node, targets: int) -> Tensor | None:
    """What a node gives for so many targets, without numbers; None where it refuses what it is given.

    Not with the symbol: PyTorch's own shape functions of some operators (`lerp`) cannot broadcast with it.
    """

    def settled(source: fx.Node) -> Any:
        value = source.meta["val"]
        if not isinstance(value, Tensor):
            return value if isinstance(value, int | float | bool) else targets
        sizes = [size if isinstance(size, int) else targets for size in value.shape]
        return torch.empty(sizes, dtype=value.dtype, device="meta")

    args, kwargs = fx.node.map_arg((node.args, node.kwargs), settled)
    try:
        found = cast(Any, node.target)(*args, **kwargs)
    except (RuntimeError, TypeError, ValueError):
        return None
    return found if isinstance(found, Tensor) else None


def type_of_others(draft: Draft, node: fx.Node, lifted: LiftedNodes) -> torch.dtype | None:
    """What the type of the result follows from: a single number has no say in it beside values with axes."""
    values = [fake_value(draft, source) for source in node.all_input_nodes if source not in lifted]
    types = [value.dtype for value in values if isinstance(value, Tensor) and value.ndim]
    types += [
        source.meta["val"].dtype
        for source in node.all_input_nodes
        if source in lifted and lifted[source].shape
    ]
    floats = [each for each in types if each.is_floating_point]
    return reduce(torch.promote_types, floats) if floats else None


def aligned(
    draft: Draft, source: fx.Node, known: Lifted, axes: int, together: torch.dtype | None, before: fx.Node
) -> fx.Node:
    """A lifted value with so many axes behind that of the targets, and of the type that it is reckoned with in."""
    shape, origin = known.shape, str(before.meta.get("origin", ""))
    if together is not None and not shape and source.meta["val"].dtype not in (together, torch.bool):
        source = insert_call(draft, torch.ops.aten.to.dtype, (source, together), before=before, origin=origin)
    if len(shape) > axes:
        shape = shape[1:]  # it is 1: it stood for any number of targets
    wanted = [1] * (axes - len(shape)) + list(shape)
    if wanted == list(known.shape):
        return source
    return insert_call(
        draft, torch.ops.aten.reshape.default, (source, [-1, *wanted]), before=before, origin=origin
    )
