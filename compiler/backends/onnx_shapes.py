"""Operators that move elements about, and those that make tensors of nothing."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .onnx_arithmetic import is_complex
from .onnx_graph import NUMPY, NoLoweringError, Size, Value, Writer
from .onnx_table import as_value, axis_of, fixed, is_fixed, lowers, real, shape_of

END = np.iinfo(np.int64).max

# ---------------------------------------------------------------- the same elements


@lowers(
    "aten.detach", "aten.detach_", "aten.lift_fresh_copy", "aten.alias", "aten.clone", "aten.contiguous",
    "aten.dropout", "aten.positive",
)  # fmt: skip
def same(writer: Writer, result: Any, value: Value, *settings: Any) -> Value:
    return Value(value.name, value.dtype)


@lowers("aten.to", "aten._to_copy", "aten.type_as", "aten.float", "aten.double")
def to(writer: Writer, result: Any, value: Value, *settings: Any) -> Value:
    if is_complex(value) != result.dtype.is_complex:
        raise NoLoweringError("a change between real and complex numbers")
    return writer.cast(value, result.dtype) if value.dtype != result.dtype else value


@lowers(
    "aten.view", "aten.reshape", "aten._unsafe_view", "aten.flatten", "aten.unflatten", "aten.view_as",
    "aten.reshape_as",
)  # fmt: skip
def reshape(writer: Writer, result: Any, value: Value, *settings: Any) -> Value:
    return writer.reshape(value, shape_of(writer, result, [value, *values_in(settings)]))


def values_in(settings: Sequence[Any]) -> list[Value]:
    return [item for item in settings if isinstance(item, Value)]


@lowers("aten.unsqueeze")
def unsqueeze(writer: Writer, result: Any, value: Value, axis: int) -> Value:
    return writer.op("Unsqueeze", value, np.array([axis_of(axis, value.ndim + 1)], np.int64))


@lowers("aten.squeeze")
def squeeze(writer: Writer, result: Any, value: Value, axes: Any = None) -> Value:
    chosen = [axes] if isinstance(axes, int) else axes
    wanted = range(value.ndim) if chosen is None else [axis_of(axis, value.ndim) for axis in chosen]
    ones = [axis for axis in wanted if is_fixed(value.shape[axis]) and value.shape[axis] == 1]
    return writer.op("Squeeze", value, np.array(ones, np.int64)) if ones else value


def moved(writer: Writer, value: Value, order: Sequence[int]) -> Value:
    last = [value.ndim] if is_complex(value) else []
    return writer.op("Transpose", value, perm=[*order, *last])


@lowers("aten.permute")
def permute(writer: Writer, result: Any, value: Value, order: Sequence[int]) -> Value:
    return moved(writer, value, [axis_of(axis, value.ndim) for axis in order])


@lowers("aten.transpose", "aten.swapaxes", "aten.swapdims")
def transpose(writer: Writer, result: Any, value: Value, one: int, other: int) -> Value:
    order = list(range(value.ndim))
    one, other = axis_of(one, value.ndim), axis_of(other, value.ndim)
    order[one], order[other] = order[other], order[one]
    return moved(writer, value, order)


@lowers("aten.mT")
def matrix_transposed(writer: Writer, result: Any, value: Value) -> Value:
    return transpose(writer, result, value, -1, -2)


@lowers("aten.t", "aten.numpy_T")
def turned(writer: Writer, result: Any, value: Value) -> Value:
    return moved(writer, value, list(range(value.ndim))[::-1])


@lowers("aten.movedim.int")
def movedim(writer: Writer, result: Any, value: Value, source: int, place: int) -> Value:
    order = list(range(value.ndim))
    order.insert(axis_of(place, value.ndim), order.pop(axis_of(source, value.ndim)))
    return moved(writer, value, order)


@lowers("aten.expand", "aten.expand_as", "aten.broadcast_to")
def expand(writer: Writer, result: Any, value: Value, *settings: Any) -> Value:
    lead = len(result.shape) - value.ndim
    sizes: list[Any] = [*settings[0]] if isinstance(settings[0], Sequence) else [*result.shape]
    wanted: list[int | Size] = []
    for axis, size in enumerate(sizes):
        mine = value.shape[axis - lead] if axis >= lead else 1
        if isinstance(size, Size):
            wanted.append(size)
        elif is_fixed(size):
            wanted.append(1 if size == -1 else size)  # to expand to 1 leaves an axis as it is
        elif str(mine) == str(size):
            wanted.append(1)
        else:
            wanted.append(writer.size(values_in(settings)[0], axis))
    return writer.op("Expand", value, writer.ints([*wanted, *([2] if is_complex(value) else [])]))


@lowers("aten.repeat", "aten.tile")
def repeat(writer: Writer, result: Any, value: Value, times: Sequence[int | Size]) -> Value:
    lead = len(result.shape) - value.ndim
    source = writer.op("Unsqueeze", value, np.arange(lead, dtype=np.int64)) if lead else value
    whole = [*([1] * (len(result.shape) - len(times))), *times, *([1] if is_complex(value) else [])]
    return writer.op("Tile", source, writer.ints(whole))


@lowers("aten.repeat_interleave.self_int")
def repeat_interleave(
    writer: Writer, result: Any, value: Value, times: Any, axis: int | None, size: Any = None
) -> Value:
    if axis is None or not isinstance(times, int):
        raise NoLoweringError("repeat_interleave without an axis")
    axis = axis_of(axis, value.ndim)
    apart = writer.op("Unsqueeze", value, np.array([axis + 1], np.int64))
    spread = [1] * (value.ndim + 1)
    spread[axis + 1] = times
    return writer.reshape(writer.op("Expand", apart, writer.ints(spread)), shape_of(writer, result, [value]))


# ---------------------------------------------------------------- parts of a tensor


@lowers("aten.slice", "aten.narrow")
def slice_(
    writer: Writer,
    result: Any,
    value: Value,
    axis: int = 0,
    start: Any = None,
    end: Any = None,
    step: int = 1,
) -> Value:
    begin = 0 if start is None else start
    stop = END if end is None else end
    if begin == 0 and isinstance(stop, int) and stop >= END and step == 1:
        return value
    place = np.array([axis_of(axis, value.ndim)], np.int64)
    return writer.op(
        "Slice", value, writer.ints([begin]), writer.ints([stop]), place, np.array([step], np.int64)
    )


@lowers("aten.select")
def select(writer: Writer, result: Any, value: Value, axis: int, index: Any) -> Value:
    if isinstance(index, Size):
        raise NoLoweringError("a place that is only known at run time")
    return writer.op("Gather", value, np.array(index, np.int64), axis=axis_of(axis, value.ndim))


@lowers("aten.split", "aten.split_with_sizes", "aten.chunk", "aten.split.sizes")
def split(writer: Writer, result: Any, value: Value, sizes: Any, axis: int = 0) -> tuple[Value, ...]:
    axis = axis_of(axis, value.ndim)
    pieces = fixed([piece.shape[axis] for piece in result], "a split")
    return writer.several("Split", len(pieces), value, np.array(pieces, np.int64), axis=axis)


@lowers("aten.unbind")
def unbind(writer: Writer, result: Any, value: Value, axis: int = 0) -> tuple[Value, ...]:
    axis = axis_of(axis, value.ndim)
    return tuple(
        writer.op("Gather", value, np.array(index, np.int64), axis=axis) for index in range(len(result))
    )


@lowers("aten.cat", "aten.concat", "aten.concatenate")
def cat(writer: Writer, result: Any, values: Sequence[Value], axis: int = 0) -> Value:
    pieces = [writer.cast(value, result.dtype) for value in values if value.shape != (0,)]
    return writer.op("Concat", *pieces, axis=axis_of(axis, len(result.shape)))


@lowers("aten.stack")
def stack(writer: Writer, result: Any, values: Sequence[Value], axis: int = 0) -> Value:
    place = np.array([axis_of(axis, len(result.shape))], np.int64)
    pieces = [writer.op("Unsqueeze", writer.cast(value, result.dtype), place) for value in values]
    return writer.op("Concat", *pieces, axis=int(place[0]))


@lowers("aten.flip")
def flip(writer: Writer, result: Any, value: Value, axes: Sequence[int]) -> Value:
    """A short axis by taking its elements in the other order, which every runtime does well."""
    flipped = value
    for axis in (axis_of(axis, value.ndim) for axis in axes):
        length = value.shape[axis]
        if is_fixed(length):
            backwards = np.arange(length, dtype=np.int64)[::-1].copy()
            flipped = writer.op("Gather", flipped, backwards, axis=axis)
        else:
            ends = (np.array([-1], np.int64), np.array([-END], np.int64))
            flipped = writer.op("Slice", flipped, *ends, np.array([axis], np.int64), np.array([-1], np.int64))
    return flipped


@lowers("aten.roll")
def roll(writer: Writer, result: Any, value: Value, shifts: Sequence[int], axes: Sequence[int]) -> Value:
    if not axes:
        raise NoLoweringError("a roll without axes")
    rolled = value
    for shift, axis in zip(shifts, (axis_of(axis, value.ndim) for axis in axes), strict=True):
        (length,) = fixed([value.shape[axis]], "a roll")
        order = np.roll(np.arange(length, dtype=np.int64), shift)
        rolled = writer.op("Gather", rolled, order, axis=axis)
    return rolled


MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@lowers("aten.pad", "aten.constant_pad_nd")
def pad(writer: Writer, result: Any, value: Value, pads: Sequence[Any], *settings: Any) -> Value:
    mode = next((setting for setting in settings if isinstance(setting, str)), "constant")
    filling = next((setting for setting in settings if isinstance(setting, float | int)), 0)
    sizes = [0 if size is None else size for size in pads]
    before, after = [0] * value.ndim, [0] * value.ndim
    for index in range(len(sizes) // 2):
        before[-1 - index], after[-1 - index] = sizes[2 * index], sizes[2 * index + 1]
    filled = writer.number(filling, value.dtype) if mode == "constant" else None
    return writer.op("Pad", value, writer.ints([*before, *after]), filled, mode=MODES[mode])


@lowers("aten.gather", "aten.take_along_dim")
def gather(writer: Writer, result: Any, value: Value, axis: int, index: Value, sparse: bool = False) -> Value:
    return writer.op("GatherElements", value, index, axis=axis_of(axis, value.ndim))


@lowers("aten.index_select")
def index_select(writer: Writer, result: Any, value: Value, axis: int, index: Value) -> Value:
    return writer.op("Gather", value, index, axis=axis_of(axis, value.ndim))


@lowers("aten.embedding")
def embedding(writer: Writer, result: Any, weight: Value, index: Value, *settings: Any) -> Value:
    return writer.op("Gather", weight, index, axis=0)


@lowers("aten.index")
def index_(writer: Writer, result: Any, value: Value, indices: Sequence[Value | None]) -> Value:
    """`value[i, :, j]`: axes with an index first, all of them looked up at once, then back in their place."""
    places = {axis: index for axis, index in enumerate(indices) if index is not None}
    if any(index.dtype in (torch.bool, torch.uint8) for index in places.values()):
        raise NoLoweringError("indexing with a mask, whose result's size is only known at run time")
    axes = list(places)
    if len(axes) == 1:
        return writer.op("Gather", value, places[axes[0]], axis=axes[0])
    others = [axis for axis in range(value.ndim) if axis not in places]
    source = writer.op("Transpose", value, perm=[*axes, *others]) if axes != list(range(len(axes))) else value
    wholes = [writer.cast(index, torch.int64) for index in places.values()]
    common = writer.op(
        "Shape", functools.reduce(functools.partial(writer.op, "Add"), wholes), dtype=torch.int64
    )
    last = np.array([-1], np.int64)
    columns = [writer.op("Unsqueeze", writer.op("Expand", whole, common), last) for whole in wholes]
    found = writer.op("GatherND", source, writer.op("Concat", *columns, axis=-1))
    adjacent = axes == list(range(axes[0], axes[0] + len(axes)))
    if not adjacent or axes[0] == 0:
        return found
    ndim = max(index.ndim for index in places.values())
    order = [*range(ndim, ndim + axes[0]), *range(ndim), *range(ndim + axes[0], ndim + len(others))]
    return writer.op("Transpose", found, perm=order)


@lowers("aten.scatter", "aten.scatter_")
def scatter(writer: Writer, result: Any, value: Value, axis: int, index: Value, source: Any) -> Value:
    if not isinstance(source, Value):
        shape = writer.op("Shape", index, dtype=torch.int64)
        source = writer.op("Expand", writer.number(source, value.dtype), shape)
    return writer.op("ScatterElements", value, index, source, axis=axis_of(axis, value.ndim))


@lowers("aten.scatter_add", "aten.scatter_add_")
def scatter_add(writer: Writer, result: Any, value: Value, axis: int, index: Value, source: Value) -> Value:
    return writer.op("ScatterElements", value, index, source, axis=axis_of(axis, value.ndim), reduction="add")


@lowers("aten.tril")
def tril(writer: Writer, result: Any, value: Value, diagonal: int = 0) -> Value:
    return writer.op("Trilu", value, np.array(diagonal, np.int64), upper=0)


@lowers("aten.triu")
def triu(writer: Writer, result: Any, value: Value, diagonal: int = 0) -> Value:
    return writer.op("Trilu", value, np.array(diagonal, np.int64), upper=1)


# ---------------------------------------------------------------- made of nothing


def filled(writer: Writer, result: Any, shape: Sequence[int | Size], filling: Any) -> Value:
    dtype = real(result.dtype)
    whole = [*shape, *([2] if result.dtype.is_complex else [])]
    number = as_value(writer, filling, dtype)
    if not whole:
        return number
    return writer.op("Expand", number, writer.ints(whole))


@lowers(
    "aten.zeros",
    "aten.new_zeros",
    "aten.ones",
    "aten.new_ones",
    "aten.full",
    "aten.new_full",
    "aten.empty",
    "aten.new_empty",
)
def full(writer: Writer, result: Any, *settings: Any, kind: str = "") -> Value:
    first = 1 if isinstance(settings[0], Value) else 0
    numbers = {"ones": 1, "new_ones": 1}
    filling = settings[first + 1] if "full" in kind else numbers.get(kind, 0)
    return filled(writer, result, settings[first], filling)


@lowers("aten.zeros_like", "aten.ones_like", "aten.full_like", "aten.empty_like")
def full_like(writer: Writer, result: Any, value: Value, *settings: Any, kind: str = "") -> Value:
    filling = settings[0] if "full" in kind else int(kind == "ones_like")
    number = writer.number(filling, real(result.dtype))
    return writer.op("Expand", number, writer.op("Shape", value, dtype=torch.int64), dtype=result.dtype)


@lowers("aten.arange.default")
def arange(writer: Writer, result: Any, end: Any, *settings: Any) -> Value:
    return counted(writer, result, 0, end, 1)


@lowers("aten.arange.start")
def arange_from(writer: Writer, result: Any, start: Any, end: Any, *settings: Any) -> Value:
    return counted(writer, result, start, end, 1)


@lowers("aten.arange.start_step")
def arange_by(writer: Writer, result: Any, start: Any, end: Any, step: Any = 1, *settings: Any) -> Value:
    return counted(writer, result, start, end, step)


def counted(writer: Writer, result: Any, start: Any, end: Any, step: Any) -> Value:
    dtype = result.dtype
    if not any(isinstance(item, Value | Size) for item in (start, end, step)):
        array: NDArray[Any] = torch.arange(start, end, step, dtype=dtype).numpy().astype(NUMPY[dtype])
        return Value(writer.constant(array), dtype)
    return writer.op("Range", *(as_value(writer, item, dtype) for item in (start, end, step)))


@lowers("aten.linspace")
def linspace(writer: Writer, result: Any, start: Any, end: Any, steps: int, *settings: Any) -> Value:
    array = torch.linspace(start, end, steps, dtype=result.dtype).numpy()
    return Value(writer.constant(array), result.dtype)


@lowers("aten.scalar_tensor")
def scalar_tensor(writer: Writer, result: Any, number: Any, *settings: Any) -> Value:
    return as_value(writer, number, result.dtype)
