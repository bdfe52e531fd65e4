"""Places of a text as the language counts them (code points), and as an editor does (lines and code units)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from ..dsl.span import Span

LINE_END = re.compile(r"\r\n|\n|\r")
"""What ends a line in the protocol; Python's `splitlines` knows more."""


@dataclass(frozen=True)
class Text:
    """A text, and where its lines begin."""

    content: str
    codec: PositionCodec
    """counts in the units that the client asked for: UTF-16, unless it offers others"""

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of each line's first character."""
        return (0, *(found.end() for found in LINE_END.finditer(self.content)))

    def position(self, offset: int) -> types.Position:
        """The place of a character, by its offset; beyond the end, that of the end."""
        offset = max(0, min(offset, len(self.content)))
        line = bisect_right(self.starts, offset) - 1
        before = self.content[self.starts[line] : offset]
        units = len(before) if before.isascii() else self.codec.client_num_units(before)
        return types.Position(line, units)

    def offset(self, position: types.Position) -> int:
        """The character at a place; beyond a line's end, that end."""
        if position.line >= len(self.starts):
            return len(self.content)
        start = self.starts[position.line]
        limit = self.starts[position.line + 1] if position.line + 1 < len(self.starts) else len(self.content)
        line = self.content[start:limit].rstrip("\r\n")
        column = max(0, position.character)
        if not line.isascii():
            column = self.codec.position_from_client_units([line], types.Position(0, column)).character
        return start + min(len(line), column)

    def ends_within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where the line ends in a stretch begin and end."""
        return ((found.start(), found.end()) for found in LINE_END.finditer(self.content, start, end))

    def range(self, span: Span) -> types.Range:
        return self.between(span.start, span.end)

    def between(self, start: int, end: int) -> types.Range:
        return types.Range(self.position(start), self.position(end))


@dataclass(frozen=True)
class Shift:
    """Where the characters of an older text stand in a newer one that differs in one stretch."""

    start: int
    """the first character that differs"""
    end: int
    """in the older text, the first one after the stretch"""
    moved: int
    """how much longer the newer text is"""

    def offset(self, offset: int) -> int | None:
        """The new offset; None within the stretch."""
        if offset <= self.start:
            return offset
        return offset + self.moved if offset >= self.end else None

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The new offsets of a span; None where it was touched."""
        if end < self.start:
            return start, end
        return (start + self.moved, end + self.moved) if start >= self.end else None


def shift_between(old: str, new: str) -> Shift:
    """What has changed, as the one stretch that holds all of it."""
    if old == new:
        return Shift(len(old), len(old), 0)
    shorter = min(len(old), len(new))
    start = common(old, new, shorter)
    behind = common(old[::-1], new[::-1], shorter - start)
    return Shift(start, len(old) - behind, len(new) - len(old))


def common(one: str, other: str, limit: int) -> int:
    """How many characters two texts begin with alike, up to `limit`; by halves, as comparing is quick."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def path_of(uri: str) -> str:
    """The path of a document; for one that is no file (`untitled:Untitled-1`), its URI."""
    found = to_fs_path(uri) if uri.startswith("file:") else None
    return found or uri


def uri_of(path: str) -> str:
    """The URI of a file."""
    return (from_fs_path(str(Path(path).resolve())) or path) if "://" not in path else path
