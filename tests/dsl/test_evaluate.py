"""Arithmetic on constants, against Python's own, and the limits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.dsl.evaluate import LARGEST_INTEGER, LONGEST_LIST, ConstantError, binary, call, index, unary

NUMBERS = st.integers(-1000, 1000) | st.floats(-1e3, 1e3)
CONSTANTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=6,
)
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or"]


@given(NUMBERS, NUMBERS, st.sampled_from(["+", "-", "*", "<", "<=", ">", ">=", "==", "!="]))
def test_numbers_as_in_python(left: float, right: float, symbol: str) -> None:
    assert binary(symbol, left, right) == eval(f"left {symbol} right")


@given(NUMBERS, NUMBERS.filter(lambda value: abs(value) > 1e-3), st.sampled_from(["/", "//", "%"]))
def test_division_as_in_python(left: float, right: float, symbol: str) -> None:
    assert binary(symbol, left, right) == eval(f"left {symbol} right")


@given(CONSTANTS, CONSTANTS, st.sampled_from(OPERATORS))
def test_any_two_constants_give_a_value_or_a_reason(left: object, right: object, symbol: str) -> None:
    try:
        value = binary(symbol, left, right)
    except ConstantError as error:
        assert str(error)
        return
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, int):
        assert abs(value) <= LARGEST_INTEGER
    if isinstance(value, (tuple, str)):
        assert len(value) <= LONGEST_LIST


@given(
    st.sampled_from(["abs", "float", "int", "len", "max", "min", "range", "round", "sqrt", "sum"]),
    st.lists(CONSTANTS, max_size=4),
)
def test_any_call_gives_a_value_or_a_reason(name: str, arguments: list[object]) -> None:
    try:
        call(name, tuple(arguments))
    except ConstantError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("len", ((1, 2, 3),), 3),
        ("len", ("abc",), 3),
        ("min", (3, 1.5), 1.5),
        ("max", ((3, 9, 2),), 9),
        ("sum", ((1, 2, 0.5),), 3.5),
        ("range", (3,), (0, 1, 2)),
        ("range", (3, 0, -2), (3, 1)),
        ("abs", (-2,), 2),
        ("round", (2.5,), 2),
        ("round", (2.567, 1), 2.6),
        ("int", (-2.7,), -2),
        ("float", (2,), 2.0),
        ("sqrt", (9,), 3.0),
    ],
)
def test_functions(name: str, arguments: tuple[object, ...], value: object) -> None:
    found = call(name, arguments)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("left", "symbol", "right"),
    [
        (1, "/", 0), (1, "//", 0), (1.0, "%", 0), (9, "**", 9**9), (10, "**", 19), (1e308, "*", 10), (-8, "**", 0.5),
        (0, "**", -1), ("ab", "*", 10**9), ((0,), "*", 10**9), ((1,) * 9000, "+", (1,) * 9000), ("a", "<", 1),
        (True, "+", 1), (1, "and", True), (None, "<", None), ((1,), "-", (1,)), ("a", "*", 0.5),
    ],
)  # fmt: skip
def test_no_value(left: object, symbol: str, right: object) -> None:
    with pytest.raises(ConstantError):
        binary(symbol, left, right)


@pytest.mark.parametrize("stop", [10**9, 10_001])
def test_long_ranges(stop: int) -> None:
    with pytest.raises(ConstantError, match="10,000 is the limit"):
        call("range", (stop,))


def test_true_is_not_one() -> None:
    assert binary("==", True, 1) is False
    assert binary("==", (1, True), (1, 1)) is False
    assert binary("==", (1, 2.0), (1, 2)) is True
    assert binary("!=", "a", 1) is True


def test_index_and_unary() -> None:
    assert index((1, 2, 3), -1) == 3
    assert index("abc", 0) == "a"
    assert unary("-", 3) == -3
    assert unary("not", False) is True
    for wrong in [
        lambda: index((1,), 1),
        lambda: index(3, 0),
        lambda: index((1,), True),
        lambda: unary("not", 1),
    ]:
        with pytest.raises(ConstantError):
            wrong()
