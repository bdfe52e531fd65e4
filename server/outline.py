"""The structure of a file: what is declared, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..dsl import tree
from ..dsl.references import declared, word_of
from ..dsl.span import Span
from .completion import flattened
from .symbols import configured


@dataclass(frozen=True)
class Entry:
    """A declaration."""

    name: str
    word: str
    """`tracker`, `block`, `backbone`, `wire` ..."""
    detail: str
    span: Span
    name_span: Span
    children: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Lines that can be folded, counted from 1."""

    first: int
    last: int
    kind: str
    """`region`, `comment` or `imports`"""


def outline(file: tree.File) -> tuple[Entry, ...]:
    """Trackers and blocks with what each declares."""
    entries = []
    for body in file.declarations:
        word = "tracker" if isinstance(body, tree.TrackerDecl) else "block"
        base = body.base if isinstance(body, tree.TrackerDecl) else None
        detail = f"{word} extends {base.text}" if base is not None else word
        children = tuple(members(body.body))
        entries.append(Entry(body.name.text, word, detail, body.span, body.name.span, children))
    return tuple(entries)


def members(statements: Iterable[tree.Statement]) -> Iterator[Entry]:
    for statement in flattened(statements):
        word = word_of(statement)
        for found in declared(statement):
            if found.space == "next":
                continue
            value = getattr(statement, "value", None)
            made = configured(value) if isinstance(value, tree.Tree) else ""  # type: ignore[arg-type]
            span = statement.span
            inside = span.start <= found.span.start and found.span.end <= span.end
            yield Entry(found.name, word, f"{word} {made}".strip(), span, found.span if inside else span)


def folds(file: tree.File, text: str) -> tuple[Fold, ...]:
    """Bodies, lists over several lines, docstrings, runs of comments, and the `use`s."""
    found = [*(fold for body in file.declarations for fold in folds_of(body))]
    if len(file.uses) > 1:
        found.append(Fold(file.uses[0].span.line, file.uses[-1].span.end_line, "imports"))
    found += [*comments(file.comments), *docstrings(file, text)]
    return tuple(
        sorted({each for each in found if each.last > each.first}, key=lambda each: (each.first, -each.last))
    )


def folds_of(statement: tree.Statement) -> Iterator[Fold]:
    yield Fold(statement.span.line, statement.span.end_line, "region")
    inner: tuple[tree.Statement, ...] = ()
    if isinstance(statement, tree.TrackerDecl | tree.BlockDecl):
        inner = statement.body
    elif isinstance(statement, tree.IfDecl):
        inner = (*statement.then, *statement.otherwise)
    for each in inner:
        yield from folds_of(each)


def comments(found: Iterable[tree.Comment]) -> Iterator[Fold]:
    """Runs of lines that are comments."""
    first = last = 0
    for comment in (each for each in found if each.own_line):
        if comment.span.line != last + 1:
            yield Fold(first, last, "comment")
            first = comment.span.line
        last = comment.span.line
    yield Fold(first, last, "comment")


def docstrings(file: tree.File, text: str) -> Iterator[Fold]:
    """The docstrings before trackers, blocks and uses, which stand outside their spans."""
    for statement in (*file.uses, *file.declarations):
        if statement.doc is None:
            continue
        end = text.rfind('"""', 0, statement.span.start)
        start = text.rfind('"""', 0, end)
        if 0 <= start < end:
            yield Fold(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1, "comment")
