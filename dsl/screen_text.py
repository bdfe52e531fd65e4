"""Text as a terminal shows it: how wide letters are, where tabs go, what must not reach the screen."""

from __future__ import annotations

import unicodedata

TAB = 4
CUT = "..."


def visible(text: str) -> str:
    """The text with control and direction characters replaced: a spec must not steer the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if is_harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def is_harmless(letter: str) -> bool:
    return letter == "\N{ZERO WIDTH JOINER}" or unicodedata.category(letter) not in (
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    )


def width_of(letter: str) -> int:
    """Columns that a letter takes: 2 for wide ones, 0 for accents that join the letter before."""
    if letter.isascii():
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me") or letter == "\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


class Line:
    """A line of a spec on the screen: tabs widened, and cut to `width` columns around `start` .. `end`."""

    def __init__(self, source: str, width: int, start: int = 0, end: int = 0) -> None:
        self._places = [0]
        shown: list[str] = []
        for letter in source.rstrip("\r"):
            at = self._places[-1]
            wide = TAB - at % TAB if letter == "\t" else width_of(letter)
            shown.append(" " * wide if letter == "\t" else visible(letter))
            self._places.append(at + wide)
        self._shift = 0
        self._last = max(width, 20)
        text = "".join(shown).rstrip()
        if self._places[-1] <= self._last:
            self.text = text
            return
        first = 0
        marked_end = self._places[min(end, len(shown))]
        if marked_end > self._last - len(CUT):
            room = self._last // 3
            first = next(
                n for n, at in enumerate(self._places) if at >= self._places[min(start, len(shown))] - room
            )
        cut_left = CUT if first else ""
        self._shift = self._places[first] - len(cut_left)
        stop = first
        while stop < len(shown) and self._places[stop + 1] - self._shift <= self._last - len(CUT):
            stop += 1
        self.text = cut_left + "".join(shown[first:stop]) + (CUT if stop < len(shown) else "")

    def place(self, column: int) -> int:
        """The column on the screen, from 0, of a column of the source, from 0."""
        beyond = max(0, column - (len(self._places) - 1))
        at = self._places[min(column, len(self._places) - 1)] + beyond - self._shift
        return min(max(at, 0), self._last)
