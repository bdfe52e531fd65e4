"""Text to lexemes: every lexeme with its span, the text cut completely, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .saved_parser import loaded_parser
from .span import Span


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of text with the name of its terminal in the grammar: `SNAKE`, `ARROW`, `NEWLINE`."""

    type: str
    text: str
    span: Span


def lex(text: str, path: str) -> list[Lexeme]:
    """The lexemes of a text, line ends and the comments folded into them included, blanks left out."""
    tokens: Iterator[Any] = loaded_parser().lark.lex(text)
    return [
        Lexeme(
            token.type,
            token.value,
            Span(
                path,
                token.start_pos,
                token.end_pos,
                token.line,
                token.column,
                token.end_line,
                token.end_column,
            ),
        )
        for token in tokens
    ]


def after(lexeme: Lexeme) -> Span:
    """The empty span behind a lexeme: where something is missing."""
    return lexeme.span.behind


def ahead(lexeme: Lexeme) -> Span:
    """The empty span before a lexeme."""
    return lexeme.span.ahead
