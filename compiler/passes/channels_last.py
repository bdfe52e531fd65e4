"""Convolutions with the channels innermost in memory, which vector units like best.

Weights are laid out anew once; activations where they enter a region of convolutions, after which every operator
hands the layout on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, fx

from ..programs import StageProgram
from .base import PassResult
from .rewrite import (
    Draft,
    add_constant,
    arguments,
    constant_of,
    draft_of,
    erase,
    finish,
    fire,
    insert_call,
    is_call,
    origin_of,
    refresh_value,
    skip,
)

LAYERS = ("aten::conv2d", "aten::conv_transpose2d")
LAST = torch.channels_last


@dataclass(frozen=True)
class ChannelsLast:
    """Lays out weights and activations of 2-d convolutions as [N, H, W, C] in memory; shapes stay as they are.

    Results of the program keep the layout that they had, since other programs were built for it.
    """

    name: ClassVar[str] = "channels-last"

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        entered: dict[fx.Node, fx.Node] = {}
        changed: set[fx.Node] = set()
        for node in list(draft.graph.nodes):
            before = node.meta.get("val")
            laid_out = is_call(node, *LAYERS) and lay_out(draft, node, entered)
            if not laid_out and not changed.isdisjoint(node.all_input_nodes) and node.op == "call_function":
                if is_call(node, "aten::view"):  # a view of what is now laid out otherwise may need a copy
                    node.target = torch.ops.aten.reshape.default
                refresh_value(draft, node)
            if before is not node.meta.get("val") and layout_of(before) != layout_of(node.meta["val"]):
                changed.add(node)
        if draft.fired:
            keep_results(draft)
        return finish(draft)


def lay_out(draft: Draft, node: fx.Node, entered: dict[fx.Node, fx.Node]) -> bool:
    """One convolution: its weight, and its input where that is not laid out yet. Whether it could be done."""
    given = arguments(node)
    weight = constant_of(draft, given["weight"])
    source = given["input"]
    if weight is None:
        skip(draft, node, "its kernel is computed at run time")
        return False
    if source.meta["val"].ndim != 4:
        skip(draft, node, f"its input has {source.meta['val'].ndim} axes instead of 4")
        return False
    note = "weight laid out channels last"
    if not is_last(source.meta["val"]):
        note += f", and `{source.name}` where it enters" if source not in entered else ""
        source = enter(draft, source, node, entered)
    laid_out = add_constant(draft, weight.contiguous(memory_format=LAST), node, origin_of(node))
    node.args = (source, laid_out, *node.args[2:])
    erase(draft, given["weight"])
    with draft.mode:  # as running it would give, in a fraction of the time
        node.meta["val"] = torch.empty_like(node.meta["val"], memory_format=LAST)
    fire(draft, node, note)
    return True


def layout_of(value: Any) -> str:
    return str([item.stride() for item in tensors_of(value)])


def tensors_of(value: Any) -> list[Tensor]:
    values = value if isinstance(value, (tuple, list)) else [value]
    return [item for item in values if isinstance(item, Tensor)]


def is_last(value: Any) -> bool:
    """Whether the channels lie innermost, without gaps. Told by strides: PyTorch 2.11 says no of any fake tensor whose
    batch is a symbol.
    """
    if not isinstance(value, Tensor) or value.ndim != 4:
        return False
    stride = 1
    for axis in (1, 3, 2, 0):
        size = hint_of(value.shape[axis])
        if size != 1 and hint_of(value.stride(axis)) != stride:
            return False
        stride *= size
    return True


def enter(draft: Draft, source: fx.Node, before: fx.Node, entered: dict[fx.Node, fx.Node]) -> fx.Node:
    """A value's copy in the new layout, made once for all convolutions that read it."""
    if source not in entered:
        entered[source] = copied(draft, source, LAST, before)
    return entered[source]


def copied(draft: Draft, source: fx.Node, layout: torch.memory_format, before: fx.Node) -> fx.Node:
    target, options = torch.ops.aten.clone.default, {"memory_format": layout}
    return insert_call(
        draft, target, (source,), options, before=before, origin=origin_of(before) or origin_of(source)
    )


def keep_results(draft: Draft) -> None:
    """Give the program's results the layout that they had."""
    output = next(node for node in draft.graph.nodes if node.op == "output")
    was = next(node for node in draft.program.module.graph.nodes if node.op == "output")
    results = [
        new
        if order_of(new.meta["val"]) == (order := order_of(old.meta["val"]))
        else ordered(draft, new, order, output)
        for new, old in zip(output.args[0], was.args[0], strict=True)
    ]
    output.args = (tuple(results),)


def order_of(value: Any) -> list[int]:
    """Axes from the outermost in memory to the innermost; axes of one element lie anywhere."""
    axes = [axis for axis, size in enumerate(value.shape) if not isinstance(size, int) or size != 1]
    return sorted(axes, key=lambda axis: -hint_of(value.stride(axis)))


def hint_of(size: Any) -> int:
    """A size as a number, a free one being that of the example (without a guard on it)."""
    return size if isinstance(size, int) else int(size.node.hint)


def ordered(draft: Draft, node: fx.Node, order: list[int], before: fx.Node) -> fx.Node:
    """A copy whose axes lie in memory in this order."""
    aten = torch.ops.aten
    order = [*(axis for axis in range(node.meta["val"].ndim) if axis not in order), *order]
    if order == sorted(order):
        return copied(draft, node, torch.contiguous_format, before)
    back = [order.index(axis) for axis in range(len(order))]
    origin = origin_of(node)
    turned = insert_call(draft, aten.permute.default, (node, order), before=before, origin=origin)
    moved = copied(draft, turned, torch.contiguous_format, before)
    return insert_call(draft, aten.permute.default, (moved, back), before=before, origin=origin)


PASS = ChannelsLast
