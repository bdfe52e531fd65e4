"""Somebody who writes a spec in an editor with as few keys as completion allows, and notes every word that they had to
spell out themselves."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from .conftest import Document

STOP = re.compile(r"\$\{(\d+):((?:[^}\\]|\\.)*)\}|\$(\d+)")
PIECE = re.compile(r'"""(?s:.*?)"""|"[^"]*"|\d+\.\d+|\w+|->|[=!<>]=|\*\*|//|\n\s*|[^\s\w]')


def pieces(text: str) -> list[str]:
    """The words and signs of a text, as a person types them; a line's end is one, too, and stands for blank lines."""
    found = PIECE.findall(text)
    return [
        "\n" if "\n" in each and not each.startswith('"') else each
        for number, each in enumerate(found)
        if "\n" not in each or each.startswith('"') or number > 0
    ]


@dataclass(frozen=True)
class Stop:
    """A place of a snippet that is to be filled in, with what stands there so far."""

    text: str


def parts_of(snippet: str) -> list[str | Stop]:
    """A snippet's text and stops in turn. A later stop of the same number mirrors the first: it is left as it is."""
    found: list[str | Stop] = []
    at = 0
    for stop in STOP.finditer(snippet):
        found += [unescaped(snippet[at : stop.start()]), Stop(unescaped(stop.group(2) or ""))]
        at = stop.end()
    return [each for each in (*found, unescaped(snippet[at:])) if each != ""]


def unescaped(text: str) -> str:
    return re.sub(r"\\([$}\\])", r"\1", text)


@dataclass
class Typist:
    """Writes `wanted` into an empty document. `left` stands before the cursor, `right` behind it."""

    document: Document
    wanted: list[str]
    free: frozenset[str]
    """words that only the writer can know: names that are declared here"""
    before: Mapping[str, Callable[[Document], Awaitable[None]]] = field(default_factory=dict)
    """what to wait for before a word is written"""
    left: str = ""
    right: list[str | Stop] = field(default_factory=list)
    done: int = 0
    spelled: list[tuple[str, str]] = field(default_factory=list)
    """words that completion did not offer where they were written, each with the line so far"""
    accepted: int = 0
    """items that were taken"""

    @property
    def text(self) -> str:
        return self.left + "".join(each.text if isinstance(each, Stop) else each for each in self.right)

    async def write(self) -> str:
        """Write all of it."""
        while self.done < len(self.wanted):
            if not self.step_over():
                await self.next_word()
        self.left, self.right = self.text, []
        self.document.write(self.left)
        return self.left

    # ------------------------------------------------------------ what a snippet has written already

    def step_over(self) -> bool:
        """Move over what stands behind the cursor, where it is what comes next."""
        if not self.right:
            return False
        first = self.right[0]
        if isinstance(first, Stop):
            self.right.pop(0)
            words = pieces(first.text)
            if words and words == list(self.wanted[self.done : self.done + len(words)]):
                self.left += first.text
                self.done += len(words)
            return True
        blank = len(first) - len(first.lstrip())
        word = next(iter(pieces(first.lstrip())), "")
        if "\n" in first[:blank] and self.wanted[self.done] == "\n":
            self.take(first[: first.index("\n") + 1], first[first.index("\n") + 1 :])
            self.done += 1
            return True
        if word == self.wanted[self.done] and word.strip():
            end = blank + len(word)
            self.take(first[:end], first[end:])
            self.done += 1
            return True
        if not first.strip():
            self.take(first, "")
            return True
        return False

    def take(self, written: str, rest: str) -> None:
        self.left += written
        self.right[:1] = [rest] if rest else []

    # ------------------------------------------------------------ what is written anew

    async def next_word(self) -> None:
        word = self.wanted[self.done]
        if word in self.before:
            self.document.write(self.text)
            await self.before[word](self.document)
        if word == "\n":
            self.left = self.left.rstrip(" ") + "\n"
            self.done += 1
        elif not needs_offer(word) or self.is_free(word):
            self.spell(word)
        elif word.startswith('"'):
            await self.write_text(word)
        else:
            await self.complete(word)

    def is_free(self, word: str) -> bool:
        """A name is free where it is declared; anywhere else it is to be offered."""
        before = self.wanted[: self.done]
        return word in self.free and (word not in before or before[-1:] == ["for"])

    def spell(self, word: str) -> None:
        apart = word not in (*",.:)]", "(", "[") or self.left.endswith(("=", "->", "*"))
        self.left += (" " if apart and not self.left.endswith(TIGHT) and self.left else "") + word
        self.done += 1

    async def write_text(self, word: str) -> None:
        """A text: its signs are typed, what stands between them is completed piece by piece, as a path is.

        The text that a param stands for is the writer's own.
        """
        if not self.open_text():
            self.left += ("" if self.left.endswith(TIGHT) else " ") + '"'
        rest = word[1:-1]
        while rest:
            fitting = [inserted(each) for each in await self.offers() if rest.startswith(inserted(each))]
            if not fitting and not self.line().lstrip().startswith("param "):
                self.spelled.append((rest, self.line()))
            written = max(fitting, key=len, default=rest)
            self.accepted += bool(fitting)
            self.left += written
            rest = rest[len(written) :]
        if self.right and isinstance(self.right[0], str) and self.right[0].startswith('"'):
            self.take('"', self.right[0][1:])
        else:
            self.left += '"'
        self.done += 1

    def open_text(self) -> bool:
        """Step into a text that a snippet has begun."""
        first = self.right[0] if self.right else ""
        if not isinstance(first, str) or not first.lstrip().startswith('"'):
            return False
        end = first.index('"') + 1
        self.take(first[:end], first[end:])
        if self.right and isinstance(self.right[0], Stop):
            self.right.pop(0)
        return True

    async def complete(self, word: str) -> None:
        """Take the item that writes the most of what is wanted here."""
        if self.left and not self.left.endswith(TIGHT):
            self.left += " "
        best: list[str | Stop] = []
        for item in await self.offers():
            parts = parts_of(inserted(item)) if is_snippet(item) else [inserted(item)]
            if self.suits(parts) and weight(parts) > weight(best):
                best = parts
        if not best:
            self.spelled.append((word, self.line()))
            self.spell(word)
            return
        self.accepted += 1
        self.right = [*best, *self.right]

    def suits(self, parts: Sequence[str | Stop]) -> bool:
        """Whether what an item begins with is wanted next, and the rest of its own text before the statement ends."""
        begin = pieces(next((each for each in parts if isinstance(each, str)), ""))
        begin = [each for each in begin if each != '"']
        if not begin or begin != self.wanted[self.done : self.done + len(begin)]:
            return False
        fixed = [word for each in parts if isinstance(each, str) for word in pieces(each)]
        ahead = iter(self.statement() if "\n" not in fixed else self.wanted[self.done :])
        return all(word in ahead for word in fixed if word != '"')

    def statement(self) -> Sequence[str]:
        rest = list(self.wanted[self.done :])
        return rest[: rest.index("\n")] if "\n" in rest else rest

    async def offers(self) -> list[types.CompletionItem]:
        self.document.write(self.text)
        place = self.document.end(len(self.left))
        return list((await self.document.complete(place)).values())

    def line(self) -> str:
        return self.left.rpartition("\n")[2]


TIGHT = (" ", "(", "[", ".", "\n")
"""behind these no space is typed"""


def needs_offer(word: str) -> bool:
    """Whether a word is one that completion should know: no sign, number or docstring."""
    return (word[:1].isalpha() or word[:1] in '_"') and not word.startswith('"""')


def is_snippet(item: types.CompletionItem) -> bool:
    return item.insert_text_format == types.InsertTextFormat.Snippet


def inserted(item: types.CompletionItem) -> str:
    edit: Any = item.text_edit
    return str(edit.new_text if edit is not None else item.insert_text or item.label)


def weight(parts: Sequence[str | Stop]) -> int:
    """Letters that an item spares."""
    return sum(len(each) for each in parts if isinstance(each, str))
