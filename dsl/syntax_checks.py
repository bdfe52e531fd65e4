"""What the grammar lets pass and the language does not: found in the finished tree."""

from __future__ import annotations

from collections.abc import Iterator

from . import tree
from .diagnostics import Diagnostic
from .expression_errors import SearchRefresh
from .layout import DEEPEST
from .span import Span
from .syntax_errors import (
    Misplaced,
    TooDeep,
)
from .walk import tree_children


def too_deep(file: tree.File) -> TooDeep | None:
    """The first place nested deeper than a recursive walk over the tree may go."""
    waiting: list[tuple[tree.Tree, int]] = [(declaration, 0) for declaration in reversed(file.declarations)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            return TooDeep(node.span, DEEPEST)
        is_short = node.span.end - node.span.start <= DEEPEST - depth
        if not is_short:
            waiting.extend((child, depth + 1) for child in tree_children(node))
    return None


def check_file(file: tree.File) -> Iterator[Diagnostic]:
    """All findings of a file that is not nested too deeply."""
    for declaration in file.declarations:
        yield from _check_statements(declaration.body, isinstance(declaration, tree.BlockDecl))


def _check_statements(statements: tuple[tree.Statement, ...], in_block: bool) -> Iterator[Diagnostic]:
    for statement in statements:
        if isinstance(statement, tree.IfDecl):
            yield from _check_statements(statement.then, in_block)
            yield from _check_statements(statement.otherwise, in_block)
        else:
            yield from _check_statement(statement, in_block)


def _check_statement(statement: tree.Statement, in_block: bool) -> Iterator[Diagnostic]:
    declared = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
    match declared:
        case tree.ReturnDecl() if not in_block:
            yield Misplaced(_word(declared.span, "return"), "`return`", "within a block")
        case tree.CropDecl(keyword="search", refresh=tree.RefreshClause() as refresh):
            yield SearchRefresh(refresh.span)


def _word(span: Span, word: str) -> Span:
    """The first word of a statement."""
    return Span(
        span.path,
        span.start,
        span.start + len(word),
        span.line,
        span.column,
        span.line,
        span.column + len(word),
    )
