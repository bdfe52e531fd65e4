"""Brackets and lines: from the lexemes of a text to those that the grammar reads.

A newline ends a statement only within the braces of a body and at the top of a file; within any other brackets,
before and after `->`, and before `else` it is a blank. The braces of a body are told from those that configure
by the line they stand on: the first brace of a line that begins with `tracker`, `block`, `if` or `else` opens a
body. What comes out is balanced whatever goes in: brackets that are missing are put in (empty in the text) and
those too many left out, each with a diagnostic, so that a wrong bracket does not spoil the rest of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .diagnostics import Diagnostic
from .keywords import CLOSERS, NAMES, OPENERS, SIGNS, VALUE_ENDS
from .lexing import Lexeme, after
from .span import Span
from .syntax_errors import TooDeep
from .text_errors import StrayBracket, UnclosedBracket, WrongBracket
from .tree import Comment

DEEPEST = 100
"""brackets within brackets, and expressions within expressions"""
HEADERS = frozenset({"TRACKER", "BLOCK", "IF", "ELSE"})
NEVER_INSIDE = frozenset(
    {"RETURN", "FREEZE", "OVERRIDE", "REMOVE", "PARAM", "FN", "DOCSTRING", "UNCLOSED_DOCSTRING"}
)
"""what begins a statement and never an expression, setting or argument, given that a name follows"""
DECLARES = frozenset(
    {"BACKBONE", "NECK", "HEAD", "LOSS", "PART", "TEMPLATE", "SEARCH", "TRUTH", "OUTPUT", "STATE", "NEXT"}
)


@dataclass(frozen=True)
class Layout:
    """What the parser reads, and what was found on the way."""

    lexemes: tuple[Lexeme, ...]
    starts: tuple[int, ...]
    """for each lexeme the index of the first one of the innermost statement that it belongs to, or ends"""
    comments: tuple[Comment, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass
class Frame:
    """Something open: the file, a body or a pair of brackets."""

    opening: Lexeme | None
    closer: str
    """terminal that closes it"""
    is_body: bool
    head: int | None = None
    """in a body: the index of the first lexeme of the statement being read"""
    has_equal: bool = False
    """in a body: whether that statement has shown a `=`"""
    column: int = 1
    """where the statement that opened it begins"""
    suspect: Frame | None = None
    """a body within, closed by a brace that stood under this one's statement"""


@dataclass
class Reader:
    """The state of one run over a file."""

    given: list[Lexeme]
    out: list[Lexeme] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=lambda: [Frame(None, "$END", is_body=True)])


def lay_out(lexemes: list[Lexeme]) -> Layout:
    """Arrange a file's lexemes for the grammar."""
    reader = Reader(lexemes)
    line_end: Lexeme | None = None
    for position, lexeme in enumerate(lexemes):
        if lexeme.type == "NEWLINE":
            _note_comments(reader, lexeme)
            line_end = lexeme
            continue
        if line_end is not None:
            _begin_line(reader, position, line_end)
            line_end = None
        _place(reader, position)
        if len(reader.frames) > DEEPEST + 1:
            return Layout((), (), tuple(reader.comments), (TooDeep(lexeme.span, DEEPEST),))
    _finish(reader)
    return Layout(tuple(reader.out), tuple(reader.starts), tuple(reader.comments), tuple(reader.diagnostics))


# ---------------------------------------------------------------- lines


def _note_comments(reader: Reader, line_end: Lexeme) -> None:
    """Keep the comments that the lexer folded into a line end."""
    offset = 0
    alone = not reader.out or reader.out[-1].span.end_line < line_end.span.line
    span = line_end.span
    line, column = span.line, span.column
    for piece in line_end.text.split("\n"):
        at = piece.find("#")
        if at >= 0:
            text = piece[at:].rstrip()
            start = span.start + offset + at
            place = Span(
                span.path, start, start + len(text), line, column + at, line, column + at + len(text)
            )
            reader.comments.append(Comment(place, text, own_line=alone))
        offset += len(piece) + 1
        line, column, alone = line + 1, 1, True


def _begin_line(reader: Reader, position: int, line_end: Lexeme) -> None:
    """Decide what the line end before a lexeme is: a blank, the end of a statement, or of a bracket as well."""
    lexeme = reader.given[position]
    if not reader.frames[-1].is_body:
        if not _begins_statement(reader, position):
            return
        _close_brackets(reader, lexeme)
    if lexeme.type in ("TRACKER", "BLOCK", "USE") and _begins_declaration(reader, position):
        _close_bodies(reader, lexeme)
    if not _continues(reader, lexeme):
        _emit(reader, Lexeme("NEWLINE", "", after(reader.out[-1])))
        reader.frames[-1].head = None
        reader.frames[-1].has_equal = False


def _continues(reader: Reader, lexeme: Lexeme) -> bool:
    """Whether a line goes on with what came before it."""
    frame = reader.frames[-1]
    if not reader.out or frame.head is None:
        return True
    last = reader.out[-1].type
    if last in ("DOCSTRING", "UNCLOSED_DOCSTRING", "ARROW") or lexeme.type in ("ARROW", "BRACE_CLOSE"):
        return True
    if lexeme.type == "ELSE":
        return last == "BODY_CLOSE"
    # A brace on a line of its own, under the header that it belongs to.
    return lexeme.type == "BRACE_OPEN" and last != "BODY_CLOSE" and _is_header(reader)


def _begins_statement(reader: Reader, position: int) -> bool:
    """Whether a line within brackets is certainly a new statement, so that the brackets were forgotten."""
    lexeme, last = reader.given[position], reader.out[-1]
    following = reader.given[position + 1].type if position + 1 < len(reader.given) else "$END"
    if lexeme.type in ("DOCSTRING", "UNCLOSED_DOCSTRING"):
        return True
    named = following in NAMES or following in ("CAMEL", "NUMBER", "STRING")
    if lexeme.type in NEVER_INSIDE or lexeme.type in DECLARES:
        return named
    if lexeme.type in ("TRACKER", "BLOCK"):
        return following == "CAMEL"
    if lexeme.type == "USE":
        return following in ("STRING", "PYTHON")
    return False if last.type not in VALUE_ENDS else _is_assignment(reader, position)


def _is_assignment(reader: Reader, position: int) -> bool:
    """Whether `a =` or `a, b =` stands here, no further in than the statement that is open."""
    statement = reader.out[reader.starts[-1]]
    if reader.given[position].span.column > statement.span.column:
        return False
    while reader.given[position].type in NAMES and position + 1 < len(reader.given):
        following = reader.given[position + 1].type
        if following != "COMMA":
            return following == "EQUAL"
        position += 2
        if position >= len(reader.given):
            return False
    return False


def _begins_declaration(reader: Reader, position: int) -> bool:
    """Whether a declaration of the top level stands here, no further in than the body that is still open."""
    frame = reader.frames[-1]
    if frame.opening is None or position + 1 >= len(reader.given):
        return False
    following = reader.given[position + 1].type
    wanted = ("STRING", "PYTHON") if reader.given[position].type == "USE" else ("CAMEL",)
    return following in wanted and reader.given[position].span.column <= _outermost(reader).column


def _outermost(reader: Reader) -> Frame:
    return reader.frames[1]


# ---------------------------------------------------------------- brackets


def _place(reader: Reader, position: int) -> None:
    """Pass a lexeme on, opening and closing what it opens and closes."""
    lexeme = reader.given[position]
    if lexeme.type in OPENERS:
        _open(reader, lexeme)
        return
    if lexeme.type in CLOSERS:
        _close(reader, lexeme)
        return
    if lexeme.type == "EQUAL" and reader.frames[-1].is_body:
        reader.frames[-1].has_equal = True
    _emit(reader, lexeme)


def _open(reader: Reader, lexeme: Lexeme) -> None:
    is_body = lexeme.type == "BRACE_OPEN" and reader.frames[-1].is_body and _opens_body(reader)
    closer = "BODY_CLOSE" if is_body else OPENERS[lexeme.type]
    if is_body:
        lexeme = Lexeme("BODY_OPEN", lexeme.text, lexeme.span)
    _emit(reader, lexeme)
    column = reader.out[reader.starts[-1]].span.column
    reader.frames.append(Frame(lexeme, closer, is_body, column=column))


def _opens_body(reader: Reader) -> bool:
    frame = reader.frames[-1]
    if frame.head is None:
        return True
    last = reader.out[-1]
    if last.type == "BODY_CLOSE" or _is_header(reader):
        return True
    head = _head(reader)
    if frame.has_equal or head.type == "USE" or last is head:
        return False
    # A line that begins with no word of the language: a mistyped `tracker` or `if`.
    at_top = len(reader.frames) == 1
    return at_top or head.type == "FOR" or (head.type == "SNAKE" and last.type != "CAMEL")


def _is_header(reader: Reader) -> bool:
    """Whether the statement being read is one that has a body."""
    head = _head(reader)
    if head.type in ("TRACKER", "BLOCK"):
        return not reader.frames[-1].has_equal
    return head.type in HEADERS


def _head(reader: Reader) -> Lexeme:
    """The first lexeme of the statement being read, but for its docstring."""
    index = reader.frames[-1].head
    assert index is not None
    while reader.out[index].type in ("DOCSTRING", "UNCLOSED_DOCSTRING") and index + 1 < len(reader.out):
        index += 1
    return reader.out[index]


def _close(reader: Reader, lexeme: Lexeme) -> None:
    frame = reader.frames[-1]
    if lexeme.type == "BRACE_CLOSE":
        while not _closed_by_brace(reader.frames[-1]) and len(reader.frames) > 1:
            _close_missing(reader, lexeme)
    elif not frame.is_body and frame.closer != lexeme.type:
        # Does it close something further out, or is it the wrong kind for this one?
        if _opened_further_out(reader, lexeme.type):
            while reader.frames[-1].closer != lexeme.type:
                _close_missing(reader, lexeme)
        else:
            assert frame.opening is not None
            reader.diagnostics.append(
                WrongBracket(lexeme.span, lexeme.text, SIGNS[frame.closer], frame.opening.span)
            )
            lexeme = Lexeme(frame.closer, lexeme.text, lexeme.span)
    frame = reader.frames[-1]
    if frame.opening is None or (frame.is_body and lexeme.type != "BRACE_CLOSE"):
        reader.diagnostics.append(StrayBracket(lexeme.span, lexeme.text))
        return
    if frame.is_body:
        _suspect(reader, lexeme)
        lexeme = Lexeme("BODY_CLOSE", lexeme.text, lexeme.span)
    _emit(reader, lexeme)
    reader.frames.pop()


def _closed_by_brace(frame: Frame) -> bool:
    return frame.closer in ("BRACE_CLOSE", "BODY_CLOSE")


def _opened_further_out(reader: Reader, closer: str) -> bool:
    for frame in reversed(reader.frames):
        if frame.is_body or frame.closer == "BRACE_CLOSE":
            return False
        if frame.closer == closer:
            return True
    return False


def _suspect(reader: Reader, lexeme: Lexeme) -> None:
    """Remember a body whose closing brace stands further out than its statement: it may belong to another."""
    frame, outer = reader.frames[-1], reader.frames[-2]
    first_on_line = reader.out[-1].span.end_line < lexeme.span.line
    if first_on_line and lexeme.span.column < frame.column:
        outer.suspect = outer.suspect or frame
    if frame.suspect is not None:
        outer.suspect = outer.suspect or frame.suspect


def _close_missing(reader: Reader, found: Lexeme | None) -> None:
    """Put in the bracket that is missing for the innermost frame, and say so."""
    frame = reader.frames[-1]
    assert frame.opening is not None
    blamed = frame.suspect or frame
    assert blamed.opening is not None
    opening = blamed.opening
    place = found.span if found is not None else None
    # A string without its end has swallowed the bracket.
    inside = reader.out[reader.starts[-1] :]
    if frame.is_body or all(lexeme.type != "UNCLOSED_STRING" for lexeme in inside):
        reader.diagnostics.append(UnclosedBracket(opening.span, opening.text, SIGNS[blamed.closer], place))
    _emit(reader, Lexeme(frame.closer, "", after(reader.out[-1])))
    reader.frames.pop()


def _close_brackets(reader: Reader, found: Lexeme) -> None:
    while not reader.frames[-1].is_body:
        _close_missing(reader, found)


def _close_bodies(reader: Reader, found: Lexeme) -> None:
    while reader.frames[-1].opening is not None:
        _close_missing(reader, found)


def _finish(reader: Reader) -> None:
    while reader.frames[-1].opening is not None:
        _close_missing(reader, None)


def _emit(reader: Reader, lexeme: Lexeme) -> None:
    bodies = [frame for frame in reversed(reader.frames) if frame.is_body]
    innermost = bodies[0]
    if innermost.head is None and lexeme.type not in ("BODY_CLOSE", "NEWLINE"):
        innermost.head = len(reader.out)
    head = next((frame.head for frame in bodies if frame.head is not None), len(reader.out))
    reader.starts.append(head)
    reader.out.append(lexeme)
