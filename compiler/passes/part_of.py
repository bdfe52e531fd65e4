"""Operators by the part of their operands that a part of their result needs.

A linear layer needs a token for a token; attention needs the queries of the tokens that are read, and all keys and
values. `part_of` says so for one node and one box; what it does not know needs all of its operands.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from ..in_place import operator_of
from .boxes import Box, Range, reshaped, size_along, span, tidy, whole, with_axis
from .products import turn_of
from .rewrite import Draft, add_constant, arguments, constant_of, insert_call, is_call, origin_of
from .split import dtype_of, shape_of

aten = torch.ops.aten

Operands = Sequence[fx.Node]
Make = Callable[[Draft, Operands], fx.Node]


@dataclass(frozen=True)
class Part:
    """A box of a node's result, and how it comes about by itself."""

    box: Box
    """contains what was asked for"""
    reads: tuple[tuple[fx.Node, Box], ...]
    """boxes of operands that are needed; of operands that are not named, everything"""
    make: Make
    """computes it, given these boxes of the operands in their order; a new node in front of the old one"""


Rule = Callable[[Draft, fx.Node, Box], Part | None]


def part_of(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    """A part of a node; None where it can only be computed as a whole, from whole operands."""
    rule = rule_of(node)
    return None if rule is None else rule(draft, node, box)


def rule_of(node: fx.Node) -> Rule | None:
    if node.op != "call_function":
        return None
    if node.target is operator.getitem:
        return one_of_many if is_fan(node.args[0]) else None
    target = operator_of(node)
    if target is None:
        return None
    if torch.Tag.pointwise in target.tags and torch.Tag.nondeterministic_seeded not in target.tags:
        return pointwise
    return RULES.get(target._schema.name)


def calls(draft: Draft, node: fx.Node, changes: Mapping[str, Any]) -> fx.Node:
    """The node's call with other arguments, placed in front of it."""
    target = operator_of(node)
    assert target is not None
    args, kwargs = list(node.args), dict(node.kwargs)
    for index, parameter in enumerate(target._schema.arguments):
        if parameter.name in changes:
            if index < len(args) and not parameter.kwarg_only:
                args[index] = changes[parameter.name]
            else:
                kwargs[parameter.name] = changes[parameter.name]
    return insert_call(draft, target, args, kwargs, before=node, origin=origin_of(node))


def made(draft: Draft, node: fx.Node, target: Callable[..., Any], *args: Any) -> fx.Node:
    """A call of another operator in place of the node's."""
    return insert_call(draft, target, args, before=node, origin=origin_of(node))


def reading(node: fx.Node, box: Box, name: str, needed: Box, **changes: Any) -> Part:
    """A part that needs a box of one operand."""
    return Part(
        box,
        ((arguments(node)[name], needed),),
        lambda draft, operands: calls(draft, node, {name: operands[0], **changes}),
    )


# ---------------------------------------------------------------- number by number, row by row


def pointwise(draft: Draft, node: fx.Node, box: Box) -> Part:
    sources = node.all_input_nodes

    def make(draft: Draft, operands: Operands) -> fx.Node:
        place = dict(zip(sources, operands, strict=True))
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), place.__getitem__)
        assert callable(node.target)
        return insert_call(draft, node.target, args, kwargs, before=node, origin=origin_of(node))

    return Part(box, tuple((source, broadcast(shape_of(source), box)) for source in sources), make)


def broadcast(shape: Sequence[Any], box: Box) -> Box:
    """The box of an operand that a box of the result needs, where the operand's shape is broadcast."""
    aligned = box[len(box) - len(shape) :]
    return tuple(None if is_one(size) else each for size, each in zip(shape, aligned, strict=True))


def is_one(size: Any) -> bool:
    """Whether a size is 1; an open one is not asked, since that would settle it."""
    return isinstance(size, int) and size == 1


def same_box(draft: Draft, node: fx.Node, box: Box) -> Part:
    return reading(node, box, "self", box)


def softmax(draft: Draft, node: fx.Node, box: Box) -> Part:
    box = with_axis(box, arguments(node)["dim"] % len(box), None)
    return reading(node, box, "self", box)


def reduced(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    """Sums and means along some axes, all of which they need."""
    given = arguments(node)
    rank = len(shape_of(given["self"]))
    if not given.get("dim"):
        return None
    axes = sorted(axis % rank for axis in given["dim"])
    if not given["keepdim"]:
        before = box
        for axis in axes:
            before = (*before[:axis], None, *before[axis:])
        return reading(node, box, "self", before)
    for axis in axes:
        box = with_axis(box, axis, None)
    return reading(node, box, "self", box)


def layer_norm(draft: Draft, node: fx.Node, box: Box) -> Part:
    given = arguments(node)
    kept = len(box) - len(given["normalized_shape"])
    box = (*box[:kept], *(None,) * (len(box) - kept))
    return reading(node, box, "input", box)


def linear(draft: Draft, node: fx.Node, box: Box) -> Part:
    """Rows of the input for rows; some channels of the result come from some rows of a constant weight."""
    given = arguments(node)
    weight, bias = constant_of(draft, given["weight"]), constant_of(draft, given["bias"])
    computed = weight is None or weight.dim() != 2 or (bias is None and given["bias"] is not None)
    if computed:
        box = with_axis(box, len(box) - 1, None)
    channels = box[-1]

    def make(draft: Draft, operands: Operands) -> fx.Node:
        changes: dict[str, Any] = {"input": operands[0]}
        for name in ("weight", "bias"):
            if channels is not None and given[name] is not None:
                changes[name] = constant_part(draft, given[name], (channels,), node)
        return calls(draft, node, changes)

    return Part(box, ((given["input"], (*box[:-1], None)),), make)


def constant_part(draft: Draft, source: fx.Node, box: Box, before: fx.Node) -> fx.Node:
    """A box of a weight, along its first axes, as a constant of its own."""
    value = constant_of(draft, source)
    assert value is not None
    for axis, taken in enumerate(box):
        if taken is not None:
            value = value.narrow(axis, taken[0], taken[1] - taken[0])
    return add_constant(draft, value.contiguous(), before, origin_of(source))


# ---------------------------------------------------------------- products


def matmul(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    left, right = node.args[0], node.args[1]
    shapes = shape_of(left), shape_of(right)
    if min(map(len, shapes)) < 2 or not isinstance(left, fx.Node) or not isinstance(right, fx.Node):
        return None
    left_box = (*broadcast(shapes[0][:-2], box[:-2]), box[-2], None)
    right_box = (*broadcast(shapes[1][:-2], box[:-2]), None, box[-1])
    return Part(
        box,
        ((left, left_box), (right, right_box)),
        lambda draft, operands: made(draft, node, target_of(node), *operands),
    )


def einsum(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    given = arguments(node)
    equation = given["equation"].replace(" ", "")
    inputs, arrow, result = equation.partition("->")
    letters = inputs.split(",")
    if not arrow or "." in equation or any(len(set(each)) != len(each) for each in (*letters, result)):
        return None
    taken = dict(zip(result, box, strict=True))
    reads = []
    for source, names in zip(given["tensors"], letters, strict=True):
        sizes = shape_of(source)
        ranges = [None if is_one(size) else taken.get(name) for name, size in zip(names, sizes, strict=True)]
        reads.append((source, tuple(ranges)))
    return Part(box, tuple(reads), lambda draft, operands: calls(draft, node, {"tensors": list(operands)}))


def attention(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    """Some queries, and all keys and values."""
    given = arguments(node)
    if given["is_causal"] or given["dropout_p"] or len(shape_of(given["query"])) != len(box):
        return None
    box = (*(None,) * (len(box) - 2), box[-2], None)
    names = ["query", "key", "value"]
    reads = [(given["query"], box), *((given[name], whole(shape_of(given[name]))) for name in names[1:])]
    if given["attn_mask"] is not None:
        names.append("attn_mask")
        reads.append((given["attn_mask"], broadcast(shape_of(given["attn_mask"]), box)))

    def make(draft: Draft, operands: Operands) -> fx.Node:
        return calls(draft, node, dict(zip(names, operands, strict=True)))

    return Part(box, tuple(reads), make)


def target_of(node: fx.Node) -> Callable[..., Any]:
    assert callable(node.target)
    return node.target


# ---------------------------------------------------------------- axes that change places


def turned(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    order = turn_of(node)
    if order is None:
        return None
    before = tuple(box[order.index(axis)] for axis in range(len(box)))
    return reading(node, box, "self", before)


def unsqueeze(draft: Draft, node: fx.Node, box: Box) -> Part:
    axis = arguments(node)["dim"] % len(box)
    return reading(node, box, "self", (*box[:axis], *box[axis + 1 :]))


def squeeze(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    given = arguments(node)
    rank = len(shape_of(given["self"]))
    axes = given.get("dim")
    if axes is None:
        return None
    before = box
    for axis in sorted({axis % rank for axis in (axes if isinstance(axes, (list, tuple)) else [axes])}):
        if is_one(shape_of(given["self"])[axis]):
            before = (*before[:axis], None, *before[axis:])
    return reading(node, box, "self", before) if len(before) == rank else None


def reshape(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    """view, reshape, flatten and unflatten."""
    given = arguments(node)
    shape = shape_of(node)
    found = None if "dtype" in given else reshaped(shape_of(given["self"]), shape, box)
    if found is None:
        return None
    after, before = found
    name: str | None = next((name for name in ("size", "shape", "sizes") if name in given), None)
    changes: dict[str, Any] = {}
    if name is not None:
        first = given["dim"] % len(shape_of(given["self"])) if name == "sizes" else 0
        changes[name] = [
            size_along(shape, after, first + index) if isinstance(size, int) and size >= 0 else size
            for index, size in enumerate(given[name])
        ]

    def make(draft: Draft, operands: Operands) -> fx.Node:
        if is_call(node, "aten::view", "aten::_unsafe_view"):  # a part's numbers may lie apart in memory
            return made(draft, node, aten.reshape.default, operands[0], changes[name or ""])
        return calls(draft, node, {"self": operands[0], **changes})

    return Part(after, ((given["self"], before),), make)


def expand(draft: Draft, node: fx.Node, box: Box) -> Part:
    given, shape = arguments(node), shape_of(node)
    sizes = [
        size_along(shape, box, axis) if isinstance(size, int) and size >= 0 else size
        for axis, size in enumerate(given["size"])
    ]
    return reading(node, box, "self", broadcast(shape_of(given["self"]), box), size=sizes)


# ---------------------------------------------------------------- joining and choosing


def cat(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    """What lies outside of the range is left out."""
    given, shape = arguments(node), shape_of(node)
    axis = given["dim"] % len(shape)
    sources = given["tensors"]
    if any(len(shape_of(each)) != len(box) or dtype_of(each) != dtype_of(node) for each in sources):
        return None
    sizes: list[Any] = [shape_of(source)[axis] for source in sources]
    if not all(isinstance(size, int) for size in sizes):
        return None
    first, last = span(shape, box, axis)
    reads, start = [], 0
    for source, size in zip(sources, sizes, strict=True):
        low, high = max(first - start, 0), min(last - start, size)
        if low < high:
            reads.append((source, tidy(shape_of(source), with_axis(box, axis, (low, high)))))
        start += size

    def make(draft: Draft, operands: Operands) -> fx.Node:
        return operands[0] if len(operands) == 1 else calls(draft, node, {"tensors": list(operands)})

    return Part(box, tuple(reads), make)


def chosen(source: fx.Node, box: Box, axis: int, taken: Range) -> Part:
    """A slice: the box of a result that is the range `taken` of an axis of `source`."""
    first, last = box[axis] or (0, taken[1] - taken[0])
    needed = tidy(shape_of(source), with_axis(box, axis, (taken[0] + first, taken[0] + last)))
    return Part(box, ((source, needed),), lambda draft, operands: operands[0])


def slice_rule(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    given = arguments(node)
    source, size = given["self"], shape_of(given["self"])[given["dim"]]
    bounds = [0 if given["start"] is None else given["start"], size if given["end"] is None else given["end"]]
    if given["step"] != 1 or not all(isinstance(each, int) for each in (size, *bounds)):
        return None
    first, last, _ = slice(*bounds).indices(size)
    return chosen(source, box, given["dim"] % len(box), (first, last)) if first < last else None


def narrow(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    given = arguments(node)
    source, first, length = given["self"], given["start"], given["length"]
    size = shape_of(source)[given["dim"]]
    if not all(isinstance(each, int) for each in (size, first, length)) or not length:
        return None
    return chosen(source, box, given["dim"] % len(box), (first % size, first % size + length))


def select(draft: Draft, node: fx.Node, box: Box) -> Part | None:
    given = arguments(node)
    source, index = given["self"], given["index"]
    axis = given["dim"] % (len(box) + 1)
    if not isinstance(index, int) or not isinstance(shape_of(source)[axis], int):
        return None
    return one_index(node, source, box, axis, index % shape_of(source)[axis])


def one_index(node: fx.Node, source: fx.Node, box: Box, axis: int, index: int) -> Part:
    """`select`: the box of one index of an axis, which goes."""
    needed = tidy(shape_of(source), (*box[:axis], (index, index + 1), *box[axis:]))
    return Part(
        box,
        ((source, needed),),
        lambda draft, operands: made(draft, node, aten.select.int, operands[0], axis, 0),
    )


FANS = ("aten::unbind", "aten::split", "aten::split_with_sizes", "aten::chunk")


def is_fan(node: Any) -> bool:
    """Whether a node only deals out parts of its operand: `unbind`, `split`, `chunk`, each part read by its number."""
    if not is_call(node, *FANS):
        return False
    source = arguments(node)["self"]
    return isinstance(shape_of(source)[arguments(node)["dim"]], int) and all(
        reader.target is operator.getitem and isinstance(reader.args[1], int) for reader in node.users
    )


def one_of_many(draft: Draft, node: fx.Node, box: Box) -> Part:
    fan, index = node.args
    assert isinstance(fan, fx.Node)
    given = arguments(fan)
    source, parts = given["self"], fan.meta["val"]
    assert isinstance(index, int)
    axis = given["dim"] % len(shape_of(source))
    index %= len(parts)
    if is_call(fan, "aten::unbind"):
        return one_index(node, source, box, axis, index)
    start = sum(part.shape[axis] for part in parts[:index])
    return chosen(source, box, axis, (start, start + parts[index].shape[axis]))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(
        (f"aten::{name}" for name in ("to", "detach", "alias", "contiguous", "hardswish", "lift_fresh_copy")),
        same_box,
    ),
    **dict.fromkeys((f"aten::{name}" for name in ("softmax", "_softmax", "log_softmax")), softmax),
    **dict.fromkeys((f"aten::{name}" for name in ("sum", "mean", "amax", "amin")), reduced),
    **dict.fromkeys((f"aten::{name}" for name in ("matmul", "bmm")), matmul),
    **dict.fromkeys((f"aten::{name}" for name in ("permute", "transpose")), turned),
    **dict.fromkeys(
        (f"aten::{name}" for name in ("view", "_unsafe_view", "reshape", "flatten", "unflatten")), reshape
    ),
    "aten::layer_norm": layer_norm,
    "aten::rms_norm": layer_norm,
    "aten::linear": linear,
    "aten::einsum": einsum,
    "aten::scaled_dot_product_attention": attention,
    "aten::unsqueeze": unsqueeze,
    "aten::expand": expand,
    "aten::cat": cat,
    "aten::squeeze": squeeze,
    "aten::slice": slice_rule,
    "aten::narrow": narrow,
    "aten::select": select,
}
