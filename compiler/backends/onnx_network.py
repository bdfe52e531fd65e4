"""Operators of neural networks: convolutions, products of matrices, norms, pooling, attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from onnx import GraphProto, TensorProto, helper

from .onnx_graph import NoLoweringError, Operand, Size, Value, Writer
from .onnx_table import fixed, is_fixed, lowers, shape_of


def pair(value: Any, count: int) -> list[int]:
    numbers = [value] if isinstance(value, int) else list(value)
    return numbers * count if len(numbers) == 1 else numbers


def pads_of(padding: Any, count: int) -> tuple[list[int] | None, str | None]:
    """ONNX's `pads` and `auto_pad`."""
    if isinstance(padding, str):
        return None, "SAME_UPPER" if padding == "same" else "VALID"
    sizes = pair(padding, count)
    return [*sizes, *sizes], None


@lowers("aten.conv1d", "aten.conv2d", "aten.conv3d")
def convolution(
    writer: Writer, result: Any, value: Value, weight: Value, bias: Value | None, stride: Any, padding: Any,
    dilation: Any, groups: int | Size,
) -> Value:  # fmt: skip
    if not isinstance(groups, int):
        return correlation(writer, result, value, weight, bias, stride, padding, dilation)
    count = weight.ndim - 2
    pads, automatic = pads_of(padding, count)
    source, squeezed = value, value.ndim == count + 1
    if squeezed:  # torch takes an image without a batch
        source = writer.op("Unsqueeze", value, np.array([0], np.int64))
    found = writer.op(
        "Conv", source, weight, bias,
        kernel_shape=fixed(weight.shape[2:], "a convolution"), strides=pair(stride, count), pads=pads,
        auto_pad=automatic, dilations=pair(dilation, count), group=groups,
    )  # fmt: skip
    return writer.op("Squeeze", found, np.array([0], np.int64)) if squeezed else found


def correlation(
    writer: Writer, result: Any, value: Value, weight: Value, bias: Value | None, stride: Any, padding: Any,
    dilation: Any,
) -> Value:  # fmt: skip
    """A convolution with as many groups as targets times channels: each target's channels with its own kernels.

    ONNX fixes the number of groups beforehand, so the targets are scanned, one convolution each.
    """
    per_target = channels_of_each(value.shape[1])
    if per_target is None or value.shape[0] != 1 or weight.shape[1] != 1 or bias is not None:
        raise NoLoweringError("a convolution whose number of groups is only known at run time")
    sides = fixed([*value.shape[2:], *weight.shape[2:]], "a correlation")
    pads, _ = pads_of(padding, 2)
    fields = writer.reshape(value, [-1, per_target, *sides[:2]])
    kernels = writer.reshape(weight, [-1, per_target, *sides[2:]])
    settings = {"strides": pair(stride, 2), "pads": pads, "dilations": pair(dilation, 2)}
    body = one_correlation(writer, per_target, sides, settings)
    found = writer.op("Scan", fields, kernels, body=body, num_scan_inputs=2)
    return writer.reshape(found, [1, -1, *fixed(result.shape[2:], "a correlation")])


def channels_of_each(size: Any) -> int | None:
    """64 of `64 * targets`."""
    expression = getattr(getattr(size, "node", None), "expr", None)
    if expression is None:
        return None
    factor, rest = expression.as_coeff_Mul()
    return int(factor) if rest.is_Symbol and factor.is_Integer else None


def one_correlation(writer: Writer, channels: int, sides: list[int], settings: dict[str, Any]) -> GraphProto:
    """Field [channels, H, W] and kernel [channels, h, w] to their correlation, channel by channel."""
    names = [writer.fresh() for _ in range(6)]
    field, kernel, image, filters, answer, result = names
    axes = [writer.constant(np.array([axis], np.int64)) for axis in (0, 1)]
    nodes = [
        helper.make_node("Unsqueeze", [field, axes[0]], [image], name=image),
        helper.make_node("Unsqueeze", [kernel, axes[1]], [filters], name=filters),
        helper.make_node("Conv", [image, filters], [answer], name=answer, group=channels, **settings),
        helper.make_node("Squeeze", [answer, axes[0]], [result], name=result),
    ]
    inputs = [
        helper.make_tensor_value_info(field, TensorProto.FLOAT, [channels, *sides[:2]]),
        helper.make_tensor_value_info(kernel, TensorProto.FLOAT, [channels, *sides[2:]]),
    ]
    outputs = [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)]
    return helper.make_graph(nodes, f"{result}.body", inputs, outputs)


@lowers("aten.conv_transpose1d", "aten.conv_transpose2d.input")
def transposed_convolution(
    writer: Writer, result: Any, value: Value, weight: Value, bias: Value | None, stride: Any, padding: Any,
    output_padding: Any, groups: int, dilation: Any,
) -> Value:  # fmt: skip
    count = weight.ndim - 2
    pads, _ = pads_of(padding, count)
    return writer.op(
        "ConvTranspose", value, weight, bias,
        kernel_shape=fixed(weight.shape[2:], "a convolution"), strides=pair(stride, count), pads=pads,
        output_padding=pair(output_padding, count), dilations=pair(dilation, count), group=groups,
    )  # fmt: skip


def channels(value: Value) -> int:
    return fixed([value.shape[1]], "a norm")[0]


def ones_and_zeros(
    writer: Writer, scale: Value | None, shift: Value | None, size: int, dtype: torch.dtype
) -> tuple[Value, Value]:
    one = scale or Value(writer.constant(np.ones(size, np.float32)), dtype)
    zero = shift or Value(writer.constant(np.zeros(size, np.float32)), dtype)
    return one, zero


@lowers("aten.batch_norm")
def batch_norm(
    writer: Writer, result: Any, value: Value, scale: Value | None, shift: Value | None, mean: Value | None,
    variance: Value | None, training: bool, momentum: float, epsilon: float, *settings: Any,
) -> Value:  # fmt: skip
    if training or mean is None or variance is None:
        raise NoLoweringError("batch normalisation by the batch's own statistics")
    one, zero = ones_and_zeros(writer, scale, shift, channels(value), value.dtype)
    return writer.op("BatchNormalization", value, one, zero, mean, variance, epsilon=epsilon)


@lowers("aten.layer_norm")
def layer_norm(
    writer: Writer, result: Any, value: Value, shape: Sequence[int], scale: Value | None, shift: Value | None,
    epsilon: float, *settings: Any,
) -> Value:  # fmt: skip
    one = scale or Value(writer.constant(np.ones(shape, np.float32)), value.dtype)
    return writer.op("LayerNormalization", value, one, shift, axis=-len(shape), epsilon=epsilon)


@lowers("aten.cosine_similarity")
def cosine_similarity(
    writer: Writer, result: Any, one: Value, other: Value, axis: int = 1, epsilon: float = 1e-8
) -> Value:
    """The product of two vectors over their lengths, none of which counts as less than `epsilon`."""
    if one.ndim != other.ndim:
        raise NoLoweringError("the cosine of tensors that differ in how many axes they have")
    along, least = np.array([axis % one.ndim], np.int64), writer.number(epsilon, result.dtype)
    together = writer.op("ReduceSum", writer.op("Mul", one, other), along, keepdims=0)
    lengths = [
        writer.op("Max", writer.op("ReduceL2", vectors, along, keepdims=0), least) for vectors in (one, other)
    ]
    return writer.op("Div", together, writer.op("Mul", *lengths))


@lowers("aten.instance_norm")
def instance_norm(
    writer: Writer, result: Any, value: Value, scale: Value | None, shift: Value | None, mean: Any, variance: Any,
    own: bool, momentum: float, epsilon: float, *settings: Any,
) -> Value:  # fmt: skip
    one, zero = ones_and_zeros(writer, scale, shift, channels(value), value.dtype)
    return writer.op("InstanceNormalization", value, one, zero, epsilon=epsilon)


@lowers("aten.group_norm")
def group_norm(
    writer: Writer, result: Any, value: Value, groups: int, scale: Value | None, shift: Value | None,
    epsilon: float, *settings: Any,
) -> Value:  # fmt: skip
    """As an instance norm of the groups, then scaled by channel."""
    dtype = value.dtype
    grouped = writer.op("Reshape", value, np.array([0, groups, -1], np.int64))
    one, zero = ones_and_zeros(writer, None, None, groups, dtype)
    normed = writer.op("InstanceNormalization", grouped, one, zero, epsilon=epsilon)
    found = writer.reshape(normed, shape_of(writer, result, [value]))
    wide = [-1, *(1 for _ in value.shape[2:])]
    if scale is not None:
        found = writer.op("Mul", found, writer.reshape(scale, wide))
    if shift is not None:
        found = writer.op("Add", found, writer.reshape(shift, wide))
    return found


@lowers("aten.linear")
def linear(writer: Writer, result: Any, value: Value, weight: Value, bias: Value | None) -> Value:
    if value.ndim == 2:
        return writer.op("Gemm", value, weight, bias, transB=1)
    product = writer.op("MatMul", value, transposed(writer, weight))
    return product if bias is None else writer.op("Add", product, bias)


def transposed(writer: Writer, weight: Value) -> Operand:
    """A constant is turned here: quantisation takes only what is one in the graph for a weight."""
    known = writer.constants.get(weight.name)
    return writer.op("Transpose", weight, perm=[1, 0]) if known is None else np.ascontiguousarray(known.T)


@lowers("aten.matmul", "aten.bmm", "aten.mm", "aten.mv", "aten.dot")
def matmul(writer: Writer, result: Any, one: Value, other: Value) -> Value:
    return writer.op("MatMul", one, other)


@lowers("aten.addmm", "aten.baddbmm")
def addmm(
    writer: Writer, result: Any, start: Value, one: Value, other: Value, beta: float, alpha: float
) -> Value:
    if beta != 1 or alpha != 1:
        raise NoLoweringError("a scaled sum of matrices")
    return writer.op("Add", writer.op("MatMul", one, other), start)


@lowers("aten.einsum")
def einsum(writer: Writer, result: Any, equation: str, values: Sequence[Value], *settings: Any) -> Value:
    return writer.op("Einsum", *values, equation=equation)


@lowers("aten.scaled_dot_product_attention")
def attention(
    writer: Writer, result: Any, query: Value, key: Value, value: Value, mask: Value | None, dropout: float,
    causal: bool, scale: float | None, grouped: bool = False,
) -> Value:  # fmt: skip
    if causal or grouped:
        raise NoLoweringError("causal or grouped attention")
    dtype = query.dtype
    (width,) = fixed([query.shape[-1]], "attention")
    factor = 1 / math.sqrt(width) if scale is None else scale
    order = [*range(key.ndim - 2), key.ndim - 1, key.ndim - 2]
    likeness = writer.op("MatMul", query, writer.op("Transpose", key, perm=order))
    likeness = writer.op("Mul", likeness, writer.number(factor, dtype))
    if mask is not None and mask.dtype == torch.bool:
        likeness = writer.op("Where", mask, likeness, writer.number(-math.inf, dtype), dtype=dtype)
    elif mask is not None:
        likeness = writer.op("Add", likeness, mask)
    return writer.op("MatMul", writer.op("Softmax", likeness, axis=-1), value)


# ---------------------------------------------------------------- pooling and resizing


@lowers("aten.max_pool2d")
def max_pool(
    writer: Writer,
    result: Any,
    value: Value,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil: bool,
) -> Value:
    pads, _ = pads_of(padding, 2)
    return writer.op(
        "MaxPool", value, kernel_shape=pair(kernel, 2), strides=pair(stride or kernel, 2), pads=pads,
        dilations=pair(dilation, 2), ceil_mode=int(ceil),
    )  # fmt: skip


@lowers("aten.avg_pool2d")
def avg_pool(
    writer: Writer, result: Any, value: Value, kernel: Any, stride: Any, padding: Any, ceil: bool, count_pad: bool,
    divisor: int | None = None,
) -> Value:  # fmt: skip
    if divisor is not None and ceil:
        raise NoLoweringError("an average with a divisor of its own, over cells cut off at the edge")
    pads, _ = pads_of(padding, 2)
    sides = pair(kernel, 2)
    found = writer.op(
        "AveragePool", value, kernel_shape=sides, strides=pair(stride or kernel, 2), pads=pads,
        ceil_mode=int(ceil), count_include_pad=int(count_pad or divisor is not None),
    )  # fmt: skip
    if divisor is None:
        return found
    return writer.op("Mul", found, writer.number(math.prod(sides) / divisor, value.dtype))


@lowers("aten.adaptive_avg_pool2d", "aten.adaptive_avg_pool1d")
def adaptive_avg_pool(writer: Writer, result: Any, value: Value, size: Any) -> Value:
    count = value.ndim - 2
    wanted = pair(size, count)
    if all(number == 1 for number in wanted):
        return writer.op("GlobalAveragePool", value)
    lengths = fixed(value.shape[2:], "pooling")
    if any(length % number for length, number in zip(lengths, wanted, strict=True)):
        raise NoLoweringError("pooling into cells of unequal size")
    kernel = [length // number for length, number in zip(lengths, wanted, strict=True)]
    return writer.op("AveragePool", value, kernel_shape=kernel, strides=kernel)


def resized(writer: Writer, result: Any, value: Value, aligned: bool, **settings: Any) -> Value:
    sizes = fixed(result.shape[2:], "resizing")
    lengths = fixed(value.shape[2:], "resizing")
    scales = np.array([1, 1, *(new / old for new, old in zip(sizes, lengths, strict=True))], np.float32)
    place = "align_corners" if aligned else "pytorch_half_pixel"
    return writer.op("Resize", value, None, scales, coordinate_transformation_mode=place, **settings)


def refuse_scales(result: Any, value: Value, scales: Any) -> None:
    """With a scale given by the user, torch samples by that scale, and not by the ratio of the sizes."""
    for new, old, scale in zip(result.shape[2:], value.shape[2:], scales or (), strict=False):
        if not is_fixed(new) or not is_fixed(old) or new != old * scale:
            raise NoLoweringError("resizing by a scale that the sizes do not divide")


@lowers("aten.upsample_bilinear2d.vec")
def upsample_bilinear(
    writer: Writer, result: Any, value: Value, size: Any, aligned: bool, scales: Any
) -> Value:
    refuse_scales(result, value, scales)
    return resized(writer, result, value, aligned, mode="linear")


@lowers("aten.upsample_bicubic2d.vec")
def upsample_bicubic(
    writer: Writer, result: Any, value: Value, size: Any, aligned: bool, scales: Any
) -> Value:
    refuse_scales(result, value, scales)
    return resized(writer, result, value, aligned, mode="cubic", cubic_coeff_a=-0.75)


@lowers("aten.upsample_nearest2d.vec")
def upsample_nearest(writer: Writer, result: Any, value: Value, size: Any, scales: Any) -> Value:
    refuse_scales(result, value, scales)
    sizes, lengths = fixed(result.shape[2:], "resizing"), fixed(value.shape[2:], "resizing")
    ratios = np.array([1, 1, *(new / old for new, old in zip(sizes, lengths, strict=True))], np.float32)
    return writer.op(
        "Resize", value, None, ratios, mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip


@lowers("aten.pixel_shuffle")
def pixel_shuffle(writer: Writer, result: Any, value: Value, factor: int) -> Value:
    return writer.op("DepthToSpace", value, blocksize=factor, mode="CRD")


SAMPLE_MODES = ("linear", "nearest", "cubic")
SAMPLE_PADS = ("zeros", "border", "reflection")


@lowers("aten.grid_sampler", "aten.grid_sampler_2d")
def grid_sampler(
    writer: Writer, result: Any, value: Value, grid: Value, mode: int, padding: int, aligned: bool
) -> Value:
    return writer.op(
        "GridSample", value, grid, mode=SAMPLE_MODES[mode], padding_mode=SAMPLE_PADS[padding],
        align_corners=int(aligned),
    )  # fmt: skip
