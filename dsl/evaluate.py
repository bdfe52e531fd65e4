"""Arithmetic on constants: operators, the few functions, indexing, and limits on what they may grow to."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .program import Constant
from .values import describe_constant

LARGEST_INTEGER = 2**63 - 1
"""What a 64-bit index of a tensor can hold."""

LONGEST_LIST = 10_000
"""Items of a list or letters of a text: a longer one is a slip (`range(10**9)`)."""

LONGEST_POWER = 1024
"""The largest exponent: beyond it every whole number but 0, 1 and -1 is out of range anyway."""


class ConstantError(Exception):
    """A constant expression that has no value. The message says why, without place."""


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}

COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_number(value: Constant) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def binary(symbol: str, left: Constant, right: Constant) -> Constant:
    """`left symbol right`. Raises ConstantError for kinds that do not go together and values out of range."""
    if symbol == "==":
        return same(left, right)
    if symbol == "!=":
        return not same(left, right)
    if symbol in ("and", "or"):
        if not (isinstance(left, bool) and isinstance(right, bool)):
            raise ConstantError(f"`{symbol}` joins truth values, not {pair(left, right)}")
        return left and right if symbol == "and" else left or right
    if symbol in COMPARISON:
        if not comparable(left, right):
            raise ConstantError(f"`{symbol}` cannot compare {pair(left, right)}")
        return COMPARISON[symbol](left, right)
    return arithmetic(symbol, left, right)


def arithmetic(symbol: str, left: Constant, right: Constant) -> Constant:
    joins = symbol == "+" and type(left) is type(right) and isinstance(left, (str, tuple))
    repeats = symbol == "*" and isinstance(left, (str, tuple)) and isinstance(right, int)
    if joins and isinstance(left, (str, tuple)) and isinstance(right, (str, tuple)):
        check_length(len(left) + len(right))
    elif repeats and isinstance(left, (str, tuple)) and isinstance(right, int):
        check_length(len(left) * right)
    elif not (is_number(left) and is_number(right)):
        raise ConstantError(f"`{symbol}` cannot combine {pair(left, right)}")
    if symbol == "**" and is_number(right) and abs(right) > LONGEST_POWER:  # type: ignore[arg-type]
        raise ConstantError(f"an exponent of {describe_constant(right)} is out of range")
    try:
        return bounded(ARITHMETIC[symbol](left, right))
    except ZeroDivisionError:
        raise ConstantError("division by zero") from None
    except OverflowError:
        raise ConstantError("the result is out of range") from None


def bounded(value: Any) -> Constant:
    """`value`, if it is a number that a spec may hold."""
    if isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value)):
        raise ConstantError("the result is no finite number")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise ConstantError("the result is out of range (64 bits)")
    result: Constant = value
    return result


def check_length(length: int) -> None:
    if length > LONGEST_LIST:
        raise ConstantError(f"the result would have {length:,} items; {LONGEST_LIST:,} is the limit")


def unary(symbol: str, operand: Constant) -> Constant:
    if symbol == "not":
        if not isinstance(operand, bool):
            raise ConstantError(f"`not` wants a truth value, not {describe_constant(operand)}")
        return not operand
    if not is_number(operand):
        raise ConstantError(f"`-` wants a number, not {describe_constant(operand)}")
    return -operand  # type: ignore[operator]


def index(value: Constant, position: Constant) -> Constant:
    if not isinstance(value, (str, tuple)):
        raise ConstantError(f"{describe_constant(value)} is no list")
    if not isinstance(position, int) or isinstance(position, bool):
        raise ConstantError(f"a position is a whole number, not {describe_constant(position)}")
    if not -len(value) <= position < len(value):
        raise ConstantError(f"there is no item {position}: the list has {len(value)}")
    return value[position]


def same(left: Constant, right: Constant) -> bool:
    """Equality that tells `1` from `true`."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def comparable(left: Constant, right: Constant) -> bool:
    return (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))


def pair(left: Constant, right: Constant) -> str:
    return f"{describe_constant(left)} and {describe_constant(right)}"


# ---------------------------------------------------------------- functions


def length(value: Constant) -> int:
    if not isinstance(value, (str, tuple)):
        raise ConstantError(f"`len` wants a list, not {describe_constant(value)}")
    return len(value)


def count(*bounds: Constant) -> tuple[Constant, ...]:
    """`range(stop)`, `range(start, stop)`, `range(start, stop, step)`."""
    for bound in bounds:
        if not isinstance(bound, int) or isinstance(bound, bool):
            raise ConstantError(f"`range` wants whole numbers, not {describe_constant(bound)}")
    if len(bounds) == 3 and bounds[2] == 0:
        raise ConstantError("the step of a `range` cannot be 0")
    numbers = range(*bounds)  # type: ignore[arg-type]
    check_length(len(numbers))
    return tuple(numbers)


def extreme(name: str, choose: Callable[[Any], Constant]) -> Callable[..., Constant]:
    """`min` and `max`, of a list or of several arguments."""

    def function(*values: Constant) -> Constant:
        items = values[0] if len(values) == 1 and isinstance(values[0], tuple) else values
        if not items:
            raise ConstantError(f"`{name}` of an empty list")
        if not all(comparable(items[0], item) for item in items):
            raise ConstantError(f"`{name}` cannot compare {' and '.join(map(describe_constant, items[:3]))}")
        return choose(items)

    return function


def total(values: Constant) -> Constant:
    if not isinstance(values, tuple) or not all(map(is_number, values)):
        raise ConstantError(f"`sum` wants a list of numbers, not {describe_constant(values)}")
    return bounded(sum(values))  # type: ignore[arg-type]


def number(name: str, function: Callable[..., Any]) -> Callable[..., Constant]:
    """A function of one number (`round`: and a number of digits)."""

    def checked(*values: Constant) -> Constant:
        for value in values:
            if not is_number(value):
                raise ConstantError(f"`{name}` wants a number, not {describe_constant(value)}")
        try:
            return bounded(function(*values))
        except (ValueError, TypeError, OverflowError):
            raise ConstantError(f"`{name}` of {describe_constant(values[0])} has no value") from None

    return checked


FUNCTIONS: dict[str, tuple[Callable[..., Constant], int, int]] = {
    "abs": (number("abs", abs), 1, 1),
    "float": (number("float", float), 1, 1),
    "int": (number("int", int), 1, 1),
    "len": (length, 1, 1),
    "max": (extreme("max", max), 1, LONGEST_LIST),
    "min": (extreme("min", min), 1, LONGEST_LIST),
    "range": (count, 1, 3),
    "round": (number("round", round), 1, 2),
    "sqrt": (number("sqrt", math.sqrt), 1, 1),
    "sum": (total, 1, 1),
}
"""What may be called on constants, with the least and the largest number of arguments.

`int` cuts towards zero, `round` goes to the even neighbour, as in Python.
"""


def call(name: str, arguments: tuple[Constant, ...]) -> Constant:
    """`name(arguments)`. Raises ConstantError."""
    function, least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        wanted = (
            str(least)
            if least == most
            else f"{least} to {most}"
            if most < LONGEST_LIST
            else f"{least} or more"
        )
        raise ConstantError(
            f"`{name}` takes {wanted} argument{'' if wanted == '1' else 's'}, not {len(arguments)}"
        )
    return function(*arguments)
