"""Simple statements back to text: what stands before `=`, and the document behind it."""

from __future__ import annotations

from dataclasses import dataclass

from . import tree
from .document import Document, flat
from .literals import string_text
from .printer import expression_document, names_group, print_expression


@dataclass(frozen=True)
class StatementText:
    """A statement in two halves, so that the `=` of neighbours can be put one below the other."""

    family: str | None
    """statements of one family are aligned with each other; None is never aligned"""
    left: str
    right: Document
    """with the `=` and all that follows"""


def statement_text(statement: tree.Statement) -> StatementText:
    """The two halves of a statement that has no body."""
    match statement:
        case tree.CropDecl():
            clause = () if statement.refresh is None else (" ", _refresh(statement.refresh))
            value = (_value(statement.value), *clause)
            return StatementText("crop", _named(statement.keyword, statement.name), value)
        case tree.PartDecl():
            return StatementText("part", _named(statement.keyword, statement.name), _value(statement.value))
        case tree.WireDecl():
            names = ", ".join(name.text for name in statement.names)
            return StatementText("wire", names, _value(statement.value))
        case tree.LossDecl():
            return StatementText("loss", _named("loss", statement.name), _value(statement.value))
        case tree.OutputDecl():
            return StatementText("output", _named("output", statement.name), _value(statement.value))
        case tree.StateDecl():
            return StatementText("state", _named("state", statement.name), _value(statement.value))
        case tree.NextDecl():
            value = (_value(statement.value), *_clause(" when ", statement.condition))
            return StatementText("state", _named("next", statement.name), value)
        case tree.OverrideDecl():
            inner = statement_text(statement.declaration)
            family = None if inner.family is None else f"override {inner.family}"
            return StatementText(family, f"override {inner.left}", inner.right)
    return StatementText(None, "", _unaligned(statement))


def condition_text(condition: tree.Expression) -> str:
    """The condition of an `if`; in parentheses where a brace in it would be taken for that of the body."""
    text = print_expression(condition)
    return f"({text})" if "{" in text else text


def _unaligned(statement: tree.Statement) -> Document:
    match statement:
        case tree.ParamDecl():
            kind = "" if statement.type is None else f": {print_expression(statement.type)}"
            default = () if statement.default is None else (_value(statement.default),)
            condition = _clause(" where ", statement.condition)
            return (f"param {statement.name.text}{kind}", *default, *condition)
        case tree.TruthDecl():
            return f"truth {statement.name.text}: {print_expression(statement.type)}"
        case tree.FnDecl():
            parameters = ", ".join(name.text for name in statement.parameters)
            return (f"fn {statement.name.text}({parameters})", _value(statement.value))
        case tree.ReturnDecl():
            parts: list[Document] = ["return "]
            for position, value in enumerate(statement.values):
                parts += [", "] if position > 0 else []
                parts.append(expression_document(value))
            return tuple(parts)
        case tree.RemoveDecl():
            return f"remove {', '.join(name.text for name in statement.names)}"
        case tree.FreezeDecl(paths=paths):
            return f"freeze {', '.join(path.text for path in paths)}"
        case tree.UnfreezeDecl(paths=paths):
            return f"remove freeze {', '.join(path.text for path in paths)}"
        case tree.UseDecl():
            source = statement.source if statement.python else string_text(statement.source)
            word = "use" if not statement.python else "use python?" if statement.tolerant else "use python"
            return (
                f"{word} {source} ",
                names_group(statement.names, statement.source_span.end, statement.span.end),
            )
    raise TypeError(f"{type(statement).__name__} has no text of its own")


def _named(keyword: str, name: tree.Name | None) -> str:
    return keyword if name is None else f"{keyword} {name.text}"


def _value(expression: tree.Expression) -> Document:
    return (" = ", expression_document(expression))


def _clause(word: str, condition: tree.Expression | None) -> tuple[Document, ...]:
    return () if condition is None else (word, expression_document(condition))


def _refresh(clause: tree.RefreshClause) -> str:
    every = f"refresh every {print_expression(clause.every)}"
    return (
        every if clause.condition is None else f"{every} when {flat(expression_document(clause.condition))}"
    )
