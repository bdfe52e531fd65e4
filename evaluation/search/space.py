"""What is searched: an axis for each setting, `pick.penalty=0:0.3`, and the points that they span."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .errors import SearchSpaceError

Value: TypeAlias = bool | int | float | str
"""of a setting"""

Point: TypeAlias = Mapping[str, Value]
"""A value for each axis, by its name; the empty point is the spec as it is."""

Kind = Literal["float", "int", "choice"]

DIGITS = 4
"""Values that are drawn have so many digits of their range: enough to tell them apart, and they can be read."""

MOST = 100_000
"""A grid, and the steps of one range, have no more points."""

FORMS = "write NAME=A:B, NAME=A:B:STEP or NAME={A,B,C}"


@dataclass(frozen=True)
class Axis:
    """The values that one setting may take."""

    name: str
    """as the user wrote it: `pick.penalty`, or a param's name"""
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    """None where any value of the range may be taken"""
    choices: tuple[Value, ...] = ()
    """all values, where they can be counted"""

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values at which it is tried beforehand whether they can be set at all."""
        if self.kind == "choice":
            return self.choices
        return tuple(dict.fromkeys(self.whole(end) for end in (self.low, self.high)))

    def whole(self, value: float) -> Value:
        """The value as it is set: a whole number where the axis is one of those."""
        return round(value) if self.kind == "int" else float(value)

    def __str__(self) -> str:
        if self.kind == "choice":
            return f"{self.name}={{{','.join(map(value_text, self.choices))}}}"
        step = "" if self.step is None else f":{value_text(self.whole(self.step))}"
        return f"{self.name}={value_text(self.whole(self.low))}:{value_text(self.whole(self.high))}{step}"


def value_text(value: Value) -> str:
    """As it is written in a spec."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_axis(text: str) -> Axis:
    """`pick.penalty=0:0.3`, `pick.window=0.3:0.5:0.05`, `size={96,128}`. Raises SearchSpaceError."""
    name, equals, values = (piece.strip() for piece in text.partition("="))
    if not equals or not name or not values:
        raise SearchSpaceError(f"`{text}` names no setting with its values", FORMS)
    if values.startswith("{"):
        return listed(name, values, text)
    pieces = [piece.strip() for piece in values.split(":")]
    if len(pieces) not in (2, 3):
        raise SearchSpaceError(f"`{text}` is no range", FORMS)
    numbers = [number(piece, text) for piece in pieces]
    low, high, *step = numbers
    if not low < high:
        raise SearchSpaceError(
            f"the range of `{text}` is empty: {pieces[0]} is not less than {pieces[1]}",
            f"write the smaller number first; --set {name}={pieces[0]} sets a single value of a param",
        )
    if step and not 0 < step[0] <= high - low:
        raise SearchSpaceError(
            f"the step of `{text}` does not fit into its range", f"give one above 0 and up to {high - low:g}"
        )
    if step and (high - low) / step[0] > MOST:
        raise SearchSpaceError(f"`{text}` has more than {MOST:,} steps", "give a larger step")
    whole = all(isinstance(one, int) for one in numbers)
    return ranged(name, low, high, step[0] if step else None, "int" if whole else "float")


def ranged(name: str, low: float, high: float, step: float | None, kind: Kind) -> Axis:
    """A range; one with steps, or of whole numbers, knows all its values."""
    if step is None and (kind == "float" or high - low > MOST):
        return Axis(name, kind, low, high)
    every = step or 1
    count = math.floor((high - low) / every + 1e-9) + 1
    values = [low + index * every for index in range(count)]
    tidy: tuple[Value, ...] = tuple(
        round(value) if kind == "int" else float(f"{value:.12g}") for value in values
    )
    return Axis(name, kind, low, float(tidy[-1]), step, tidy)


def listed(name: str, values: str, text: str) -> Axis:
    """`{0.1,0.2}`, `{true,false}`, `{rgb,bgr}`"""
    pieces = [piece.strip() for piece in values[1:-1].split(",")]
    if not values.endswith("}") or not all(pieces):
        raise SearchSpaceError(f"`{text}` is no list of values", FORMS)
    choices = tuple(dict.fromkeys(plain_value(piece) for piece in pieces))
    return Axis(name, "choice", choices=choices)


def plain_value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    try:
        return number(text, text)
    except SearchSpaceError:
        return text.strip('"')


def number(text: str, whole: str) -> int | float:
    """Raises SearchSpaceError for what is no finite number."""
    try:
        value = int(text)
    except ValueError:
        try:
            value = float(text)  # type: ignore[assignment]
        except ValueError:
            value = math.nan  # type: ignore[assignment]
    if not math.isfinite(value):
        raise SearchSpaceError(f"`{text}` in `{whole}` is no number", FORMS)
    return value


@dataclass(frozen=True)
class Space:
    """All axes together."""

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if not names:
            raise SearchSpaceError("there is nothing to search", "name a setting: --param pick.penalty=0:0.3")
        if twice is not None:
            raise SearchSpaceError(f"`{twice}` is given twice", "give each setting once, with all its values")

    def grid(self) -> Sequence[Point]:
        """Every point, the last axis changing fastest. Raises SearchSpaceError where they cannot be counted."""
        for axis in self.axes:
            if not axis.choices:
                raise SearchSpaceError(
                    f"a grid needs steps, and `{axis}` has none", f"for example {axis.name}=A:B:STEP"
                )
        size = math.prod(len(axis.choices) for axis in self.axes)
        if size > MOST:
            raise SearchSpaceError(f"the grid has {size:,} points", "give larger steps, or --search random")
        names = [axis.name for axis in self.axes]
        return [dict(zip(names, row, strict=True)) for row in itertools.product(*self.choices())]

    def choices(self) -> list[tuple[Value, ...]]:
        return [axis.choices for axis in self.axes]

    def drawn(self, random: np.random.Generator) -> Point:
        """A point by chance: every value of an axis is as likely as any other."""
        return {axis.name: drawn(axis, random) for axis in self.axes}


def drawn(axis: Axis, random: np.random.Generator) -> Value:
    if axis.choices:
        return axis.choices[int(random.integers(len(axis.choices)))]
    if axis.kind == "int":
        return int(random.integers(round(axis.low), round(axis.high) + 1))
    return tidied(axis, float(random.uniform(axis.low, axis.high)))


def tidied(axis: Axis, value: float) -> float:
    """A value of a range with as many digits as can matter, and within the range."""
    places = max(0, DIGITS - 1 - math.floor(math.log10(axis.high - axis.low)))
    return float(min(max(round(value, places), axis.low), axis.high))
