"""Fourier transforms and complex numbers, which ONNX Runtime and OpenVINO know as products of matrices.

The axes that trackers transform are short and of fixed length, so a transform is a product with the matrix of its
roots of unity: at 32 samples that costs no more than the transform itself, and no runtime needs an operator for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .onnx_arithmetic import parts
from .onnx_graph import NUMPY, NoLoweringError, Value, Writer
from .onnx_table import axis_of, fixed, lowers, real

LONGEST = 512
"""Samples along an axis: beyond it the matrices outgrow the transform."""


@lowers("aten._conj", "aten.conj", "aten._conj_physical", "aten.conj_physical")
def conjugate(writer: Writer, result: Any, value: Value) -> Value:
    if not value.dtype.is_complex:
        return value
    sign: NDArray[Any] = np.array([1, -1], NUMPY[real(value.dtype)])
    return writer.op("Mul", value, sign)


@lowers("aten.imag")
def imag(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Gather", value, np.array(1, np.int64), dtype=result.dtype, axis=-1)


@lowers("aten.real", "aten.view_as_real")
def real_part(writer: Writer, result: Any, value: Value) -> Value:
    if len(result.shape) > value.ndim:
        return Value(value.name, result.dtype)
    return writer.op("Gather", value, np.array(0, np.int64), dtype=result.dtype, axis=-1)


@lowers("aten.view_as_complex")
def as_complex(writer: Writer, result: Any, value: Value) -> Value:
    return Value(value.name, result.dtype)


@lowers("aten.fft_rfft2")
def rfft2(writer: Writer, result: Any, value: Value, sizes: Any, axes: Any, norm: str | None) -> Value:
    """Of real numbers: along the last axis with cosines and sines, along the one before as complex numbers."""
    height, width = lengths(value, sizes, axes, norm)
    kept = width // 2 + 1
    dtype = value.dtype
    cosines, sines = roots(width, dtype, columns=kept)
    rows = [writer.op("MatMul", value, matrix) for matrix in (cosines, sines)]
    down = roots(height, dtype)
    first = subtract(writer, down[0], rows[0], down[1], rows[1])
    second = add(writer, down[0], rows[1], down[1], rows[0])
    return joined(writer, first, second, result.dtype)


@lowers("aten.fft_irfft2")
def irfft2(writer: Writer, result: Any, value: Value, sizes: Any, axes: Any, norm: str | None) -> Value:
    """Back to real numbers; of the columns left out, each is the conjugate of one that is there."""
    ndim = value.ndim
    if norm not in (None, "backward") or [axis_of(axis, ndim) for axis in axes] != [ndim - 2, ndim - 1]:
        raise NoLoweringError("an inverse transform other than over the last two axes")
    height, width = fixed(result.shape[-2:], "a Fourier transform")
    if (sizes is not None and height != value.shape[-2]) or max(height, width) > LONGEST:
        raise NoLoweringError("an inverse transform to another size")
    dtype = real(value.dtype)
    planes = [writer.op("Squeeze", part, np.array([-1], np.int64)) for part in parts(writer, value)]
    cosines, sines = (matrix / height for matrix in roots(height, dtype))
    # the conjugate roots: e^(+i..)
    first = add(writer, cosines, planes[0], sines, planes[1])
    second = subtract(writer, cosines, planes[1], sines, planes[0])
    kept = width // 2 + 1
    columns = np.arange(kept)
    counted = np.where((columns == 0) | (2 * columns == width), 1.0, 2.0) / width
    cosines, sines = (matrix.T for matrix in roots(width, torch.float64, columns=kept))
    across: list[NDArray[Any]] = [
        (matrix * counted[:, None]).astype(NUMPY[dtype]) for matrix in (cosines, sines)
    ]
    return writer.op("Add", writer.op("MatMul", first, across[0]), writer.op("MatMul", second, across[1]))


def lengths(value: Value, sizes: Any, axes: Sequence[int], norm: str | None) -> tuple[int, int]:
    ndim = value.ndim
    if norm not in (None, "backward") or [axis_of(axis, ndim) for axis in axes] != [ndim - 2, ndim - 1]:
        raise NoLoweringError("a transform other than over the last two axes")
    height, width = fixed(value.shape[-2:], "a Fourier transform")
    if sizes is not None and list(sizes) != [height, width]:
        raise NoLoweringError("a transform to another size")
    if max(height, width) > LONGEST:
        raise NoLoweringError(f"a transform of more than {LONGEST} samples")
    return height, width


def roots(length: int, dtype: torch.dtype, columns: int | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Real and imaginary part of e^(-2 pi i j k / length): [length, columns]."""
    turns = np.outer(np.arange(length), np.arange(columns or length)) % length
    angle = 2 * np.pi / length * turns
    return np.cos(angle).astype(NUMPY[dtype]), (-np.sin(angle)).astype(NUMPY[dtype])


def add(writer: Writer, one: NDArray[Any], x: Value, other: NDArray[Any], y: Value) -> Value:
    return writer.op("Add", product(writer, one, x), product(writer, other, y))


def subtract(writer: Writer, one: NDArray[Any], x: Value, other: NDArray[Any], y: Value) -> Value:
    return writer.op("Sub", product(writer, one, x), product(writer, other, y))


def product(writer: Writer, matrix: NDArray[Any], value: Value) -> Value:
    return writer.op("MatMul", np.ascontiguousarray(matrix), value, dtype=value.dtype)


def joined(writer: Writer, first: Value, second: Value, dtype: torch.dtype) -> Value:
    last = np.array([-1], np.int64)
    columns = [writer.op("Unsqueeze", part, last) for part in (first, second)]
    return writer.op("Concat", *columns, dtype=dtype, axis=-1)


@lowers("aten.fft_ifftshift", "aten.fft_fftshift")
def shifted(writer: Writer, result: Any, value: Value, axes: Any = None, kind: str = "") -> Value:
    chosen = range(value.ndim) if axes is None else [axis_of(axis, value.ndim) for axis in axes]
    found = value
    for axis in chosen:
        (length,) = fixed([value.shape[axis]], "a shift")
        distance = (length // 2) if kind == "fft_fftshift" else -(length // 2)
        found = writer.op("Gather", found, np.roll(np.arange(length, dtype=np.int64), distance), axis=axis)
    return found
