"""Operators that work element by element, and reductions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .onnx_graph import NoLoweringError, Size, Value, Writer
from .onnx_table import as_value, axis_of, is_fixed, lowers, real

# ---------------------------------------------------------------- one operand

SAME_NAME = {
    "abs": "Abs", "neg": "Neg", "floor": "Floor", "ceil": "Ceil", "sign": "Sign", "sgn": "Sign",
    "relu": "Relu", "logical_not": "Not",
}  # fmt: skip
"""Operators of any type of number."""

OF_FLOATS = {
    "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "sigmoid": "Sigmoid", "tanh": "Tanh", "erf": "Erf",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "reciprocal": "Reciprocal", "hardswish": "HardSwish", "mish": "Mish",
}  # fmt: skip
"""Operators that turn whole numbers into real ones first."""


def enter_unary(name: str, kind: str) -> None:
    @lowers(f"aten.{name}")
    def unary(writer: Writer, result: Any, value: Value) -> Value:
        return writer.op(kind, writer.cast(value, result.dtype))


for _name, _kind in {**SAME_NAME, **OF_FLOATS}.items():
    enter_unary(_name, _kind)


@lowers("aten.round")
def round_(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Round", value)  # half to even, in both


@lowers("aten.round.decimals")
def round_decimals(writer: Writer, result: Any, value: Value, decimals: int) -> Value:
    raise NoLoweringError("rounding to decimals")


@lowers("aten.trunc", "aten.fix")
def trunc(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Mul", writer.op("Sign", value), writer.op("Floor", writer.op("Abs", value)))


@lowers("aten.rsqrt")
def rsqrt(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Reciprocal", writer.op("Sqrt", writer.cast(value, result.dtype)))


@lowers("aten.square")
def square(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Mul", value, value)


@lowers("aten.silu")
def silu(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Mul", value, writer.op("Sigmoid", value))


@lowers("aten.log1p")
def log1p(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Log", writer.op("Add", value, writer.number(1, value.dtype)))


@lowers("aten.expm1")
def expm1(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Sub", writer.op("Exp", value), writer.number(1, value.dtype))


@lowers("aten.log2")
def log2(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Mul", writer.op("Log", value), writer.number(1 / np.log(2), value.dtype))


@lowers("aten.bitwise_not")
def bitwise_not(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("Not" if value.dtype == torch.bool else "BitwiseNot", value)


@lowers("aten.isnan")
def isnan(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("IsNaN", value, dtype=torch.bool)


@lowers("aten.isfinite")
def isfinite(writer: Writer, result: Any, value: Value) -> Value:
    difference = writer.op("Sub", value, value)  # 0, or NaN
    return writer.op("Equal", difference, writer.number(0, value.dtype), dtype=torch.bool)


@lowers("aten.nan_to_num")
def nan_to_num(
    writer: Writer, result: Any, value: Value, nan: float | None, above: float | None, below: float | None
) -> Value:
    dtype = value.dtype
    limits = torch.finfo(dtype)
    known = writer.op(
        "Where",
        writer.op("IsNaN", value, dtype=torch.bool),
        writer.number(nan or 0, dtype),
        value,
        dtype=dtype,
    )
    ends = (("Max", -np.inf, below, limits.min), ("Min", np.inf, above, limits.max))
    for nearer, infinity, wanted, last in ends:
        if wanted is None:  # only an infinity lies beyond the last number: one operator in place of two
            known = writer.op(nearer, known, writer.number(last, dtype))
        else:
            at_end = writer.op("Equal", known, writer.number(infinity, dtype), dtype=torch.bool)
            known = writer.op("Where", at_end, writer.number(wanted, dtype), known, dtype=dtype)
    return known


@lowers("aten.hardsigmoid")
def hardsigmoid(writer: Writer, result: Any, value: Value) -> Value:
    return writer.op("HardSigmoid", value, alpha=1 / 6, beta=0.5)


@lowers("aten.gelu")
def gelu(writer: Writer, result: Any, value: Value, approximate: str) -> Value:
    return writer.op("Gelu", value, approximate=approximate)


@lowers("aten.leaky_relu")
def leaky_relu(writer: Writer, result: Any, value: Value, slope: float) -> Value:
    return writer.op("LeakyRelu", value, alpha=float(slope))


@lowers("aten.elu")
def elu(writer: Writer, result: Any, value: Value, alpha: float, scale: float, input_scale: float) -> Value:
    if scale != 1 or input_scale != 1:
        raise NoLoweringError("a scaled elu")
    return writer.op("Elu", value, alpha=float(alpha))


@lowers("aten.softplus")
def softplus(writer: Writer, result: Any, value: Value, beta: float, threshold: float) -> Value:
    if beta != 1:
        raise NoLoweringError("softplus with beta")
    return writer.op("Softplus", value)


@lowers("aten.prelu")
def prelu(writer: Writer, result: Any, value: Value, weight: Value) -> Value:
    spread = writer.reshape(weight, [-1, *(1 for _ in value.shape[2:])])
    return writer.op("PRelu", value, spread)


@lowers("aten.relu6")
def relu6(writer: Writer, result: Any, value: Value) -> Value:
    return clamp(writer, result, value, 0, 6)


@lowers("aten.hardtanh", "aten.clamp", "aten.clip")
def clamp(writer: Writer, result: Any, value: Value, low: Any = None, high: Any = None) -> Value:
    """Max and Min, which let NaN pass as torch does; Clip need not."""
    dtype = result.dtype
    bounded = writer.cast(value, dtype)
    if dtype == torch.float32 and not isinstance(low, Value) and not isinstance(high, Value):
        ends = [None if end is None else writer.number(end, dtype) for end in (low, high)]
        return writer.op("Clip", bounded, *ends)
    if low is not None:
        bounded = writer.op("Max", bounded, as_value(writer, low, dtype))
    if high is not None:
        bounded = writer.op("Min", bounded, as_value(writer, high, dtype))
    return bounded


@lowers("aten.clamp_min")
def clamp_min(writer: Writer, result: Any, value: Value, low: Any) -> Value:
    return clamp(writer, result, value, low, None)


@lowers("aten.clamp_max")
def clamp_max(writer: Writer, result: Any, value: Value, high: Any) -> Value:
    return clamp(writer, result, value, None, high)


# ---------------------------------------------------------------- two operands


def binary(writer: Writer, kind: str, result: Any, one: Any, other: Any) -> Value:
    """Both operands in the result's type; a real operand of a complex result gets an axis for the parts."""
    dtype = real(result.dtype)
    if result.dtype == dtype:
        return writer.op(kind, as_value(writer, one, dtype), as_value(writer, other, dtype))
    pair = [
        part if is_complex(part) else spread(writer, as_value(writer, part, dtype)) for part in (one, other)
    ]
    return writer.op(kind, *pair, dtype=result.dtype)


def is_complex(value: Any) -> bool:
    return isinstance(value, Value) and value.dtype.is_complex


def spread(writer: Writer, value: Value) -> Value:
    """A real value beside the two parts of complex ones."""
    return writer.op("Unsqueeze", value, np.array([-1], np.int64))


def scaled(writer: Writer, result: Any, other: Any, alpha: Any) -> Any:
    if alpha == 1:
        return other
    dtype = real(result.dtype)
    return writer.op("Mul", as_value(writer, other, dtype), writer.number(alpha, dtype))


@lowers("aten.add", "aten.add_")
def add(writer: Writer, result: Any, one: Any, other: Any, alpha: Any = 1) -> Value:
    if result.dtype.is_complex and not (is_complex(one) and is_complex(other)):
        raise NoLoweringError("a sum of real and complex numbers")
    if result.dtype == torch.bool:
        return writer.op("Or", one, other)
    return binary(writer, "Add", result, one, scaled(writer, result, other, alpha))


@lowers("aten.sub", "aten.sub_")
def sub(writer: Writer, result: Any, one: Any, other: Any, alpha: Any = 1) -> Value:
    if result.dtype.is_complex and not (is_complex(one) and is_complex(other)):
        raise NoLoweringError("a difference of real and complex numbers")
    return binary(writer, "Sub", result, one, scaled(writer, result, other, alpha))


@lowers("aten.rsub")
def rsub(writer: Writer, result: Any, one: Any, other: Any, alpha: Any = 1) -> Value:
    return binary(writer, "Sub", result, other, scaled(writer, result, one, alpha))


@lowers("aten.mul", "aten.mul_")
def mul(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    if is_complex(one) and is_complex(other):
        return complex_product(writer, one, other)
    if result.dtype == torch.bool:
        return writer.op("And", one, other)
    return binary(writer, "Mul", result, one, other)


def complex_product(writer: Writer, one: Value, other: Value) -> Value:
    a, b = parts(writer, one)
    c, d = parts(writer, other)
    first = writer.op("Sub", writer.op("Mul", a, c), writer.op("Mul", b, d))
    second = writer.op("Add", writer.op("Mul", a, d), writer.op("Mul", b, c))
    return writer.op("Concat", first, second, dtype=one.dtype, axis=-1)


def parts(writer: Writer, value: Value) -> tuple[Value, ...]:
    """Real and imaginary part, each with a last axis of one."""
    return writer.several("Split", 2, value, dtype=real(value.dtype), axis=-1, num_outputs=2)


@lowers("aten.div", "aten.div_", "aten.true_divide")
def div(writer: Writer, result: Any, one: Any, other: Any, rounding_mode: str | None = None) -> Value:
    if is_complex(other):
        raise NoLoweringError("division by complex numbers")
    if rounding_mode == "floor":
        return floor_divide(writer, result, one, other)
    quotient = binary(writer, "Div", result, one, other)
    return trunc(writer, result, quotient) if rounding_mode and result.dtype.is_floating_point else quotient


@lowers("aten.floor_divide")
def floor_divide(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    dtype = result.dtype
    above, below = as_value(writer, one, dtype), as_value(writer, other, dtype)
    quotient = writer.op("Div", above, below)
    if dtype.is_floating_point:
        return writer.op("Floor", quotient)
    if dtype == torch.uint8:
        return quotient
    # whole numbers are divided towards zero: one less where something is left over and the signs differ
    left = writer.op("Mod", above, below, fmod=0)  # of the divisor's sign, as in Python
    return writer.op("Div", writer.op("Sub", above, left), below)


@lowers("aten.remainder")
def remainder(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    dtype = result.dtype
    above, below = as_value(writer, one, dtype), as_value(writer, other, dtype)
    if not dtype.is_floating_point:
        return writer.op("Mod", above, below, fmod=0)
    left = writer.op("Mod", above, below, fmod=1)
    zero = writer.number(0, dtype)
    differ = writer.op("Less", writer.op("Mul", writer.op("Sign", left), below), zero, dtype=torch.bool)
    return writer.op("Where", differ, writer.op("Add", left, below), left, dtype=dtype)


@lowers("aten.fmod")
def fmod(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    dtype = result.dtype
    return writer.op("Mod", as_value(writer, one, dtype), as_value(writer, other, dtype), fmod=1)


@lowers("aten.pow")
def pow_(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    dtype = result.dtype
    base = as_value(writer, one, dtype)
    if other == 2:
        return writer.op("Mul", base, base)
    if other == 0.5:
        return writer.op("Sqrt", base)
    return writer.op("Pow", base, as_value(writer, other, dtype))


@lowers("aten.maximum", "aten.max.other")
def maximum(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    return binary(writer, "Max", result, one, other)


@lowers("aten.minimum", "aten.min.other")
def minimum(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    return binary(writer, "Min", result, one, other)


@lowers("aten.hypot")
def hypot(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    dtype = result.dtype
    a, b = as_value(writer, one, dtype), as_value(writer, other, dtype)
    return writer.op("Sqrt", writer.op("Add", writer.op("Mul", a, a), writer.op("Mul", b, b)))


@lowers("aten.atan2")
def atan2(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    """The angle of (x, y) by the half-angle that keeps digits: 2 atan(y / (r + |x|)), mirrored where x < 0."""
    dtype = result.dtype
    y, x = as_value(writer, one, dtype), as_value(writer, other, dtype)
    zero, two = writer.number(0, dtype), writer.number(2, dtype)
    radius = hypot(writer, result, y, x)
    below = writer.op("Add", radius, writer.op("Abs", x))
    nowhere = writer.op("Equal", below, zero, dtype=torch.bool)
    safe = writer.op("Where", nowhere, writer.number(1, dtype), below, dtype=dtype)
    angle = writer.op("Mul", writer.op("Atan", writer.op("Div", y, safe)), two)
    half_turn = writer.op(
        "Where",
        writer.op("Less", y, zero, dtype=torch.bool),
        writer.number(-np.pi, dtype),
        writer.number(np.pi, dtype),
        dtype=dtype,
    )
    left = writer.op("Less", x, zero, dtype=torch.bool)
    return writer.op("Where", left, writer.op("Sub", half_turn, angle), angle, dtype=dtype)


@lowers("aten.lerp")
def lerp(writer: Writer, result: Any, start: Value, end: Value, weight: Any) -> Value:
    """As torch has it: from the nearer end, so that both ends are exact."""
    dtype = result.dtype
    across = writer.op("Sub", end, start)
    if not isinstance(weight, Value):
        if abs(weight) < 0.5:
            return writer.op("Add", start, writer.op("Mul", across, writer.number(weight, dtype)))
        return writer.op("Sub", end, writer.op("Mul", across, writer.number(1 - weight, dtype)))
    near = writer.op("Less", writer.op("Abs", weight), writer.number(0.5, dtype), dtype=torch.bool)
    first = writer.op("Add", start, writer.op("Mul", across, weight))
    rest = writer.op("Sub", writer.number(1, dtype), weight)
    return writer.op("Where", near, first, writer.op("Sub", end, writer.op("Mul", across, rest)), dtype=dtype)


@lowers("aten.addcmul")
def addcmul(writer: Writer, result: Any, start: Value, one: Value, other: Value, value: float) -> Value:
    return writer.op("Add", start, scaled(writer, result, writer.op("Mul", one, other), value))


@lowers("aten.addcdiv")
def addcdiv(writer: Writer, result: Any, start: Value, one: Value, other: Value, value: float) -> Value:
    return writer.op("Add", start, scaled(writer, result, writer.op("Div", one, other), value))


# ---------------------------------------------------------------- truth

COMPARISONS = {"eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater", "ge": "GreaterOrEqual"}


def compare(writer: Writer, kind: str, one: Any, other: Any) -> Value:
    dtype = common_type(one, other)
    return writer.op(kind, as_value(writer, one, dtype), as_value(writer, other, dtype), dtype=torch.bool)


def common_type(one: Any, other: Any) -> torch.dtype:
    """The type that two operands meet in: a number counts less than a tensor, one without axes less than others."""
    return torch.result_type(example(one), example(other))


def example(operand: Any) -> Any:
    if isinstance(operand, Value):
        return torch.empty((1,) * min(operand.ndim, 1), dtype=operand.dtype)
    return 0 if isinstance(operand, Size) else operand


def enter_comparison(name: str, kind: str) -> None:
    @lowers(f"aten.{name}")
    def comparison(writer: Writer, result: Any, one: Any, other: Any) -> Value:
        return compare(writer, kind, one, other)


for _name, _kind in COMPARISONS.items():
    enter_comparison(_name, _kind)


@lowers("aten.ne")
def ne(writer: Writer, result: Any, one: Any, other: Any) -> Value:
    return writer.op("Not", compare(writer, "Equal", one, other))


def enter_logic(names: Sequence[str], of_truth: str, of_bits: str) -> None:
    @lowers(*(f"aten.{name}" for name in names))
    def logic(writer: Writer, result: Any, one: Any, other: Any) -> Value:
        dtype = result.dtype
        kind = of_truth if dtype == torch.bool else of_bits
        return writer.op(kind, as_value(writer, one, dtype), as_value(writer, other, dtype))


enter_logic(("__and__", "bitwise_and", "logical_and"), "And", "BitwiseAnd")
enter_logic(("__or__", "bitwise_or", "logical_or"), "Or", "BitwiseOr")
enter_logic(("__xor__", "bitwise_xor", "logical_xor"), "Xor", "BitwiseXor")


@lowers("aten.__rshift__", "aten.bitwise_right_shift")
def right_shift(writer: Writer, result: Any, value: Value, bits: Any) -> Value:
    """Divides by a power of two and rounds down, of negative numbers too."""
    if not isinstance(bits, int):
        raise NoLoweringError("a shift by a tensor")
    return floor_divide(writer, result, value, 1 << bits)


@lowers("aten.__lshift__", "aten.bitwise_left_shift")
def left_shift(writer: Writer, result: Any, value: Value, bits: Any) -> Value:
    if not isinstance(bits, int):
        raise NoLoweringError("a shift by a tensor")
    return writer.op("Mul", value, writer.number(1 << bits, result.dtype))


@lowers("aten.where")
def where(writer: Writer, result: Any, condition: Value, one: Any, other: Any) -> Value:
    dtype = real(result.dtype)
    if result.dtype.is_complex:
        raise NoLoweringError("a choice between complex numbers")
    condition = writer.cast(condition, torch.bool)
    chosen = (as_value(writer, one, dtype), as_value(writer, other, dtype))
    if dtype is torch.bool:  # which ONNX Runtime has no choice between
        first = writer.op("And", condition, chosen[0])
        return writer.op("Or", first, writer.op("And", writer.op("Not", condition), chosen[1]))
    return writer.op("Where", condition, *chosen, dtype=dtype)


@lowers("aten.masked_fill")
def masked_fill(writer: Writer, result: Any, value: Value, mask: Value, filling: Any) -> Value:
    return writer.op("Where", mask, as_value(writer, filling, result.dtype), value, dtype=result.dtype)


# ---------------------------------------------------------------- reductions


def reduced(writer: Writer, kind: str, value: Value, axes: Sequence[int] | None, keep: bool) -> Value:
    ndim = value.ndim
    chosen = sorted(axis_of(axis, ndim) for axis in axes) if axes else list(range(ndim))
    if not chosen:
        return value
    return writer.op(kind, value, np.array(chosen, np.int64), keepdims=int(keep))


@lowers("aten.sum")
def sum_(
    writer: Writer, result: Any, value: Value, axes: Any = None, keep: bool = False, dtype: Any = None
) -> Value:
    if value.dtype.is_complex:
        return reduced(writer, "ReduceSum", value, axes or range(value.ndim), keep)
    source = value if value.dtype == result.dtype else with_shape(writer.cast(value, result.dtype), value)
    return reduced(writer, "ReduceSum", source, axes, keep)


def with_shape(value: Value, like: Value) -> Value:
    return Value(value.name, value.dtype, like.shape)


@lowers("aten.sum.default")
def sum_all(writer: Writer, result: Any, value: Value, dtype: Any = None) -> Value:
    return sum_(writer, result, value)


@lowers("aten.mean")
def mean(
    writer: Writer, result: Any, value: Value, axes: Any = None, keep: bool = False, dtype: Any = None
) -> Value:
    if value.dtype.is_complex:
        raise NoLoweringError("a mean of complex numbers")
    ndim = value.ndim
    chosen = {axis_of(axis, ndim) for axis in axes} if axes else set(range(ndim))
    source = with_shape(writer.cast(value, result.dtype), value)
    if ndim == 4 and chosen == {2, 3} and keep:
        return writer.op("GlobalAveragePool", source)  # the form that runtimes know best
    return reduced(writer, "ReduceMean", source, axes, keep)


@lowers("aten.mean.default")
def mean_all(writer: Writer, result: Any, value: Value, dtype: Any = None) -> Value:
    return mean(writer, result, value)


@lowers("aten.amax")
def amax(writer: Writer, result: Any, value: Value, axes: Any = None, keep: bool = False) -> Value:
    return reduced(writer, "ReduceMax", value, axes, keep)


@lowers("aten.amin")
def amin(writer: Writer, result: Any, value: Value, axes: Any = None, keep: bool = False) -> Value:
    return reduced(writer, "ReduceMin", value, axes, keep)


@lowers("aten.max.default")
def max_all(writer: Writer, result: Any, value: Value) -> Value:
    return reduced(writer, "ReduceMax", value, None, False)


@lowers("aten.min.default")
def min_all(writer: Writer, result: Any, value: Value) -> Value:
    return reduced(writer, "ReduceMin", value, None, False)


@lowers("aten.max.dim")
def max_along(writer: Writer, result: Any, value: Value, axis: int, keep: bool) -> tuple[Value, Value]:
    return amax(writer, result[0], value, [axis], keep), extreme_place(writer, "ArgMax", value, axis, keep)


@lowers("aten.min.dim")
def min_along(writer: Writer, result: Any, value: Value, axis: int, keep: bool) -> tuple[Value, Value]:
    return amin(writer, result[0], value, [axis], keep), extreme_place(writer, "ArgMin", value, axis, keep)


def extreme_place(writer: Writer, kind: str, value: Value, axis: int | None, keep: bool) -> Value:
    if axis is None:
        flat, axis = writer.reshape(value, [-1]), 0
        return writer.op(kind, flat, dtype=torch.int64, axis=0, keepdims=0)
    return writer.op(kind, value, dtype=torch.int64, axis=axis_of(axis, value.ndim), keepdims=int(keep))


@lowers("aten.argmax")
def argmax(writer: Writer, result: Any, value: Value, axis: int | None, keep: bool) -> Value:
    return extreme_place(writer, "ArgMax", value, axis, keep)


@lowers("aten.argmin")
def argmin(writer: Writer, result: Any, value: Value, axis: int | None, keep: bool) -> Value:
    return extreme_place(writer, "ArgMin", value, axis, keep)


@lowers("aten.prod.dim_int")
def prod(
    writer: Writer, result: Any, value: Value, axis: int, keep: bool = False, dtype: Any = None
) -> Value:
    return reduced(writer, "ReduceProd", value, [axis], keep)


@lowers("aten.all", "aten.all.dims")
def all_(writer: Writer, result: Any, value: Value, axis: Any = None, keep: bool = False) -> Value:
    axes = [axis] if isinstance(axis, int) else axis
    whole = with_shape(writer.cast(writer.cast(value, torch.bool), torch.int32), value)
    return writer.cast(reduced(writer, "ReduceMin", whole, axes, keep), torch.bool)


@lowers("aten.any", "aten.any.dims")
def any_(writer: Writer, result: Any, value: Value, axis: Any = None, keep: bool = False) -> Value:
    axes = [axis] if isinstance(axis, int) else axis
    whole = with_shape(writer.cast(writer.cast(value, torch.bool), torch.int32), value)
    return writer.cast(reduced(writer, "ReduceMax", whole, axes, keep), torch.bool)


@lowers("aten.var.correction")
def var(
    writer: Writer, result: Any, value: Value, axes: Any = None, correction: Any = None, keep: bool = False
) -> Value:
    chosen = [axis_of(axis, value.ndim) for axis in axes] if axes else list(range(value.ndim))
    sizes = [value.shape[axis] for axis in chosen]
    if not all(is_fixed(size) for size in sizes):
        raise NoLoweringError("a variance over an axis whose length is only known at run time")
    count = int(np.prod(sizes))
    centre = reduced(writer, "ReduceMean", value, chosen, True)
    apart = writer.op("Sub", value, centre)
    total = reduced(writer, "ReduceSum", with_shape(writer.op("Mul", apart, apart), value), chosen, keep)
    below = count - (1 if correction is None else correction)
    return writer.op("Div", total, writer.number(below, result.dtype))


@lowers("aten.var.dim")
def var_along(
    writer: Writer, result: Any, value: Value, axes: Any, unbiased: bool = True, keep: bool = False
) -> Value:
    return var(writer, result, value, axes, int(unbiased), keep)


@lowers("aten.std.dim")
def std_along(
    writer: Writer, result: Any, value: Value, axes: Any, unbiased: bool = True, keep: bool = False
) -> Value:
    return writer.op("Sqrt", var_along(writer, result, value, axes, unbiased, keep))


@lowers("aten.std.correction")
def std(
    writer: Writer, result: Any, value: Value, axes: Any = None, correction: Any = None, keep: bool = False
) -> Value:
    return writer.op("Sqrt", var(writer, result, value, axes, correction, keep))


@lowers("aten.linalg_vector_norm")
def vector_norm(
    writer: Writer, result: Any, value: Value, order: float, axes: Any, keep: bool, dtype: Any = None
) -> Value:
    kinds = {1: "ReduceL1", 2: "ReduceL2"}
    if order not in kinds:
        raise NoLoweringError(f"a norm of order {order}")
    return reduced(writer, kinds[int(order)], value, axes, keep)


@lowers("aten.cumsum")
def cumsum(writer: Writer, result: Any, value: Value, axis: int, dtype: Any = None) -> Value:
    return writer.op("CumSum", writer.cast(value, result.dtype), np.array(axis, np.int64))


@lowers("aten.topk")
def topk(
    writer: Writer, result: Any, value: Value, count: int, axis: int, largest: bool, ordered: bool
) -> tuple[Value, ...]:
    best, place = writer.several(
        "TopK", 2, value, np.array([count], np.int64), axis=axis, largest=int(largest), sorted=int(ordered)
    )
    return best, Value(place.name, torch.int64)


@lowers("aten.softmax")
def softmax(writer: Writer, result: Any, value: Value, axis: int, dtype: Any = None) -> Value:
    return writer.op("Softmax", writer.cast(value, result.dtype), axis=axis)


@lowers("aten.log_softmax")
def log_softmax(writer: Writer, result: Any, value: Value, axis: int, dtype: Any = None) -> Value:
    return writer.op("LogSoftmax", writer.cast(value, result.dtype), axis=axis)
