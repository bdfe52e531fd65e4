"""The table of operators that can be written in ONNX, and what all entries share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import torch

from .onnx_graph import REAL, NoLoweringError, Size, Value, Writer

Lowering: TypeAlias = Callable[..., Any]
"""`(writer, result, *arguments)`: `result` is what torch says of the node's value (a fake tensor, a symbol, or a
tuple of them), the arguments are the operator's own in the order of its schema, defaults included. Gives a Value,
or a sequence of them where the operator has several results."""

Kind = TypeVar("Kind", bound=Lowering)

OPERATORS: dict[str, Lowering] = {}
"""Operator -> how it is written, filled by the files `onnx_*` at import: `aten.add`, or `aten.max.dim` where the
overloads of one name differ."""


def lowers(*names: str) -> Callable[[Kind], Kind]:
    """Enter a lowering under these operators."""

    def enter(lowering: Kind) -> Kind:
        for name in names:
            assert name not in OPERATORS, name
            OPERATORS[name] = lowering
        return lowering

    return enter


def real(dtype: torch.dtype) -> torch.dtype:
    """The type of a complex number's parts; any other type is its own."""
    return REAL.get(dtype, dtype)


def as_value(writer: Writer, operand: Any, dtype: torch.dtype) -> Value:
    """A tensor, a free size or a number as a value of type `dtype`, for arithmetic."""
    if isinstance(operand, Value):
        return writer.cast(operand, dtype)
    if isinstance(operand, Size):
        scalar = writer.op("Squeeze", operand, dtype=torch.int64)
        return writer.cast(scalar, dtype)
    return writer.number(operand, dtype)


def axis_of(axis: int, ndim: int) -> int:
    """A non-negative axis."""
    return axis + ndim if axis < 0 else axis


def shape_of(writer: Writer, result: Any, sources: Sequence[Value] = ()) -> list[int | Size]:
    """The shape of a node's result for Reshape, an axis for complex parts included.

    Where one size is free it is -1. Where more are, each is read off a source that has it.
    """
    sizes: list[Any] = [*result.shape, *([2] if result.dtype in REAL else [])]
    free = [size for size in sizes if not is_fixed(size)]
    if len(free) <= 1:
        return [int(size) if is_fixed(size) else -1 for size in sizes]
    return [int(size) if is_fixed(size) else find_size(writer, size, sources) for size in sizes]


def is_fixed(size: Any) -> bool:
    return isinstance(size, int)


def find_size(writer: Writer, size: Any, sources: Sequence[Value]) -> Size:
    for source in sources:
        for axis, other in enumerate(source.shape):
            if not is_fixed(other) and str(other) == str(size):
                return writer.size(source, axis)
    raise NoLoweringError(f"a result whose size {size} is only known at run time")


def fixed(sizes: Sequence[Any], what: str) -> list[int]:
    """Sizes that must be known beforehand."""
    if not all(is_fixed(size) for size in sizes):
        raise NoLoweringError(f"{what} over an axis whose length is only known at run time")
    return [int(size) for size in sizes]
