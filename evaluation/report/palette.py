"""Colours of trackers: told apart by readers who see colours differently, on light ground and on dark."""

from __future__ import annotations

from dataclasses import dataclass

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Ink:
    """How one tracker is drawn."""

    light: str
    """on white"""
    dark: str
    """on near black"""
    dashes: str
    """of SVG; empty for a whole line"""


HUES = (
    ("#0072b2", "#4ba3dc"),
    ("#d55e00", "#f0803c"),
    ("#009e73", "#2fc79b"),
    ("#b4508f", "#d886b6"),
    ("#b27d00", "#e6b030"),
    ("#2c8fc4", "#8fd0f5"),
    ("#6b5fb5", "#a79cf0"),
    ("#555555", "#bbbbbb"),
)
"""After Okabe and Ito, "Color Universal Design" (2008); yellow, orange and pink darkened so that thin lines show."""

DASHES = ("", "6 3", "2 2.5", "9 3 2 3")
"""When the colours are used up they come again, in another stroke."""


def ink(place: int) -> Ink:
    """Of the tracker in this place, from 0."""
    light, dark = HUES[place % len(HUES)]
    return Ink(light, dark, DASHES[place // len(HUES) % len(DASHES)])


def rgb(place: int) -> Color:
    """The colour for drawing over pictures, which are mostly dark: the bright one."""
    return channels(ink(place).dark)


def channels(color: str) -> Color:
    """`#0072b2` -> 0, 114, 178"""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


TRUTH: Color = (255, 255, 255)
"""of the truth's box; trackers have none as bright"""
