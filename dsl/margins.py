"""What stands around the statements of a file: comments, blank lines, docstrings and the braces of bodies."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from . import tree
from .layout import lay_out
from .odd_text import lex_and_mend
from .span import Span


@dataclass(frozen=True)
class Margins:
    """The places in a text of what its tree does not hold. All of it is empty for a tree without a text."""

    length: int
    comments: tuple[tree.Comment, ...]
    docstrings: dict[int, Span]
    """the span of a docstring by the offset at which the statement after it begins"""
    opens: tuple[Span, ...]
    """the opening braces of bodies"""
    closes: dict[int, Span]
    """closing braces of bodies by the offset of the opening one"""

    def body_after(self, offset: int) -> tuple[Span, Span] | None:
        """The braces of the first body that begins at or behind an offset."""
        index = bisect_left(self.opens, offset, key=lambda span: span.start)
        if index >= len(self.opens):
            return None
        opening = self.opens[index]
        return opening, self.closes[opening.start]

    def within(self, start: int, end: int) -> list[tree.Comment]:
        """The comments between two offsets."""
        first = bisect_left(self.comments, start, key=lambda comment: comment.span.start)
        last = bisect_left(self.comments, end, key=lambda comment: comment.span.start)
        return list(self.comments[first:last])

    def beginning(self, statement: tree.Statement) -> Span:
        """The span of a statement's docstring where it has one, else its own."""
        return self.docstrings.get(statement.span.start, statement.span)


NO_MARGINS = Margins(0, (), {}, (), {})


def margins_of(text: str, path: str) -> Margins:
    """Read the margins of a text that has no syntax errors."""
    layout = lay_out(lex_and_mend(text, path)[0])
    docstrings: dict[int, Span] = {}
    opens: list[Span] = []
    closes: dict[int, Span] = {}
    waiting: list[Span] = []
    for index, lexeme in enumerate(layout.lexemes):
        if lexeme.type == "DOCSTRING":
            docstrings[layout.lexemes[index + 1].span.start] = lexeme.span
        elif lexeme.type == "BODY_OPEN":
            opens.append(lexeme.span)
            waiting.append(lexeme.span)
        elif lexeme.type == "BODY_CLOSE":
            closes[waiting.pop().start] = lexeme.span
    return Margins(len(text), layout.comments, docstrings, tuple(opens), closes)
