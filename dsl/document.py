"""Text that knows where it may be broken into lines, with the comments that stand inside it.

A document is a string, a `Group` (a bracketed list), a `Ladder` (a chain) or a sequence of documents. It is
written on one line where it fits and holds no comment, else broken at its outermost groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

WIDTH = 110
STEP = "    "


@dataclass
class Item:
    """A piece of a group or ladder that can have a line of its own, with its comments."""

    content: Document
    start: int
    """offset in the text that it came from, as `end`"""
    end: int
    before: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


@dataclass
class Group:
    """`opening item, item closing`."""

    opening: str
    items: list[Item]
    closing: str
    start: int
    end: int
    separator: str = ","
    padded: bool = False
    """with blanks inside the brackets: `{ a = 1 }`"""
    at_end: list[str] = field(default_factory=list)
    """comments after the last item"""


@dataclass
class Ladder:
    """`item -> item -> item`, broken before each arrow."""

    items: list[Item]
    start: int
    end: int


Document: TypeAlias = "str | Group | Ladder | tuple[Document, ...]"


def flat(document: Document) -> str:
    """The document on one line, without its comments."""
    if isinstance(document, str):
        return document
    if isinstance(document, tuple):
        return "".join(flat(part) for part in document)
    if isinstance(document, Ladder):
        return " -> ".join(flat(item.content) for item in document.items)
    inner = f"{document.separator} ".join(flat(item.content) for item in document.items)
    pad = " " if document.padded and inner else ""
    return f"{document.opening}{pad}{inner}{pad}{document.closing}"


def holds_comments(document: Document) -> bool:
    """Whether a comment stands inside."""
    if isinstance(document, str):
        return False
    if isinstance(document, tuple):
        return any(holds_comments(part) for part in document)
    if isinstance(document, Group) and document.at_end:
        return True
    return any(item.before or item.behind or holds_comments(item.content) for item in document.items)


def written(document: Document, indent: str, lead: str = "") -> list[str]:
    """The lines of a document that begins behind `lead` and whose further lines are indented by `indent`."""
    lines = [lead]
    _write(document, lines, indent, 0)
    return lines


def place_comment(document: Document, text: str, offset: int, own_line: bool) -> bool:
    """Attach a comment to the innermost group around it; False where none is."""
    if isinstance(document, str):
        return False
    if isinstance(document, tuple):
        return any(place_comment(part, text, offset, own_line) for part in document)
    if not document.start <= offset < document.end:
        return False
    if any(place_comment(item.content, text, offset, own_line) for item in document.items):
        return True
    earlier = [item for item in document.items if item.end <= offset]
    later = [item for item in document.items if item.start > offset]
    if earlier and not own_line:
        earlier[-1].behind.append(text)
    elif later:
        later[0].before.append(text)
    elif isinstance(document, Group):
        document.at_end.append(text)
    else:
        return False
    return True


def _write(document: Document, lines: list[str], indent: str, reserve: int) -> None:
    """Append to `lines`, leaving room for `reserve` characters that must follow on the last line."""
    if isinstance(document, str):
        lines[-1] += document
        return
    if isinstance(document, tuple):
        for position, part in enumerate(document):
            _write(part, lines, indent, _head_width(document[position + 1 :], reserve))
        return
    if not holds_comments(document):
        text = flat(document)
        if len(lines[-1]) + len(text) + reserve <= WIDTH:
            lines[-1] += text
            return
    if isinstance(document, Ladder):
        _write_ladder(document, lines, indent, reserve)
    else:
        _write_group(document, lines, indent)


def _write_group(group: Group, lines: list[str], indent: str) -> None:
    lines[-1] += group.opening
    if not group.items and not group.at_end:
        lines[-1] += group.closing
        return
    inner = indent + STEP
    for position, item in enumerate(group.items):
        lines.extend(inner + comment for comment in item.before)
        lines.append(inner)
        last = position + 1 == len(group.items)
        _write(item.content, lines, inner, len(group.separator))
        lines[-1] += group.separator
        _write_behind(item, lines, inner, last)
    lines.extend(inner + comment for comment in group.at_end)
    lines.append(indent + group.closing)


def _write_ladder(ladder: Ladder, lines: list[str], indent: str, reserve: int) -> None:
    inner = indent + STEP
    for position, item in enumerate(ladder.items):
        last = position + 1 == len(ladder.items)
        if position > 0:
            lines.extend(inner + comment for comment in item.before)
            lines.append(inner + "-> ")
        _write(item.content, lines, inner if position > 0 else indent, reserve if last else 0)
        _write_behind(item, lines, inner, last)


def _write_behind(item: Item, lines: list[str], indent: str, last: bool) -> None:
    """The comments behind an item: the first on its line, others below."""
    for position, comment in enumerate(item.behind):
        if position == 0:
            lines[-1] += f"  {comment}"
        else:
            lines.append(indent + comment)


def _head_width(documents: Sequence[Document], reserve: int) -> int:
    """How much of what follows must stand on the same line, up to where it may first be broken."""
    width = 0
    for document in documents:
        if isinstance(document, str):
            width += len(document)
        elif isinstance(document, tuple):
            head = _head_width(document, 0)
            width += head
            if head < len(flat(document)):
                return width
        elif isinstance(document, Group):
            return width + len(document.opening)
        else:
            return width + _head_width((document.items[0].content,), 0)
    return width + reserve
