"""Axes: where numbers lie on them, and which ticks are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_TICKS = 4
"""on a logarithmic axis"""


@dataclass(frozen=True)
class Axis:
    """From numbers to pixels; logarithmic where `log`."""

    low: float
    high: float
    begin: float
    """the pixel of `low`"""
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a number, which is held to the axis."""
        low, high, own = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, own = math.log10(low), math.log10(high), math.log10(own)
        share = (own - low) / (high - low) if high > low else 0.5
        return self.begin + share * (self.end - self.begin)

    def ticks(self, most: int = 6) -> list[float]:
        """Round numbers: steps of 1, 2 or 5; on a logarithmic axis 1, 2, 5, 10, ..."""
        return log_ticks(self.low, self.high) if self.log else round_ticks(self.low, self.high, most)


def round_ticks(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    if rough <= 0:
        return [low]
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first
    return [(first + index) * step for index in range(count + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        found = [factor * 10.0**power for power in powers for factor in factors]
        ticks = [tick for tick in found if low <= tick <= high]
        if len(ticks) >= LEAST_TICKS:
            break
    return ticks


def tick_label(value: float) -> str:
    """`0.2`, `20`, `1,000`"""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3g}"


def widened(values: list[float], room: float = 0.08) -> tuple[float, float]:
    """Bounds with some room around the values, within 0 .. 1."""
    low, high = min(values), max(values)
    more = max((high - low) * room, 0.02)
    return max(0.0, low - more), min(1.0, high + more)


def log_bounds(values: list[float]) -> tuple[float, float]:
    """Bounds around the values that hold at least a tick on both sides."""
    low, high = min(values) / 1.6, max(values) * 1.9
    return low, max(high, low * 4)
