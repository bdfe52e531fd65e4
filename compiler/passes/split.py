"""Parts of one result in place of several results: what passes that merge operators have in common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, fx

from .rewrite import Draft, arguments, insert_call, is_call, refresh_value

aten = torch.ops.aten

VIEWS = tuple(
    f"aten::{name}"
    for name in ("view", "reshape", "unflatten", "flatten", "transpose", "permute", "unsqueeze", "squeeze", "select",
                 "slice", "expand", "unbind", "split", "chunk", "detach", "t", "view_as", "alias")
)  # fmt: skip
"""Operators whose result may share the memory, and so the strides, of what they are given."""


def parts_of(
    draft: Draft, whole: fx.Node, sizes: Sequence[int], axis: int, origins: Sequence[str]
) -> list[fx.Node]:
    """Slices of `whole` along an axis, one after another, placed right behind it; a node for each size."""
    anchor = whole.next
    found, start = [], 0
    for size, origin in zip(sizes, origins, strict=True):
        target = aten.slice.Tensor
        found.append(
            insert_call(draft, target, (whole, axis, start, start + size), before=anchor, origin=origin)
        )
        start += size
    return found


def tell_strides(draft: Draft, node: fx.Node) -> None:
    """Let what reads `node` know that it is now a part of something larger: its numbers lie apart in memory.

    `view` demands numbers that lie together, `reshape` takes them as they come and is the same otherwise.
    """
    for reader in list(node.users):
        if is_call(reader, "aten::view.default"):
            reader.target = aten.reshape.default
        if is_call(reader, *VIEWS) or isinstance(reader.meta.get("val"), (tuple, list)):
            refresh_value(draft, reader)
            tell_strides(draft, reader)


def in_order(draft: Draft) -> None:
    """Put the graph's nodes into an order in which every node comes after what it reads; else they keep theirs.

    Two operators become one where the later stood: what reads the earlier may now come too soon.
    """
    done: set[fx.Node] = set()
    order: list[fx.Node] = []
    for node in draft.graph.nodes:
        visit(node, done, order)
    for previous, node in pairwise(order):
        if previous.next is not node:
            previous.append(node)


def visit(node: fx.Node, done: set[fx.Node], order: list[fx.Node]) -> None:
    """Add a node to `order`, after all that it needs. An own stack: graphs are thousands of nodes deep."""
    waiting = [node]
    while waiting:
        top = waiting[-1]
        missing = [source for source in top.all_input_nodes if source not in done]
        if missing and top not in done:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        if top not in done:
            done.add(top)
            order.append(top)


def same_apart_from(first: fx.Node, second: fx.Node, *operands: str) -> bool:
    """Whether two nodes call the same operator with equal arguments, `operands` aside."""
    if first.target is not second.target:
        return False
    one, other = arguments(first), arguments(second)
    return all(plain(one[name]) == plain(other[name]) for name in one if name not in operands)


def plain(value: Any) -> Any:
    """An argument as something that can be compared and hashed."""
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


def shape_of(node: Any) -> tuple[Any, ...]:
    """The shape recorded for a node; empty for what is no tensor."""
    value = node.meta.get("val") if isinstance(node, fx.Node) else None
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def dtype_of(node: fx.Node) -> torch.dtype | None:
    value = node.meta.get("val")
    return value.dtype if isinstance(value, Tensor) else None
