"""Programs of random operators, for tests of passes that have a rule for each: built on a graph, without an export."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies
from torch import fx

from sotc.compiler.passes.rewrite import Draft, add_constant, finish, fire, insert_call
from sotc.compiler.passes.split import shape_of
from sotc.compiler.programs import StageProgram

aten = torch.ops.aten


@dataclass
class Growing:
    """A graph to which operators are added in front of its output."""

    draft: Draft
    choose: Callable[[strategies.SearchStrategy[Any]], Any]
    values: list[fx.Node] = field(default_factory=list)

    @property
    def output(self) -> fx.Node:
        return next(node for node in self.draft.graph.nodes if node.op == "output")

    def call(self, target: Callable[..., Any], *args: Any) -> fx.Node:
        return insert_call(self.draft, target, args, before=self.output, origin="part")

    def constant(self, *shape: int) -> fx.Node:
        generator = torch.Generator().manual_seed(len(self.values))
        value = torch.randn(shape, generator=generator) / 2
        return add_constant(self.draft, value, self.output, "part")

    def number(self, least: int, most: int) -> int:
        found: int = self.choose(strategies.integers(least, most))
        return found

    def axis(self, node: fx.Node) -> int:
        return self.number(1, len(shape_of(node)) - 1)


def grown(draft: Draft, choose: Callable[[strategies.SearchStrategy[Any]], Any], steps: int) -> StageProgram:
    """The program of one input with `steps` operators more; what nothing reads in the end is its result."""
    growing = Growing(draft, choose)
    growing.values += [node for node in draft.graph.nodes if node.op == "placeholder"]
    for _ in range(steps):
        last = growing.number(0, 2) > 0
        node = growing.values[-1] if last else choose(strategies.sampled_from(growing.values))
        made = choose(strategies.sampled_from(STEPS))(growing, node)
        if made is not None and made.meta["val"].numel() // made.meta["val"].shape[0] <= 2000:
            growing.values.append(made)
    result = cut(growing, growing.values[-1]) or growing.values[-1]
    growing.output.args = ((result,),)
    fire(draft, result, "grown")
    for node in reversed(list(draft.graph.nodes)):
        if not node.users and node.op in ("call_function", "get_attr"):
            draft.graph.erase_node(node)
    return finish(draft).program


def linear(growing: Growing, node: fx.Node) -> fx.Node | None:
    inside = shape_of(node)[-1]
    if len(shape_of(node)) < 2:
        return None
    outside = growing.number(1, 4) * 3
    bias = growing.constant(outside) if growing.number(0, 1) else None
    return growing.call(aten.linear.default, node, growing.constant(outside, inside), bias)


def layer_norm(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 2 or shape_of(node)[-1] < 4:
        return None
    return growing.call(aten.layer_norm.default, node, [shape_of(node)[-1]], None, None, 0.1)


def gelu(growing: Growing, node: fx.Node) -> fx.Node:
    return growing.call(aten.gelu.default, node)


def softmax(growing: Growing, node: fx.Node) -> fx.Node | None:
    return growing.call(aten.softmax.int, node, growing.axis(node)) if len(shape_of(node)) > 1 else None


def mean(growing: Growing, node: fx.Node) -> fx.Node | None:
    keep = bool(growing.number(0, 1))
    return growing.call(aten.mean.dim, node, [growing.axis(node)], keep) if len(shape_of(node)) > 2 else None


def transpose(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 3:
        return None
    return growing.call(aten.transpose.int, node, growing.axis(node), growing.axis(node))


def flatten(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 3:
        return None
    return growing.call(aten.flatten.using_ints, node, growing.number(1, len(shape_of(node)) - 2), -1)


def unflatten(growing: Growing, node: fx.Node) -> fx.Node | None:
    if not 2 <= len(shape_of(node)) <= 4:
        return None
    axis = growing.axis(node)
    size = shape_of(node)[axis]
    factors = [factor for factor in range(1, size + 1) if size % factor == 0]
    first = growing.choose(strategies.sampled_from(factors))
    return growing.call(aten.unflatten.int, node, axis, [first, -1])


def reshape(growing: Growing, node: fx.Node) -> fx.Node | None:
    """All axes but the first in another division."""
    total = 1
    for size in shape_of(node)[1:]:
        total *= size
    factors = [factor for factor in range(1, total + 1) if total % factor == 0]
    first = growing.choose(strategies.sampled_from(factors))
    return growing.call(aten.reshape.default, node, [-1, first, total // first])


def unsqueeze(growing: Growing, node: fx.Node) -> fx.Node | None:
    return (
        growing.call(aten.unsqueeze.default, node, growing.axis(node))
        if 1 < len(shape_of(node)) < 5
        else None
    )


def add_constant_row(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 3:
        return None
    rows = shape_of(node)[-2] if growing.number(0, 1) else 1
    return growing.call(aten.add.Tensor, node, growing.constant(rows, shape_of(node)[-1]))


def add(growing: Growing, node: fx.Node) -> fx.Node | None:
    alike = [each for each in growing.values if str(shape_of(each)) == str(shape_of(node))]
    return growing.call(aten.add.Tensor, node, growing.choose(strategies.sampled_from(alike)))


def product(growing: Growing, node: fx.Node) -> fx.Node | None:
    """With itself turned, as attention has it."""
    rank = len(shape_of(node))
    if rank < 3:
        return None
    return growing.call(aten.matmul.default, node, growing.call(aten.transpose.int, node, rank - 2, rank - 1))


def attention(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) != 4:
        return None
    scaled = growing.call(aten.mul.Tensor, node, 0.3)
    return growing.call(aten.scaled_dot_product_attention.default, scaled, node, node)


def cat(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 2:
        return None
    axis = growing.axis(node)
    alike = [
        each
        for each in growing.values
        if len(shape_of(each)) == len(shape_of(node))
        and all(
            place == axis or str(one) == str(other)
            for place, (one, other) in enumerate(zip(shape_of(each), shape_of(node), strict=True))
        )
    ]
    return growing.call(aten.cat.default, [node, growing.choose(strategies.sampled_from(alike))], axis)


def cut(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 2:
        return None
    axis = growing.axis(node)
    first = growing.number(0, shape_of(node)[axis] - 1)
    last = growing.number(first + 1, shape_of(node)[axis])
    return growing.call(aten.slice.Tensor, node, axis, first, last)


def select(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 3:
        return None
    axis = growing.axis(node)
    return growing.call(aten.select.int, node, axis, growing.number(-1, shape_of(node)[axis] - 1))


def chunk(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 2:
        return None
    dealt = growing.call(aten.chunk.default, node, 3, growing.axis(node))
    parts = [growing.call(operator.getitem, dealt, index) for index in range(len(dealt.meta["val"]))]
    growing.values += parts[:-1]
    return parts[-1]


def unbind(growing: Growing, node: fx.Node) -> fx.Node | None:
    if len(shape_of(node)) < 3:
        return None
    axis = growing.axis(node)
    dealt = growing.call(aten.unbind.int, node, axis)
    return growing.call(operator.getitem, dealt, growing.number(0, shape_of(node)[axis] - 1))


STEPS: tuple[Callable[[Growing, fx.Node], fx.Node | None], ...] = (
    linear, linear, layer_norm, gelu, softmax, mean, transpose, flatten, unflatten, reshape, unsqueeze,
    add_constant_row, add, product, attention, cat, cut, cut, select, chunk, unbind,
)  # fmt: skip
