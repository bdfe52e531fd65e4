"""Products of matrices, however they are spelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import fx

from .rewrite import Draft, arguments, insert_call, is_call
from .split import shape_of

aten = torch.ops.aten


@dataclass(frozen=True)
class Product:
    """left [..., i, e] times right [..., e, j] gives [..., i, j], once axes are put into this order."""

    node: fx.Node
    left: fx.Node
    left_axes: tuple[int, ...]
    """how the left operand's axes are put into the order above, as `permute` takes it"""
    right: fx.Node
    right_axes: tuple[int, ...]
    result_axes: tuple[int, ...]
    """how [..., i, j] is put into the order of the node's result"""


def product_of(node: fx.Node) -> Product | None:
    """A node as a product of two tensors of equal rank, 3 or more; None where it is none."""
    if is_call(node, "aten::matmul", "aten::bmm"):
        left, right = node.all_input_nodes[0], node.args[1]
        rank = len(shape_of(left))
        if not isinstance(right, fx.Node) or rank < 3 or len(shape_of(right)) != rank:
            return None
        axes = tuple(range(rank))
        first = node.args[0]
        assert isinstance(first, fx.Node)
        return Product(node, first, axes, right, axes, axes)
    if is_call(node, "aten::einsum"):
        given = arguments(node)
        if len(given["tensors"]) == 2:
            return einsum_product(node, given["equation"].replace(" ", ""), given["tensors"])
    return None


def einsum_product(node: fx.Node, equation: str, operands: Sequence[fx.Node]) -> Product | None:
    """`bihd,bjhd->bhij`: one index is summed, each operand brings one of its own, the others are shared."""
    inputs, arrow, result = equation.partition("->")
    letters = inputs.split(",")
    if not arrow or "." in equation or any(len(set(each)) != len(each) for each in (*letters, result)):
        return None
    left, right = letters
    shared = [index for index in result if index in left and index in right]
    rows = [index for index in result if index in left and index not in right]
    columns = [index for index in result if index in right and index not in left]
    summed = [index for index in left if index in right and index not in result]
    complete = len(left) == len(right) == len(result) == len(shared) + 2
    if not complete or not shared or not len(rows) == len(columns) == len(summed) == 1:
        return None
    if set(rows + summed) == set(left[-2:]):
        shared = list(left[:-2])  # the order in which weights are known to come
    return Product(
        node,
        operands[0],
        tuple(map(left.index, (*shared, *rows, *summed))),
        operands[1],
        tuple(map(right.index, (*shared, *summed, *columns))),
        tuple(map([*shared, *rows, *columns].index, result)),
    )


def in_given_order(axes: Sequence[int]) -> bool:
    """Whether putting axes into this order changes nothing."""
    return list(axes) == list(range(len(axes)))


def arranged(draft: Draft, node: fx.Node, axes: Sequence[int], before: fx.Node, origin: str) -> fx.Node:
    """`node` with its axes in another order; what was turned to be turned back is taken as it was."""
    if in_given_order(axes):
        return node
    turned = turn_of(node)
    if turned is not None and in_given_order([turned[axis] for axis in axes]):
        return node.all_input_nodes[0]
    return insert_call(draft, aten.permute.default, (node, list(axes)), before=before, origin=origin)


def turn_of(node: fx.Node) -> list[int] | None:
    """The order into which a transpose or permute puts the axes of what it reads."""
    rank = len(shape_of(node))
    if is_call(node, "aten::permute"):
        return [axis % rank for axis in arguments(node)["dims"]]
    if is_call(node, "aten::transpose.int"):
        given, axes = arguments(node), list(range(rank))
        one, other = given["dim0"] % rank, given["dim1"] % rank
        axes[one], axes[other] = axes[other], axes[one]
        return axes
    return None
