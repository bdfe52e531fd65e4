"""Text to tree, with all syntax errors of the file at once."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import Any

from lark import Tree
from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from . import tree
from .build_tree import TreeBuilder
from .diagnostics import Diagnostic
from .layout import Layout, lay_out
from .lexing import Lexeme, after
from .odd_text import lex_and_mend
from .recovery import ENDS, Automaton, recover
from .saved_parser import loaded_parser
from .span import nowhere
from .syntax_checks import check_file, too_deep
from .syntax_errors import FileTooLarge
from .text_errors import (
    OddCharacter,
    StrayBracket,
    UnclosedBracket,
    UnclosedDocstring,
    UnclosedString,
    WrongBracket,
)

LARGEST = 1_000_000
"""characters of a file"""
SPOILING = (UnclosedBracket, StrayBracket, WrongBracket, UnclosedString, UnclosedDocstring, OddCharacter)
"""mistakes of the text after which a statement may not make sense, though it did"""


@dataclass(frozen=True)
class ParseResult:
    """The tree of a file, as far as it could be read, and what is wrong with it."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


def parse(text: str, path: str) -> ParseResult:
    """Read the text of a spec. Never raises: what is wrong is among the diagnostics, in the order of the text.

    The tree holds what could be read; a statement that could not is an `ErrorStatement`. A text of more than
    `LARGEST` characters, or nested deeper than `DEEPEST`, gives an empty tree.
    """
    empty = tree.File(nowhere(path), path, (), (), ())
    if len(text) > LARGEST:
        return ParseResult(empty, (FileTooLarge(nowhere(path), len(text), LARGEST),))
    lexemes, odd = lex_and_mend(text, path)
    layout = lay_out(lexemes)
    diagnostics = [*odd, *layout.diagnostics]
    damages = sorted(found.span.start for found in diagnostics if isinstance(found, SPOILING))
    reading = Reading(path, layout, diagnostics, damages)
    file = replace(_read(reading), comments=layout.comments)
    deep = too_deep(file)
    if deep is not None:
        return ParseResult(empty, _in_order([*reading.diagnostics, deep]))
    return ParseResult(file, _in_order([*reading.diagnostics, *check_file(file)]))


def _in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda found: (found.span.start, found.code)))


# ---------------------------------------------------------------- driving the tables


@dataclass
class Reading:
    """One run of the parser over a file."""

    path: str
    layout: Layout
    diagnostics: list[Diagnostic]
    damages: list[int]
    """where the text is damaged, in order"""
    state: Any = None
    segment: int = 0
    """index of the lexeme that the segment being read begins with"""
    states: list[int] = field(default_factory=list)
    """the parser's stack of states, and of values, before that segment"""
    values: list[Any] = field(default_factory=list)


def _read(reading: Reading) -> tree.File:
    loaded = loaded_parser()
    builder = TreeBuilder(reading.path, reading.diagnostics)
    configuration = ParseConf(loaded.table, loaded.callbacks.create_callback(builder), "start")
    reading.state = ParserState(configuration, None)  # type: ignore[arg-type]
    lexemes = reading.layout.lexemes
    place = lexemes[-1].span if lexemes else nowhere(reading.path)
    last = Lexeme("$END", "", replace(place, start=place.end, line=place.end_line, column=place.end_column))
    index = 0
    while index < len(lexemes):
        if _begins_segment(reading.layout, index):
            reading.segment = index
            reading.states = list(reading.state.state_stack)
            reading.values = list(reading.state.value_stack)
        try:
            reading.state.feed_token(lexemes[index])
            index += 1
        except UnexpectedToken:
            index = _recover(reading, index, last)
    try:
        file: tree.File = reading.state.feed_token(last, True)
    except UnexpectedToken:
        _recover(reading, len(lexemes), last)
        file = reading.state.feed_token(last, True)
    return file


def _begins_segment(layout: Layout, index: int) -> bool:
    kind = layout.lexemes[index].type
    if kind in ENDS:
        # A brace that nothing stands before: a segment without a lexeme.
        return kind == "BODY_OPEN" and (index == 0 or layout.lexemes[index - 1].type in ENDS)
    return layout.starts[index] == index or layout.lexemes[index - 1].type == "BODY_CLOSE"


def _recover(reading: Reading, index: int, last: Lexeme) -> int:
    """Put something readable in the place of the segment that `index` lies in; the index to go on at."""
    lexemes = reading.layout.lexemes
    begin, end = reading.segment, index
    while end < len(lexemes) and lexemes[end].type not in ENDS:
        end += 1
    segment = lexemes[begin:end]
    following = lexemes[end] if end < len(lexemes) else last
    _go_back(reading)
    goes_on = begin > 0 and lexemes[begin - 1].type == "BODY_CLOSE"
    recovery = recover(
        Automaton(reading.state.parse_conf.parse_table),
        reading.states,
        segment,
        following,
        goes_on=goes_on,
    )
    # What was left out of the text up to the next statement counts as well.
    bound = end + 1 if end < len(lexemes) and lexemes[end].type == "NEWLINE" else end
    limit = lexemes[bound].span.start if bound < len(lexemes) else None
    if not segment or not _spoiled(reading.damages, segment[0].span.start, limit):
        reading.diagnostics.extend(recovery.diagnostics)
    if recovery.guess:
        _try(reading, (*recovery.guess, following))
    for lexeme in recovery.lexemes:
        reading.state.feed_token(lexeme)
    if recovery.damaged and end < len(lexemes) and lexemes[end].type == "BODY_OPEN":
        return _damaged_body(reading, end)
    return end


def _try(reading: Reading, lexemes: tuple[Lexeme, ...]) -> None:
    """Read lexemes for the diagnostics that building their tree gives, and forget them again."""
    # Lark lets the lists of repeated rules grow in place: grow copies.
    reading.state.value_stack[:] = [
        Tree(value.data, list(value.children)) if isinstance(value, Tree) else value
        for value in reading.values
    ]
    for lexeme in lexemes:
        reading.state.feed_token(lexeme, lexeme.type == "$END")
    _go_back(reading)


def _go_back(reading: Reading) -> None:
    """Put the parser back to where the segment being read begins."""
    reading.state.state_stack[:] = reading.states
    reading.state.value_stack[:] = reading.values


def _damaged_body(reading: Reading, opening: int) -> int:
    """Open a body whose header is not as it was meant: what the header lost is a statement left out of it."""
    lexemes = reading.layout.lexemes
    place = after(lexemes[opening])
    reading.state.feed_token(lexemes[opening])
    reading.state.feed_token(Lexeme("SKIPPED", "", place))
    if lexemes[opening + 1].type != "BODY_CLOSE":
        reading.state.feed_token(Lexeme("NEWLINE", "", place))
    return opening + 1


def _spoiled(damages: list[int], start: int, end: int | None) -> bool:
    """Whether the text between two offsets is damaged itself, which explains why it cannot be read."""
    first = bisect_left(damages, start)
    return first < len(damages) and (end is None or damages[first] < end)
