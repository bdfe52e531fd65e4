"""The canonical text of a spec: same tree, same comments, one way to write them.

Four blanks per level; one blank line at most, one at least around trackers and blocks; `=` aligned among
neighbours of one kind; lines broken at brackets and arrows from 110 characters on; empty braces left out.
A comment that stands where there can be none moves to the line before its statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from . import tree
from .diagnostics import Diagnostic
from .document import STEP, WIDTH, place_comment, written
from .literals import docstring_text
from .margins import NO_MARGINS, Margins, margins_of
from .parser import parse
from .span import Span
from .statement_text import StatementText, condition_text, statement_text

WithBody = tree.TrackerDecl | tree.BlockDecl | tree.IfDecl


@dataclass(frozen=True)
class FormatResult:
    """The text as it should be, or as it was where it has syntax errors."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def format_text(text: str, path: str) -> FormatResult:
    """Write a spec in the canonical way. Formatting twice gives the same; nothing but blanks changes place
    (and comments in the middle of an expression); a text with syntax errors comes back untouched.
    """
    result = parse(text, path)
    if not result.ok:
        return FormatResult(text, result.diagnostics)
    return FormatResult(_file_text(result.file, margins_of(text, path)), result.diagnostics)


def print_file(file: tree.File) -> str:
    """The canonical text of a tree, without comments."""
    return _file_text(file, NO_MARGINS)


def _file_text(file: tree.File, margins: Margins) -> str:
    statements = [*file.uses, *file.declarations]
    if margins is not NO_MARGINS:
        statements.sort(key=lambda statement: statement.span.start)
    entries = _entries(statements, margins, None)
    for entry, following in pairwise(entries):
        large = isinstance(entry.statement, tree.TrackerDecl | tree.BlockDecl)
        follows = isinstance(following.statement, tree.TrackerDecl | tree.BlockDecl)
        if large or (follows and entry.statement is not None):
            following.gap = True
    lines = _entry_lines(entries, margins, "")
    return "\n".join(lines) + "\n" if lines else ""


# ---------------------------------------------------------------- entries: a statement or a comment with its margins


@dataclass
class Entry:
    """A line or lines of a body: a statement, or a comment by itself."""

    statement: tree.Statement | None
    comments: list[str] = field(default_factory=list)
    """before the statement"""
    behind: str | None = None
    """at the end of its last line"""
    gap: bool = False
    """whether a blank line stands before it"""


@dataclass
class Body:
    """The entries of a body and the comment behind its opening brace."""

    entries: list[Entry]
    behind: str | None = None


def _entries(
    statements: Sequence[tree.Statement], margins: Margins, braces: tuple[Span, Span] | None
) -> list[Entry]:
    """The statements of a body and the comments between them, in order."""
    start, end = (braces[0].end, braces[1].start) if braces is not None else (0, margins.length)
    line = braces[0].end_line if braces is not None else 1
    entries: list[Entry] = []
    for statement in statements:
        beginning = margins.beginning(statement)
        line = _add_comments(entries, margins.within(start, beginning.start), line)
        gap = bool(entries) and beginning.line > line + 1
        loose = [comment.text for comment in margins.within(beginning.start, statement.span.start)]
        entries.append(Entry(statement, loose, gap=gap))
        start, line = statement.span.end, statement.span.end_line
    _add_comments(entries, margins.within(start, end), line)
    return entries


def _add_comments(entries: list[Entry], comments: list[tree.Comment], line: int) -> int:
    """Add comments behind the entries so far; the line that they end on."""
    for comment in comments:
        last = entries[-1] if entries else None
        if not comment.own_line and last is not None and last.statement is not None and last.behind is None:
            last.behind = comment.text
        else:
            gap = bool(entries) and comment.span.line > line + 1
            entries.append(Entry(None, [comment.text], gap=gap))
        line = comment.span.line
    return line


def _body(statements: Sequence[tree.Statement], margins: Margins, offset: int) -> Body:
    """The body whose opening brace is the first behind an offset."""
    braces = margins.body_after(offset)
    if braces is None:
        return Body(_entries(statements, NO_MARGINS, None))
    entries = _entries(statements, margins, braces)
    inside = margins.within(braces[0].end, braces[1].start)
    if not inside or inside[0].own_line or inside[0].span.line != braces[0].line or entries[0].statement:
        return Body(entries)
    rest = entries[1:]
    if rest:
        rest[0].gap = False
    return Body(rest, inside[0].text)


# ---------------------------------------------------------------- lines


def _entry_lines(entries: list[Entry], margins: Margins, indent: str) -> list[str]:
    """The lines of a body."""
    texts = [_halves(entry, margins, indent) for entry in entries]
    widths = _aligned_widths(entries, texts)
    lines: list[str] = []
    ends: list[int | None] = []
    for entry, text, width in zip(entries, texts, widths, strict=True):
        if entry.gap:
            lines.append("")
        written_lines = _statement_lines(entry, text, width, margins, indent)
        lines += written_lines
        ends.append(len(lines) - 1 if entry.behind is not None else None)
    _append_comments(lines, entries, ends)
    return lines


def _halves(entry: Entry, margins: Margins, indent: str) -> StatementText | None:
    """The text of a simple statement with its comments in place; those without a place go before it.

    What takes several lines even by itself is aligned with nothing.
    """
    statement = entry.statement
    if statement is None or isinstance(statement, WithBody):
        return None
    text = statement_text(statement)
    for comment in margins.within(statement.span.start, statement.span.end):
        if not place_comment(text.right, comment.text, comment.span.start, comment.own_line):
            entry.comments.append(comment.text)
    if len(written(text.right, indent, indent + text.left)) > 1:
        return replace(text, family=None)
    return text


def _aligned_widths(entries: list[Entry], texts: list[StatementText | None]) -> list[int]:
    """For each entry the width of what stands before `=`, the same for neighbours of one family."""
    runs: list[list[int]] = []
    family: str | None = None
    for index, (entry, text) in enumerate(zip(entries, texts, strict=True)):
        own = text.family if text is not None else None
        documented = entry.statement is not None and entry.statement.doc is not None
        if own is None or own != family or entry.gap or entry.comments or documented:
            runs.append([])
        runs[-1].append(index)
        family = own
    widths = [0] * len(entries)
    for run in runs:
        width = max(len(text.left) if text is not None else 0 for text in (texts[index] for index in run))
        for index in run:
            widths[index] = width
    return widths


def _append_comments(lines: list[str], entries: list[Entry], ends: list[int | None]) -> None:
    """Write the comments behind statements, those of neighbouring lines one below the other."""
    run: list[tuple[int, str]] = []
    for entry, end in zip(entries, ends, strict=True):
        if end is None or entry.behind is None or (run and run[-1][0] + 1 != end):
            _write_run(lines, run)
            run = []
        if end is not None and entry.behind is not None:
            run.append((end, entry.behind))
    _write_run(lines, run)


def _write_run(lines: list[str], run: list[tuple[int, str]]) -> None:
    """Put the comments of a run in one column, but for lines too long for all to fit."""
    aligned = sorted(run, key=lambda item: len(lines[item[0]]))
    while aligned and len(lines[aligned[-1][0]]) + 2 + max(len(comment) for _, comment in aligned) > WIDTH:
        aligned.pop()
    column = len(lines[aligned[-1][0]]) if aligned else 0
    for end, comment in run:
        lines[end] = f"{lines[end].ljust(column)}  {comment}"


def _statement_lines(
    entry: Entry, text: StatementText | None, width: int, margins: Margins, indent: str
) -> list[str]:
    statement = entry.statement
    before = [indent + comment for comment in entry.comments]
    if statement is None:
        return before
    document = [] if statement.doc is None else (indent + docstring_text(statement.doc, indent)).split("\n")
    if isinstance(statement, WithBody):
        lines, loose = _with_body(statement, margins, indent)
    else:
        assert text is not None
        loose = []
        lines = written(text.right, indent, indent + text.left.ljust(width))
    return [*before, *(indent + comment for comment in loose), *document, *lines]


# ---------------------------------------------------------------- statements with a body


def _with_body(statement: WithBody, margins: Margins, indent: str) -> tuple[list[str], list[str]]:
    """The lines of a statement with a body, and the comments of its header, which have no place in it."""
    match statement:
        case tree.IfDecl():
            return _choice_lines(statement, margins, indent)
        case tree.TrackerDecl():
            base = "" if statement.base is None else f" extends {statement.base.text}"
            header = f"tracker {statement.name.text}{base}"
            behind = statement.base or statement.name
        case tree.BlockDecl():
            parameters = ", ".join(name.text for name in statement.parameters)
            header = f"block {statement.name.text}({parameters})"
            behind = (statement.name, *statement.parameters)[-1]
    body = _body(statement.body, margins, behind.span.end)
    loose = _header_comments(margins, statement.span.start, behind.span.end)
    if not body.entries and body.behind is None:
        return [f"{indent}{header} {{ }}"], loose
    return [*_opened(f"{indent}{header} {{", body, margins, indent), indent + "}"], loose


def _choice_lines(statement: tree.IfDecl, margins: Margins, indent: str) -> tuple[list[str], list[str]]:
    """`if c { } else if c { } else { }`."""
    lines: list[str] = []
    lead = f"{indent}if "
    loose = _header_comments(margins, statement.span.start, statement.condition.span.end)
    choice: tree.IfDecl | None = statement
    while choice is not None:
        condition_end = choice.condition.span.end
        then = _body(choice.then, margins, condition_end)
        then_braces = margins.body_after(condition_end)
        then_end = then_braces[1].end if then_braces is not None else 0
        following = _else_if(choice, margins, then_end)
        if choice.otherwise:
            reach = following.condition.span.end if following is not None else then_end
            between = _header_comments(margins, then_end, reach)
        else:
            # An empty `else` is left out; a comment in it is not.
            between = [comment.text for comment in margins.within(then_end, choice.span.end)]
        then.entries += [Entry(None, [comment]) for comment in between]
        lines += _opened(f"{lead}{condition_text(choice.condition)} {{", then, margins, indent)
        if following is None and choice.otherwise:
            otherwise = _body(choice.otherwise, margins, then_end)
            lines += _opened(f"{indent}}} else {{", otherwise, margins, indent)
        lead = f"{indent}}} else if "
        choice = following
    return [*lines, indent + "}"], loose


def _else_if(choice: tree.IfDecl, margins: Margins, then_end: int) -> tree.IfDecl | None:
    """The `if` directly behind an `else`, without braces between."""
    if len(choice.otherwise) != 1:
        return None
    inner = choice.otherwise[0]
    if not isinstance(inner, tree.IfDecl) or inner.doc is not None:
        return None
    braces = margins.body_after(then_end)
    in_braces = braces is not None and braces[0].start < inner.span.start
    return None if in_braces else inner


def _header_comments(margins: Margins, start: int, end: int) -> list[str]:
    """The comments between `start` and the brace of the body behind `end`."""
    braces = margins.body_after(end)
    return [] if braces is None else [comment.text for comment in margins.within(start, braces[0].start)]


def _opened(header: str, body: Body, margins: Margins, indent: str) -> list[str]:
    """A header with the lines of its body."""
    first = header if body.behind is None else f"{header}  {body.behind}"
    return [first, *_entry_lines(body.entries, margins, indent + STEP)]
