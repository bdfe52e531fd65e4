"""What the grammar lets pass and the language does not: found in the finished tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from . import tree
from .diagnostics import Diagnostic
from .layout import DEEPEST
from .printer import print_expression
from .span import Span
from .syntax_errors import Misplaced, ParenthesesConfigure, SearchRefresh, TooDeep

LITERALS = (tree.Number, tree.Text, tree.Truth, tree.Nothing, tree.ListExpr, tree.Unary)


def too_deep(file: tree.File) -> TooDeep | None:
    """The first place nested deeper than a recursive walk over the tree may go."""
    waiting: list[tuple[tree.Tree, int]] = [(declaration, 0) for declaration in reversed(file.declarations)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            return TooDeep(node.span, DEEPEST)
        is_short = node.span.end - node.span.start <= DEEPEST - depth
        if not is_short:
            waiting.extend((child, depth + 1) for child in children(node))
    return None


def children(node: tree.Tree) -> Iterator[tree.Tree]:
    """The nodes directly within a node."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tree.Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, tree.Tree))


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
    for field in fields(declared):
        value = getattr(declared, field.name)
        if isinstance(value, tree.Tree):
            yield from _check_calls(value, declared, is_value=field.name == "value")


def _check_calls(node: tree.Tree, statement: tree.Statement, is_value: bool = False) -> Iterator[Diagnostic]:
    """Components with their settings in parentheses, anywhere in an expression."""
    if isinstance(node, tree.Call) and isinstance(node.callee, tree.Configure) and not node.callee.braces:
        declares = is_value and isinstance(statement, tree.PartDecl | tree.CropDecl)
        certain = bool(node.arguments) and all(_is_setting(argument) for argument in node.arguments)
        if certain or declares:
            yield _parentheses(node, node.callee, statement if declares else None, certain)
    for child in children(node):
        yield from _check_calls(child, statement)


def _is_setting(argument: tree.ArgumentTree) -> bool:
    """Whether an argument can only be a setting: a name with a literal."""
    return argument.port is not None and isinstance(argument.value, LITERALS)


def _parentheses(
    call: tree.Call, callee: tree.Configure, statement: tree.Statement | None, certain: bool
) -> ParenthesesConfigure:
    keyword = statement.keyword if isinstance(statement, tree.PartDecl | tree.CropDecl) else None
    named = bool(call.arguments) and all(argument.port is not None for argument in call.arguments)
    certain = certain or named
    span = call.span
    opening = Span(
        span.path,
        callee.span.end,
        callee.span.end + 1,
        callee.span.end_line,
        callee.span.end_column,
        callee.span.end_line,
        callee.span.end_column + 1,
    )
    closing = Span(
        span.path, span.end - 1, span.end, span.end_line, span.end_column - 1, span.end_line, span.end_column
    )
    inner = ", ".join(print_expression(argument) for argument in call.arguments)
    configured = f"{callee.component.text} {{ {inner} }}"
    place = callee.span.to(span)
    return ParenthesesConfigure(place, callee.component.text, keyword, configured, certain, opening, closing)


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
