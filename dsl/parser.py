"""Text to tree, with all syntax errors of the file at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from . import tree
from .build_tree import TreeBuilder
from .diagnostics import Diagnostic
from .layout import lay_out
from .lexing import Lexeme, lex
from .saved_parser import loaded_parser
from .span import nowhere
from .syntax_errors import UnexpectedText


@dataclass(frozen=True)
class ParseResult:
    """The tree of a file, as far as it could be read, and what is wrong with it."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


def parse(text: str, path: str) -> ParseResult:
    """Read the text of a spec. Never raises: what is wrong is among the diagnostics.

    The tree holds what could be read; a statement that could not is an `ErrorStatement`.
    """
    layout = lay_out(lex(text, path))
    loaded = loaded_parser()
    callbacks: Any = loaded.callbacks.create_callback(TreeBuilder(path))
    state: Any = ParserState(ParseConf(loaded.table, callbacks, "start"), None)
    diagnostics = list(layout.diagnostics)
    heights = {}
    lexemes, starts = layout.lexemes, layout.starts
    end = Lexeme("$END", "", lexemes[-1].span if lexemes else nowhere(path))
    index = 0
    last = len(lexemes)
    while index < last:
        lexeme = lexemes[index]
        if starts[index] == index:
            heights[index] = len(state.state_stack)
        try:
            state.feed_token(lexeme)
        except UnexpectedToken as error:
            start = starts[index]
            diagnostics.append(UnexpectedText(lexeme.span, f"`{lexeme.text}`", tuple(sorted(error.expected))))
            del state.state_stack[heights[start] :]
            del state.value_stack[heights[start] - 1 :]
            while index < last and not (lexemes[index].type in ("NEWLINE", "BODY_CLOSE") and starts[index] == start):
                index += 1
            state.feed_token(Lexeme("SKIPPED", "", lexemes[start].span.to(lexemes[index - 1].span)))
            continue
        index += 1
    file: tree.File = state.feed_token(end, True)
    return ParseResult(replace(file, path=path, comments=layout.comments), tuple(diagnostics))
