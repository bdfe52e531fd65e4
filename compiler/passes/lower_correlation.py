"""Correlation with a template, spelled without a convolution whose weights and groups are only known at run time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import fx

from ..programs import StageProgram
from .base import PassResult
from .rewrite import (
    Draft,
    arguments,
    constant_of,
    draft_of,
    finish,
    fire,
    insert_call,
    is_call,
    origin_of,
    replace,
    skip,
)  # fmt: skip
from .split import shape_of

aten = torch.ops.aten

Form = Literal["auto", "grouped", "matmul", "sum"]

MOST_TAPS = 9
"""Up to a kernel of 3 x 3 a sum of shifted products is the faster spelling, by the measurement below."""


@dataclass(frozen=True)
class LowerCorrelation:
    """A convolution that folds targets into channels becomes products of matrices or of shifted slices.

    Depthwise (a group for each channel of each target): `sum` multiplies the field, shifted by every tap of the
    kernel, with that tap, and adds up; `matmul` lays the kernel out as a band matrix and makes a product of it for
    each channel. One kernel for all channels of a target (a group for each target): a product over the channels
    for each tap, in both forms; for a kernel of one cell that is the pixelwise correlation. `grouped` leaves all
    as it is. `auto` leaves alone what has a fixed number of groups, and otherwise takes `sum` for kernels of up to
    3 x 3, `matmul` for larger ones: ONNX has no convolution with a free number of groups.

    Nothing here is faster than the grouped convolution where a backend has one. Measured on one thread of a CPU,
    fp32, in milliseconds for one target, grouped / sum / matmul: 256 channels, 5 x 5 over 29 x 29: PyTorch
    0.5 / 7.5 / 7.9, ONNX Runtime 1.3 / 5.7 / 4.0, OpenVINO 1.6 / 3.7 / 4.3; 96 channels, 8 x 8 over 16 x 16: ONNX
    Runtime 0.35 / 0.83 / 0.38, OpenVINO 0.34 / 0.74 / 0.58; 64 channels, 3 x 3 over 25 x 25: ONNX Runtime
    0.14 / 0.28 / 0.27, OpenVINO 0.33 / 0.40 / 0.52.
    """

    name: ClassVar[str] = "lower-correlation"

    form: Form = "auto"

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        for node in list(draft.graph.nodes):
            if (
                is_call(node, "aten::conv2d.default")
                and constant_of(draft, arguments(node)["weight"]) is None
            ):
                lower(draft, node, self.form)
        return finish(draft)


@dataclass(frozen=True)
class Correlation:
    """A convolution of computed weights, taken apart."""

    node: fx.Node
    field: fx.Node
    """[N, C, H, W]"""
    kernel: fx.Node
    """depthwise [N, C, h, w]; else whatever gives [N, K, C, h, w] when reshaped"""
    depthwise: bool
    channels: int
    taps: tuple[int, int]
    padding: tuple[int, int]
    out: tuple[int, int]
    """height and width of the response"""


def lower(draft: Draft, node: fx.Node, form: Form) -> None:
    found = correlation_of(node)
    if isinstance(found, str):
        skip(draft, node, found)
        return
    if form == "grouped":
        skip(draft, node, "it is a grouped convolution already (form=grouped)")
        return
    if form == "auto":
        if isinstance(arguments(node)["groups"], int):
            skip(draft, node, "its number of groups is fixed, and nothing is faster (form=auto)")
            return
        form = "sum" if found.taps[0] * found.taps[1] <= MOST_TAPS else "matmul"
    kind = "depthwise" if found.depthwise else "for each target"
    chosen = form if found.depthwise else "a product over channels for each tap"
    fire(draft, node, f"{kind}, kernel {found.taps[0]} x {found.taps[1]}: {chosen}")
    response = response_of(draft, found, form)
    give(draft, found, response)


def correlation_of(node: fx.Node) -> Correlation | str:
    """A convolution as a correlation of each target with its own kernel; otherwise why it is none."""
    given = arguments(node)
    field, kernel = before_folding(given["input"]), before_folding(given["weight"])
    if field is None or kernel is None or len(shape_of(field)) != 4 or shape_of(given["input"])[0] != 1:
        return "its weights are computed, but targets are not folded into its channels"
    if given["bias"] is not None:
        return "it adds a bias"
    if plain_sizes(given["stride"]) != (1, 1) or plain_sizes(given["dilation"]) != (1, 1):
        return "it has a stride or a dilation"
    batch, channels = shape_of(field)[:2]
    rows, depth, height, width = shape_of(given["weight"])
    padding = plain_sizes(given["padding"])
    out = shape_of(node)[2:]
    # a free size at batch 1 is never 1 in a symbol, so that the two kinds cannot be mistaken for each other
    depthwise = depth == 1 and str(rows) == str(shape_of(given["input"])[1]) and rows == batch * channels
    if not all(isinstance(size, int) for size in (channels, height, width, *out)):
        return "its channels or sizes are not fixed"
    if depthwise and str(shape_of(kernel)) != str((batch, channels, height, width)):
        return "its kernel is not [targets, channels, height, width] before it is folded"
    if not depthwise and (depth != channels or str(shape_of(kernel)[0]) != str(batch)):
        return "its groups are neither targets nor channels of targets"
    return Correlation(node, field, kernel, depthwise, channels, (height, width), padding, (out[0], out[1]))


def before_folding(node: Any) -> fx.Node | None:
    """What was reshaped to fold targets into channels."""
    if is_call(node, "aten::reshape", "aten::view", "aten::_unsafe_view"):
        source = node.all_input_nodes[0]
        return source if isinstance(source, fx.Node) and len(shape_of(source)) >= 3 else None
    return None


def plain_sizes(value: Any) -> tuple[int, int]:
    """`[1]` and `[1, 1]` are the same to a convolution."""
    sizes = tuple(value)
    return (sizes[0], sizes[-1])


# ---------------------------------------------------------------- the forms


def response_of(draft: Draft, found: Correlation, form: Form) -> fx.Node:
    """[N, C or K, out height, out width]."""
    anchor, origin = found.node, origin_of(found.node)

    def call(target: Callable[..., Any], *args: Any) -> fx.Node:
        return insert_call(draft, target, args, before=anchor, origin=origin)

    field = found.field
    down, across = found.padding
    if down or across:
        field = call(aten.constant_pad_nd.default, field, [across, across, down, down], 0.0)
    if not found.depthwise:
        return by_target(call, found, field)
    return by_band(call, found, field) if form == "matmul" else by_shifts(call, found, field)


Caller = Callable[..., fx.Node]


def window(call: Caller, field: fx.Node, found: Correlation, row: int, column: int) -> fx.Node:
    """The field as a tap of the kernel sees it: shifted, of the response's size."""
    shifted = call(aten.slice.Tensor, field, 2, row, row + found.out[0])
    return call(aten.slice.Tensor, shifted, 3, column, column + found.out[1])


def by_shifts(call: Caller, found: Correlation, field: fx.Node) -> fx.Node:
    """The sum over taps of the shifted field times the tap."""
    total: fx.Node | None = None
    for row in range(found.taps[0]):
        line = call(aten.slice.Tensor, found.kernel, 2, row, row + 1)
        for column in range(found.taps[1]):
            tap = call(aten.slice.Tensor, line, 3, column, column + 1)
            seen = window(call, field, found, row, column)
            product = call(aten.mul.Tensor, seen, tap)
            total = product if total is None else call(aten.add.Tensor, total, product)
    assert total is not None
    return total


def by_band(call: Caller, found: Correlation, field: fx.Node) -> fx.Node:
    """A row of the response is the h rows of the field that it sees, side by side, times a band matrix.

    The matrix has the kernel's row i, moved down by one for each column, in rows i W .. (i + 1) W. A row of zeros
    behind each row of the kernel, read with a period shorter by one, moves it.
    """
    height, width = found.taps
    length = shape_of(field)[3]
    rows, columns = found.out
    channels = found.channels
    seen = [call(aten.slice.Tensor, field, 2, row, row + rows) for row in range(height)]
    side_by_side = call(aten.cat.default, seen, 3)
    padded = call(aten.constant_pad_nd.default, found.kernel, [0, length + 1 - width], 0.0)
    repeated = call(aten.expand.default, call(aten.unsqueeze.default, padded, 3), [-1, -1, -1, columns, -1])
    line = call(aten.reshape.default, repeated, [-1, channels, height, columns * (length + 1)])
    shorter = call(aten.slice.Tensor, line, 3, 0, columns * length)
    band = call(aten.reshape.default, shorter, [-1, channels, height, columns, length])
    upright = call(aten.transpose.int, band, 3, 4)
    matrix = call(aten.reshape.default, upright, [-1, channels, height * length, columns])
    return call(aten.matmul.default, side_by_side, matrix)


def by_target(call: Caller, found: Correlation, field: fx.Node) -> fx.Node:
    """The sum over taps of [N, K, C] times the shifted field's [N, C, positions]."""
    height, width = found.taps
    kernels = shape_of(found.node)[1] // shape_of(found.field)[0]
    # kept as -1: with the batch free, K is what is left of a size that the kernel alone knows
    count = int(kernels) if isinstance(kernels, int) else int(str(kernels))
    filters = call(aten.reshape.default, found.kernel, [-1, count, found.channels, height, width])
    total: fx.Node | None = None
    for row in range(height):
        for column in range(width):
            tap = call(aten.select.int, call(aten.select.int, filters, 3, row), 3, column)
            seen = call(aten.flatten.using_ints, window(call, field, found, row, column), 2)
            product = call(aten.matmul.default, tap, seen)
            total = product if total is None else call(aten.add.Tensor, total, product)
    assert total is not None
    return call(aten.reshape.default, total, [-1, count, *found.out])


def give(draft: Draft, found: Correlation, response: fx.Node) -> None:
    """Let the readers of the convolution read the response; those that unfold the targets have nothing to do."""
    node, unfolded = found.node, str(shape_of(response))
    for reader in list(node.users):
        if is_call(reader, "aten::reshape", "aten::view") and str(shape_of(reader)) == unfolded:
            replace(draft, reader, response)
    if node._erased:
        return
    folded = insert_call(
        draft, aten.reshape.default, (response, [1, -1, *found.out]), before=node, origin=origin_of(node)
    )
    replace(draft, node, folded)


PASS = LowerCorrelation
