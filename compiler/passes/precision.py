"""Heavy operators in 16-bit floating point, with their weights rounded once; all else stays as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, fx

from ..in_place import operator_of
from ..programs import StageProgram
from .base import PassResult
from .kernel_sums import rounded_kernels
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

DTYPES: Mapping[str, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}

CONVOLUTIONS = tuple(f"aten::conv{kind}{axes}d" for kind in ("", "_transpose") for axes in (1, 2, 3))
PRODUCTS = ("aten::linear", "aten::matmul", "aten::bmm", "aten::mm", "aten::addmm", "aten::baddbmm")
ATTENTION = ("aten::scaled_dot_product_attention",)
HEAVY = (*CONVOLUTIONS, *PRODUCTS, *ATTENTION)

NEUTRAL = frozenset(
    f"aten::{name}"
    for name in (
        # pointwise, without exponentials of their own that could overflow
        "relu", "relu6", "leaky_relu", "hardtanh", "hardswish", "hardsigmoid", "clamp", "clamp_min", "gelu", "silu",
        "sigmoid", "tanh", "add", "sub", "mul", "neg", "abs", "maximum", "minimum",
        # moving and choosing numbers
        "view", "reshape", "flatten", "unflatten", "transpose", "permute", "unsqueeze", "squeeze", "expand",
        "expand_as", "slice", "select", "cat", "stack", "split", "split_with_sizes", "chunk", "unbind", "clone",
        "contiguous", "detach", "dropout", "constant_pad_nd", "pad", "t", "narrow", "index_select", "repeat",
        "max_pool2d", "upsample_nearest2d", "roll", "flip",
        # averages, which are summed in float32 whatever they read
        "mean", "avg_pool2d", "adaptive_avg_pool2d",
    )
)  # fmt: skip
"""Operators that may run in low precision between two heavy ones."""

SMALL = 0.05
"""A last layer that makes at most this share of a program's multiplications stays in float32: it decides which cell
wins, and bf16 has 8 bits to tell neighbours apart."""


@dataclass(frozen=True)
class Precision:
    """Runs convolutions, matrix products and attention, and what lies between them, in `dtype`.

    Statistics of norms, softmax over positions, decoding, geometry, crops and everything that is no float32 stay;
    so do the types of what the program takes and gives. Values are converted at the borders of low regions only.
    """

    name: ClassVar[str] = "precision"
    dtype: Literal["bf16", "fp16"] = "bf16"
    last: Literal["float32", "low"] = "float32"
    """of the last layers, where they are small (see SMALL)"""

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        heavy = heavy_nodes(draft)
        if self.last == "float32":
            heavy -= small_last(draft, heavy)
        low = low_nodes(draft, heavy)
        lower_nodes(draft, low, DTYPES[self.dtype])
        for node in draft.graph.nodes:
            if node in heavy:
                fire(draft, node, f"in {self.dtype}")
        return finish(draft)


# ---------------------------------------------------------------- what becomes low


def heavy_nodes(draft: Draft) -> set[fx.Node]:
    """Heavy operators on float32."""
    found = set()
    for node in draft.graph.nodes:
        if not is_call(node, *HEAVY):
            continue
        value = node.meta["val"]
        if value.dtype == torch.float32:
            found.add(node)
        else:
            skip(draft, node, f"it computes in {str(value.dtype).removeprefix('torch.')}")
    return found


def small_last(draft: Draft, heavy: set[fx.Node]) -> set[fx.Node]:
    """Heavy operators behind which there is no other, where they cost little."""
    followed: set[fx.Node] = set()
    for node in reversed(draft.graph.nodes):
        if any(reader in followed or reader in heavy for reader in node.users):
            followed.add(node)
    total = sum(map(products_of, heavy))
    found = {node for node in heavy - followed if products_of(node) <= SMALL * total}
    for node in draft.graph.nodes:
        if node in found:
            share = 100 * products_of(node) / total
            skip(draft, node, f"no heavy operator follows and it is small ({share:.2g} % of the products)")
    return found


def products_of(node: fx.Node) -> float:
    """Multiplications of a heavy operator, with the example's number of targets."""
    given = arguments(node)
    made = count_of(node.meta["val"])
    if is_call(node, *CONVOLUTIONS):
        weight = shape_of(given["weight"])
        transposed = is_call(node, *(name for name in CONVOLUTIONS if "transpose" in name))
        # a transposed convolution spreads each number of its input, a plain one gathers each of its result
        return float((count_of(given["input"].meta["val"]) if transposed else made) * math.prod(weight[1:]))
    if is_call(node, *ATTENTION):
        query, key = shape_of(given["query"]), shape_of(given["key"])
        return float(2 * math.prod(query) * key[-2])
    first = next(value for key, value in given.items() if key in ("input", "self", "mat1", "batch1"))
    if is_call(node, "aten::addmm", "aten::baddbmm"):
        first = given["mat1" if is_call(node, "aten::addmm") else "batch1"]
    return float(made * shape_of(first)[-1])


def shape_of(node: fx.Node) -> tuple[int, ...]:
    return tuple(size if isinstance(size, int) else int(size.node.hint) for size in node.meta["val"].shape)


def count_of(value: Tensor) -> int:
    return math.prod(size if isinstance(size, int) else int(size.node.hint) for size in value.shape)


def low_nodes(draft: Draft, heavy: set[fx.Node]) -> set[fx.Node]:
    """Heavy operators, and neutral ones all of whose operands are low and which a heavy one reads in the end."""
    reached = set(heavy)
    for node in draft.graph.nodes:
        if is_neutral(node) and all_low(node, reached):
            reached.add(node)
    wanted = set(heavy)
    for node in reversed(draft.graph.nodes):
        if node in reached and any(reader in wanted for reader in node.users):
            wanted.add(node)
            if not isinstance(node.meta["val"], Tensor):  # several results: all are low together
                wanted.update(node.users)
    return wanted


def is_neutral(node: fx.Node) -> bool:
    target = operator_of(node)
    if target is None:
        return node.op == "call_function" and getattr(node.target, "__name__", "") == "getitem"
    if target._schema.name not in NEUTRAL or arguments(node).get("dtype") is not None:
        return False
    return all(value.dtype == torch.float32 for value in tensors_of(node))


def tensors_of(node: fx.Node) -> list[Tensor]:
    value = node.meta.get("val")
    values = value if isinstance(value, (tuple, list)) else [value]
    return [item for item in values if isinstance(item, Tensor)]


def all_low(node: fx.Node, reached: set[fx.Node]) -> bool:
    """Whether a node reads something low and, beside constants and whole numbers, nothing else."""
    operands = [source for source in node.all_input_nodes if is_float(source) and source.op != "get_attr"]
    return bool(operands) and all(source in reached for source in operands)


def is_float(node: fx.Node) -> bool:
    return any(value.is_floating_point() for value in tensors_of(node))


# ---------------------------------------------------------------- making it low


def lower_nodes(draft: Draft, low: set[fx.Node], dtype: torch.dtype) -> None:
    """Convert what enters a low region, compute its values anew, and convert what leaves it."""
    entered: dict[fx.Node, fx.Node] = {}
    for node in list(draft.graph.nodes):
        if node not in low:
            continue
        for source in node.all_input_nodes:
            if source not in low and tensors_of(source) and is_float(source):
                node.replace_input_with(source, entering(draft, source, node, dtype, entered))
                erase(draft, source)
        refresh_value(draft, node)
    for node in list(draft.graph.nodes):
        readers = [reader for reader in node.users if reader not in low]
        if node in low and readers and isinstance(node.meta["val"], Tensor):
            leave(draft, node, readers)


def entering(
    draft: Draft, source: fx.Node, before: fx.Node, dtype: torch.dtype, entered: dict[fx.Node, fx.Node]
) -> fx.Node:
    """A float32 value, or a weight, in low precision: converted once for all that read it."""
    if source not in entered:
        weight = constant_of(draft, source)
        entered[source] = (
            add_constant(draft, low_weight(weight, source, before, dtype), before, origin_of(source))
            if weight is not None
            else converted(draft, source, dtype, before)
        )
    return entered[source]


def low_weight(weight: Tensor, source: fx.Node, reader: fx.Node, dtype: torch.dtype) -> Tensor:
    """A weight in low precision: the kernels of convolutions keep their sums."""
    return rounded_kernels(weight, dtype) if is_kernel(source, reader) else weight.to(dtype)


def is_kernel(source: Any, reader: fx.Node) -> bool:
    """Whether a node is the weight of a plain convolution."""
    plain = [name for name in CONVOLUTIONS if "transpose" not in name]
    return is_call(reader, *plain) and arguments(reader)["weight"] is source


def leave(draft: Draft, node: fx.Node, readers: list[fx.Node]) -> None:
    """Let readers outside of the low region read a float32 copy."""
    back = converted(draft, node, torch.float32, node.next)
    for reader in readers:
        reader.replace_input_with(node, back)


def converted(draft: Draft, source: fx.Node, dtype: torch.dtype, before: fx.Node) -> fx.Node:
    target: Any = torch.ops.aten.to.dtype
    return insert_call(draft, target, (source, dtype), before=before, origin=origin_of(source))


PASS = Precision
