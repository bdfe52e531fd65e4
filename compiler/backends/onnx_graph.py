"""An ONNX graph while it is being written: nodes, constants and names, in one order for one program."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from torch import Tensor

OPSET = 20
"""The first with `Gelu` and `ReduceMax` of truth values; ONNX Runtime and OpenVINO both read it."""

TYPES = {
    torch.float32: TensorProto.FLOAT,
    torch.float64: TensorProto.DOUBLE,
    torch.float16: TensorProto.FLOAT16,
    torch.bfloat16: TensorProto.BFLOAT16,
    torch.uint8: TensorProto.UINT8,
    torch.int8: TensorProto.INT8,
    torch.int16: TensorProto.INT16,
    torch.int32: TensorProto.INT32,
    torch.int64: TensorProto.INT64,
    torch.bool: TensorProto.BOOL,
}

REAL = {torch.complex64: torch.float32, torch.complex128: torch.float64}
"""ONNX has no complex numbers: a complex tensor is a real one with a last axis of two, real and imaginary."""

NUMPY = {
    torch.float32: np.float32,
    torch.float64: np.float64,
    torch.float16: np.float16,
    torch.uint8: np.uint8,
    torch.int8: np.int8,
    torch.int16: np.int16,
    torch.int32: np.int32,
    torch.int64: np.int64,
    torch.bool: np.bool_,
}


class NoLoweringError(Exception):
    """An operator, or a use of one, that is not written in ONNX; `str` says which."""


@dataclass(frozen=True)
class Value:
    """A tensor of the ONNX graph."""

    name: str
    dtype: torch.dtype
    """as in torch, a complex one included"""
    shape: tuple[Any, ...] = ()
    """as in torch, so without the last axis of complex numbers; free sizes are symbols. Only of values that stand
    for a node of the torch graph"""

    @property
    def ndim(self) -> int:
        return len(self.shape)


@dataclass(frozen=True)
class Size:
    """A size that is free until run time: an int64 tensor [1]."""

    name: str


Operand: TypeAlias = "Value | Size | NDArray[Any] | None"
"""What a node reads; an array becomes a constant, None is an input left out."""


@dataclass
class Writer:
    """Collects nodes and constants. Names are counted, so that equal programs give equal graphs."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    prefix: str = ""
    """the torch node that is being written: its name begins those of the values"""
    _by_content: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def op(self, kind: str, *inputs: Operand, dtype: torch.dtype | None = None, **attributes: Any) -> Value:
        """One node with one result; its type is the first input's where `dtype` does not say another."""
        return self.several(kind, 1, *inputs, dtype=dtype, **attributes)[0]

    def several(
        self, kind: str, results: int, *inputs: Operand, dtype: torch.dtype | None = None, **attributes: Any
    ) -> tuple[Value, ...]:
        names = [self.name_of(value) for value in inputs]
        while names and not names[-1]:
            names.pop()
        outputs = [self.fresh() for _ in range(results)]
        kept = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(kind, names, outputs, name=outputs[0], **kept))
        found = dtype or next(value.dtype for value in inputs if isinstance(value, Value))
        return tuple(Value(name, found) for name in outputs)

    def fresh(self) -> str:
        self._count += 1
        return f"{self.prefix}.{self._count}"

    def name_of(self, value: Operand) -> str:
        if value is None:
            return ""
        return self.constant(value) if isinstance(value, np.ndarray | np.generic) else value.name

    def constant(self, array: NDArray[Any]) -> str:
        """The name of a constant; equal ones are kept once."""
        array = np.asarray(array, order="C")
        key = content_name(array)
        if key not in self._by_content:
            self._by_content[key] = key
            self.constants[key] = array
        return key

    def number(self, value: float | int | bool, dtype: torch.dtype) -> Value:
        """A number as a constant of type `dtype`."""
        with np.errstate(over="ignore"):
            array: NDArray[Any] = np.array(value).astype(NUMPY[dtype])
        return Value(self.constant(array), dtype)

    def ints(self, values: Sequence[int | Size]) -> Operand:
        """Whole numbers as an int64 tensor [n], of which some may be known at run time only."""
        if all(isinstance(value, int) for value in values):
            return np.array(values, dtype=np.int64)
        pieces = [value if isinstance(value, Size) else np.array([value], np.int64) for value in values]
        return pieces[0] if len(pieces) == 1 else self.op("Concat", *pieces, dtype=torch.int64, axis=0)

    def cast(self, value: Value, dtype: torch.dtype) -> Value:
        if value.dtype == dtype:
            return value
        if dtype == torch.bool and value.dtype.is_floating_point:
            return self.op("Not", self.op("Equal", value, self.number(0, value.dtype), dtype=torch.bool))
        return self.op("Cast", value, dtype=dtype, to=TYPES[dtype])

    def size(self, value: Value, axis: int) -> Size:
        """The length of an axis, at run time."""
        shape = self.op("Shape", value, dtype=torch.int64, start=axis, end=axis + 1)
        return Size(shape.name)

    def reshape(self, value: Value, shape: Sequence[int | Size]) -> Value:
        return self.op("Reshape", value, self.ints(shape))


def content_name(array: NDArray[Any]) -> str:
    """A name that tells type, shape and content."""
    digest = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()[:24]
    return f"{array.dtype}_{'x'.join(map(str, array.shape))}_{digest}"


def array_of(tensor: Tensor) -> NDArray[Any]:
    """A torch constant as ONNX holds it."""
    tensor = tensor.detach().cpu()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    if tensor.dtype == torch.bfloat16:
        raise NoLoweringError("a constant in bfloat16")
    array: NDArray[Any] = tensor.resolve_neg().contiguous().numpy()
    return array
