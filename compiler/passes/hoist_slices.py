"""Rows that nobody reads are not computed: slices move up, in front of operators that treat an axis row by row.

A one-stream tracker works on the tokens of template and search together, and its head reads those of the search
alone: in the last block, all that comes behind the attention may leave out the others, and so may the queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import fx

from ..programs import StageProgram
from .base import PassResult
from .boxes import Box, contains, volume, within
from .part_of import constant_part, is_fan, part_of, rule_of
from .reads import CHOOSING, Pieces, everything, gains_of, is_heavy, read_pieces, reads_of, spared
from .rewrite import (
    Draft,
    constant_of,
    draft_of,
    erase,
    finish,
    fire,
    insert_call,
    is_call,
    origin_of,
    skip,
)
from .split import shape_of, tell_strides

aten = torch.ops.aten

SMALL = 256
"""Numbers (of one target) that a slice leaves out: where it is fewer, as of boxes, there is nothing to tell."""


@dataclass(frozen=True)
class HoistSlices:
    """Computes of each value the range along each axis that is read, where that spares heavy operators work.

    Whoever reads less than that slices it. A linear layer of which other rows are read in other channels (queries,
    keys and values) is computed in parts. Exact but for rounding: products of other sizes may be summed in another
    order. Run it after passes that look for layers, as `fold-batchnorm` does.

    least: multiplications (for one target) that an operator must be spared.
    """

    name: ClassVar[str] = "hoist-slices"

    least: int = 1_000_000

    def run(self, program: StageProgram) -> PassResult:
        if not any(map(is_heavy, program.module.graph.nodes)):
            return PassResult(program)
        draft = draft_of(program)
        pieces = read_pieces(draft)
        gains = gains_of(pieces, self.least)
        pieces = read_pieces(draft, gains)
        tell(draft, pieces)
        self.tell_left(draft, pieces)
        if draft.fired:
            rewrite(draft, pieces)
        return finish(draft)

    def tell_left(self, draft: Draft, pieces: Pieces) -> None:
        """Say why slices of larger values stay where they are."""
        choosing = [node for node in draft.graph.nodes if is_call(node, *CHOOSING)]
        for node in choosing:
            for source, needed in reads_of(draft, node, everything(node)):
                shape = shape_of(source)
                unread = volume(shape, everything(source)) - volume(shape, needed)
                stays = source.op == "call_function" and pieces[source] == [everything(source)]
                if stays and unread >= SMALL:
                    skip(draft, node, self.why_not(source))

    def why_not(self, source: fx.Node) -> str:
        others = [reader for reader in source.users if not is_call(reader, *CHOOSING) and not is_fan(reader)]
        if others:
            return f"{others[0].name} reads all of {source.name}"
        if rule_of(source) is None:
            return f"{source.name} is computed as a whole"
        return f"it spares no operator {self.least} multiplications"


# ---------------------------------------------------------------- what is said of it


def tell(draft: Draft, pieces: Pieces) -> None:
    """Heavy operators that compute less."""
    for node in draft.graph.nodes:
        if node in pieces and spared(node, pieces[node]) > 0:
            fire(draft, node, narrowing(node, pieces[node]))


def narrowing(node: fx.Node, boxes: Sequence[Box]) -> str:
    """`computes 64:320 of 320 along axis 1`"""
    if not boxes:
        return "nobody reads it: it is not computed"
    shape = shape_of(node)
    told = [
        " and ".join(
            f"{taken[0]}:{taken[1]} of {shape[axis]} along axis {axis}"
            for axis, taken in enumerate(box)
            if taken is not None
        )
        or "all"
        for box in boxes
    ]
    parts = f" in {len(told)} parts" if len(told) > 1 else ""
    return f"computes{parts} {'; '.join(told)}"


# ---------------------------------------------------------------- computing parts


@dataclass(frozen=True)
class Rewriting:
    draft: Draft
    pieces: Pieces
    made: dict[tuple[fx.Node, Box], fx.Node] = field(default_factory=dict)
    """what computes a piece of a node's result; the node itself where it stays as it is"""
    cut: dict[tuple[fx.Node, Box], fx.Node] = field(default_factory=dict)
    """slices of such a node"""


def rewrite(draft: Draft, pieces: Pieces) -> None:
    state = Rewriting(draft, pieces)
    nodes = list(draft.graph.nodes)
    moved: dict[fx.Node, None] = {}
    for node in nodes:
        if stays(state, node):
            moved |= dict.fromkeys(read_anew(state, node))
            state.made[node, everything(node)] = node
            continue
        for box in pieces.get(node, ()):
            part = part_of(draft, node, box)
            assert part is not None, node
            operands = [fetched(state, source, needed, node) for source, needed in part.reads]
            state.made[node, box] = part.make(draft, operands)
            moved |= dict.fromkeys(read_anew(state, state.made[node, box]))
    kept = set(state.made.values())
    for node in reversed(nodes):
        if node not in kept:
            erase(draft, node)
    for node in moved:
        tell_strides(draft, node)


def stays(state: Rewriting, node: fx.Node) -> bool:
    """Whether a node is computed as a whole, from operands as a whole."""
    if node in state.pieces and list(state.pieces[node]) != [everything(node)]:
        return False
    return all((source, everything(source)) in state.made for source in node.all_input_nodes)


def read_anew(state: Rewriting, node: fx.Node) -> Iterator[fx.Node]:
    """Let a node read what now computes its operands; yields what is new among them."""
    for source in node.all_input_nodes:
        new = state.made.get((source, everything(source)), source)
        if new is not source:
            node.replace_input_with(source, new)
            yield new


def fetched(state: Rewriting, source: fx.Node, needed: Box, before: fx.Node) -> fx.Node:
    """A box of a value, sliced from the piece that holds it."""
    piece = next(box for box in state.pieces[source] if contains(box, needed))
    node = state.made[source, piece]
    if piece == needed:
        return node
    key = source, needed
    if key not in state.cut:
        state.cut[key] = sliced(state.draft, node, within(piece, needed), before)
    return state.cut[key]


def sliced(draft: Draft, node: fx.Node, box: Box, before: fx.Node) -> fx.Node:
    """A box of what a node gives."""
    if constant_of(draft, node) is not None:
        return constant_part(draft, node, box, before)
    for axis, taken in enumerate(box):
        if taken is not None and taken != (0, shape_of(node)[axis]):
            node = insert_call(
                draft, aten.slice.Tensor, (node, axis, *taken), before=before, origin=origin_of(node)
            )
    return node


PASS = HoistSlices
