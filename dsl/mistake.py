"""A place where a statement cannot be read on, with what patterns of mistakes ask about it."""

from __future__ import annotations

from dataclasses import dataclass

from .diagnostics import Diagnostic
from .keywords import CLOSERS, DOCSTRINGS, OPENERS, SIGNS
from .lexing import Lexeme, after, ahead


@dataclass(frozen=True)
class Finding:
    """A mistake, and the segment as it was meant, if that is clear."""

    diagnostic: Diagnostic
    mended: tuple[Lexeme, ...] | None = None
    certain: bool = True
    """whether it was meant so; a guess only serves to look for further mistakes in the line"""


@dataclass(frozen=True)
class Mistake:
    """A segment of a statement that can be read up to `at`."""

    line: tuple[Lexeme, ...]
    at: int
    """index of what does not fit; the length of the line where the line ends too early"""
    end: Lexeme
    """what follows the line"""
    expected: frozenset[str]
    at_top: bool
    goes_on: bool
    """whether it follows the body of the statement that it belongs to"""

    @property
    def found(self) -> Lexeme:
        return self.line[self.at] if self.at < len(self.line) else self.end

    @property
    def ends_early(self) -> bool:
        return self.at >= len(self.line)

    @property
    def before(self) -> Lexeme | None:
        return self.line[self.at - 1] if self.at > 0 else None

    @property
    def head_index(self) -> int:
        """Index of the first lexeme behind the docstrings."""
        return next(
            (index for index, lexeme in enumerate(self.line) if lexeme.type not in DOCSTRINGS), len(self.line)
        )

    @property
    def head(self) -> Lexeme:
        index = self.head_index
        return self.line[index] if index < len(self.line) else self.end

    def type_at(self, index: int) -> str:
        return self.line[index].type if 0 <= index < len(self.line) else self.end.type

    @property
    def open_brackets(self) -> tuple[int, ...]:
        """Indices of the brackets that are open at `at`."""
        indices: list[int] = []
        for index, lexeme in enumerate(self.line[: self.at]):
            if lexeme.type in OPENERS:
                indices.append(index)
            elif lexeme.type in CLOSERS and indices:
                indices.pop()
        return tuple(indices)

    @property
    def inside(self) -> str | None:
        """The terminal of the innermost bracket that is open at `at`."""
        brackets = self.open_brackets
        return self.line[brackets[-1]].type if brackets else None

    def same_level(self) -> list[Lexeme]:
        """The lexemes before `at` since the innermost open bracket, what is in closed brackets left out."""
        brackets = self.open_brackets
        begin = brackets[-1] + 1 if brackets else self.head_index
        depth, kept = 0, []
        for lexeme in self.line[begin : self.at]:
            depth -= lexeme.type in CLOSERS
            if depth == 0:
                kept.append(lexeme)
            depth += lexeme.type in OPENERS
        return kept

    def replaced(self, index: int, kind: str, count: int = 1, text: str | None = None) -> tuple[Lexeme, ...]:
        """The line with `count` lexemes from `index` on read as one of `kind`."""
        old = self.line[index]
        span = old.span.to(self.line[index + count - 1].span)
        new = Lexeme(kind, text or SIGNS.get(kind, old.text), span)
        return (*self.line[:index], new, *self.line[index + count :])

    def with_inserted(self, index: int, *kinds: str) -> tuple[Lexeme, ...]:
        """The line with lexemes of these kinds put in before `index`."""
        place = after(self.line[index - 1]) if index > 0 else ahead(self.found)
        new = [Lexeme(kind, SIGNS.get(kind, "unnamed"), place) for kind in kinds]
        return (*self.line[:index], *new, *self.line[index:])

    def without(self, index: int) -> tuple[Lexeme, ...]:
        return (*self.line[:index], *self.line[index + 1 :])
