"""Which part of each value is read, and what heavy operators are spared where only that is computed."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, fx

from .boxes import Box, hull, is_whole, pieces_of, volume
from .part_of import is_fan, part_of
from .precision import ATTENTION, CONVOLUTIONS
from .rewrite import Draft, arguments, is_call
from .split import VIEWS, shape_of

SLACK = 1.125
"""Parts are computed together where that is at most an eighth more work than each by itself."""

CHOOSING = ("aten::slice", "aten::select", "aten::narrow")
"""Operators that do not read all of what they are given. (So do `split` and its like, through `getitem`.)"""

HEAVY = (*CONVOLUTIONS, *ATTENTION, "aten::linear", "aten::matmul", "aten::bmm", "aten::mm", "aten::einsum")

Pieces = Mapping[fx.Node, Sequence[Box]]
"""What is computed of each value: one box mostly, several where that is less work, none where nobody reads it."""


# ---------------------------------------------------------------- what is read


def read_pieces(draft: Draft, gains: Gains | None = None) -> Pieces:
    """From the results backwards: of each value the boxes that its readers need; where there are `gains`, only what
    they name is computed in part."""
    asked: dict[fx.Node, dict[Box, None]] = {}
    found: dict[fx.Node, Sequence[Box]] = {}
    for node in reversed(draft.graph.nodes):
        if node.users and is_fan(node):
            continue
        boxes = list(asked.pop(node, ()))
        if not node.users or node.op != "call_function" or (boxes and gains and node not in gains.useful):
            found[node] = [everything(node)]
        else:
            found[node] = granted(draft, node, boxes, gains is None or node in gains.split)
        for box in found[node]:
            for source, needed in reads_of(draft, node, box):
                asked.setdefault(source, {})[needed] = None
    return found


def granted(draft: Draft, node: fx.Node, boxes: Sequence[Box], may_split: bool) -> Sequence[Box]:
    """Boxes that the node can compute, and that hold those asked for."""
    if not boxes or everything(node) in boxes:
        return [everything(node)] if boxes else []
    parts = [part_of(draft, node, box) for box in boxes]
    if any(part is None for part in parts):
        return [everything(node)]
    boxes = [part.box for part in parts if part is not None]
    slack = SLACK if may_split and (is_view(node) or is_call(node, "aten::linear")) else math.inf
    joined = pieces_of(shape_of(node), boxes, slack)
    parts = [part_of(draft, node, box) for box in joined]
    return pieces_of(shape_of(node), [part.box for part in parts if part is not None], 0)


def everything(node: fx.Node) -> Box:
    """The box of all that a node gives."""
    value = node.meta.get("val")
    return (None,) * value.dim() if isinstance(value, Tensor) else ()


def is_view(node: fx.Node) -> bool:
    return node.target is operator.getitem or is_call(node, *VIEWS)


def reads_of(draft: Draft, node: fx.Node, box: Box) -> Sequence[tuple[fx.Node, Box]]:
    """The boxes of its operands that a node needs for a box of its result."""
    part = part_of(draft, node, box) if chooses(node) or not is_whole(box) else None
    named = () if part is None else part.reads
    left_out = {source for source in node.all_input_nodes if drops(node) or is_fan(source)} if part else set()
    known = left_out | {source for source, _ in named}
    return [*named, *((source, everything(source)) for source in node.all_input_nodes if source not in known)]


def drops(node: fx.Node) -> bool:
    """Whether a part of a node may do without some of its operands."""
    return is_call(node, "aten::cat")


def chooses(node: fx.Node) -> bool:
    return node.target is operator.getitem or is_call(node, *CHOOSING)


# ---------------------------------------------------------------- what that spares


@dataclass(frozen=True)
class Gains:
    useful: frozenset[fx.Node]
    """nodes that are narrowed, and spare a heavy operator work, themselves or behind them"""
    split: frozenset[fx.Node]
    """linear layers that are computed in parts, and views of their results"""


def gains_of(pieces: Pieces, least: int) -> Gains:
    useful: set[fx.Node] = set()
    split: set[fx.Node] = set()
    for node, boxes in reversed(list(pieces.items())):
        if boxes == [everything(node)]:
            continue
        sources = operands_of(node)
        if spared(node, boxes) >= (least if boxes else 1) or any(source in useful for source in sources):
            useful.add(node)
        if len(boxes) < 2:
            continue
        if any(source in split for source in sources) or spared_by_parts(node, boxes) >= least:
            split.add(node)
    return Gains(frozenset(useful), frozenset(split))


def operands_of(node: fx.Node) -> list[fx.Node]:
    """What a node reads, through `split` and its like."""
    sources = node.all_input_nodes
    return [each for source in sources for each in (source.all_input_nodes if is_fan(source) else (source,))]


def spared(node: fx.Node, boxes: Sequence[Box]) -> int:
    """Multiplications that a heavy operator is spared where only these boxes of its result are computed."""
    if not is_heavy(node):
        return 0
    each = multiplications(node)
    shape = shape_of(node)
    return each * (volume(shape, everything(node)) - sum(volume(shape, box) for box in boxes))


def spared_by_parts(node: fx.Node, boxes: Sequence[Box]) -> int:
    """How many fewer they are than for the one box around all."""
    around = functools.reduce(hull, boxes)
    return spared(node, boxes) - spared(node, [around])


def is_heavy(node: fx.Node) -> bool:
    return is_call(node, *HEAVY)


def multiplications(node: fx.Node) -> int:
    """How many a number of the result takes, of a heavy operator."""
    given = arguments(node)
    if is_call(node, *CONVOLUTIONS):
        return math.prod(shape_of(given["weight"])[1:])
    if is_call(node, *ATTENTION):
        return fixed(shape_of(given["key"])[-2]) * 2
    if is_call(node, "aten::einsum"):
        inputs, _, result = given["equation"].replace(" ", "").partition("->")
        sizes = dict(
            zip(inputs.replace(",", ""), itertools.chain(*map(shape_of, given["tensors"])), strict=False)
        )
        return math.prod(fixed(size) for letter, size in sizes.items() if letter not in result)
    return fixed(shape_of(node.args[0])[-1])


def fixed(size: Any) -> int:
    """A size, where it is a number."""
    return size if isinstance(size, int) else 1
