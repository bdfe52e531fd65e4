"""What the reference would have given, had it chosen another cell: a probe made of its step program.

A decoder chooses by `argmax`, `max` or `topk` of one. The probe is the step's graph with everything behind such an
operator repeated, for the second best place, the third and so on; so it gives, for every choice, the box and the
score that would have come of it, and what the choice was made by.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx

from ..compiler.in_place import functional_twin, operator_of
from ..compiler.passes.rewrite import arguments, is_call
from ..compiler.programs import StageProgram
from .record import Array

RANKS = 4
"""The best place and the next ones; an error that is small beside the scores' spread leads to one of them."""


@dataclass(frozen=True)
class Choice:
    """For each target, another place that the step could have chosen at one operator."""

    box: NDArray[np.float64]
    """[N, 4] x, y, w, h: what the step would have given"""
    score: NDArray[np.float64] | None
    """[N]: the score that it would have given; None where the tracker has none"""
    margin: NDArray[np.float64]
    """[N]: by how much the best place's value is above this one's"""
    spread: NDArray[np.float64]
    """[N]: the standard deviation of the values of all places"""


@dataclass(frozen=True)
class Probe:
    """A step program that also tells what other choices would have given."""

    module: fx.GraphModule
    has_score: bool
    others: int
    """how many other choices there are"""

    def choices(self, inputs: Sequence[Array], device: str) -> tuple[Choice, ...]:
        """The step's own choice first, then the others. Its margin is 0."""
        tensors = [torch.from_numpy(np.ascontiguousarray(value)).to(device) for value in inputs]
        with torch.no_grad():
            values = [value.detach().cpu().numpy() for value in self.module(*tensors)]
        width = 4 if self.has_score else 3
        rows = [values[start : start + width] for start in range(0, len(values), width)]
        return tuple(choice_of(row, self.has_score) for row in rows)


def choice_of(row: Sequence[Array], has_score: bool) -> Choice:
    box, margin, spread, *score = (np.asarray(value, dtype=np.float64) for value in row)
    return Choice(box, score[0].reshape(len(box)) if has_score else None, margin, spread)


def probe_of(step: StageProgram) -> Probe:
    """The probe of a step program, which is not changed. A step that chooses nothing has no other choices."""
    original = step.module.graph
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for node in original.nodes:
        if node.op != "output":
            copies[node] = copied(graph, node, copies)
    box, score = result_of(step, "boxes"), result_of(step, "output.score")
    assert box is not None, "every step gives boxes"
    zero = graph.call_function(no_margin, (copies[box],))
    found = [copies[box], zero, zero, *([copies[score]] if score is not None else [])]
    others = 0
    for node in selections(original):
        for rank in range(1, min(RANKS, places_of(node))):
            changed = dict(copies)
            margin, spread = choose_rank(graph, node, rank, changed)
            repeat_behind(graph, original, node, changed)
            if changed[box] is not copies[box]:
                found += [changed[box], margin, spread, *([changed[score]] if score is not None else [])]
                others += 1
    graph.output(tuple(found))
    graph.lint()
    return Probe(fx.GraphModule(step.module, graph), score is not None, others)


def result_of(step: StageProgram, name: str) -> fx.Node | None:
    """The node that a result of the program is read from; None where it has no such result."""
    output = next(node for node in step.module.graph.nodes if node.op == "output")
    place = next((index for index, slot in enumerate(step.outputs) if slot.name == name), None)
    found = None if place is None else output.args[0][place]
    assert found is None or isinstance(found, fx.Node)
    return found


def copied(graph: fx.Graph, node: fx.Node, copies: Mapping[fx.Node, fx.Node]) -> fx.Node:
    """A copy that changes nothing in place, since what is behind it is computed again."""
    copy = graph.node_copy(node, copies.__getitem__)
    target = operator_of(node)
    if target is not None and target._schema.is_mutable:
        copy.target = functional_twin(target)
    return copy


def repeat_behind(
    graph: fx.Graph, original: fx.Graph, chosen: fx.Node, copies: dict[fx.Node, fx.Node]
) -> None:
    """Compute again all that depends on a choice; `copies` holds what took the choice's place."""
    dependent = {chosen}
    for node in original.nodes:
        if node.op != "output" and dependent.intersection(node.all_input_nodes):
            dependent.add(node)
            copies[node] = copied(graph, node, copies)


# ---------------------------------------------------------------- where a step chooses


def selections(graph: fx.Graph) -> Iterator[fx.Node]:
    """The operators that choose one place of several along an axis that is not the targets'."""
    for node in graph.nodes:
        if is_call(node, "aten::argmax", "aten::max.dim", "aten::topk") and chooses_one(node):
            yield node


def chooses_one(node: fx.Node) -> bool:
    given = arguments(node)
    source = given["self"]
    value = source.meta.get("val") if isinstance(source, fx.Node) else None
    if not isinstance(value, Tensor) or given["dim"] is None or given["dim"] % value.ndim == 0:
        return False
    if is_call(node, "aten::topk") and (given["k"] != 1 or not given["largest"]):
        return False
    indices = is_call(node, "aten::argmax") or any(user.args[1] == 1 for user in node.users)
    return value.is_floating_point() and indices and places_of(node) > 1


def places_of(node: fx.Node) -> int:
    """How many places there are to choose from; 0 where that is only known at run time."""
    given = arguments(node)
    places = given["self"].meta["val"].shape[given["dim"]]
    return places if isinstance(places, int) else 0


def choose_rank(
    graph: fx.Graph, node: fx.Node, rank: int, copies: dict[fx.Node, fx.Node]
) -> tuple[fx.Node, fx.Node]:
    """Let `copies` hold the choice of another rank; gives its margin and the spread of all values."""
    given = arguments(node)
    keeps = bool(given.get("keepdim", is_call(node, "aten::topk")))
    call = graph.call_function(ranked, (copies[given["self"]], given["dim"], keeps, rank))
    is_index = is_call(node, "aten::argmax")
    copies[node] = graph.call_function(operator.getitem, (call, 1)) if is_index else call
    margin, spread = (graph.call_function(operator.getitem, (call, place)) for place in (2, 3))
    return margin, spread


def ranked(value: Tensor, axis: int, keeps: bool, rank: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The value and index of a rank along an axis, its margin to the best [N], and the values' spread [N].

    Where other axes are left, the least margin counts.
    """
    values, indices = value.topk(rank + 1, dim=axis)
    margin = (values.select(axis, 0) - values.select(axis, rank)).flatten(1 if value.ndim > 2 else 0)
    spread = value.std(dim=axis).flatten(1 if value.ndim > 2 else 0)
    if value.ndim > 2:
        margin, spread = margin.amin(1), spread.mean(1)
    chosen, index = values.narrow(axis, rank, 1), indices.narrow(axis, rank, 1)
    return (
        (chosen, index, margin, spread)
        if keeps
        else (chosen.squeeze(axis), index.squeeze(axis), margin, spread)
    )


def no_margin(boxes: Tensor) -> Tensor:
    """[N] zeros: the margin of the choice that was made."""
    return boxes.new_zeros(boxes.shape[0])
