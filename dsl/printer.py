"""Expressions and declarations back to text, in the one canonical way.

What is printed reads back as the same tree: parentheses are put where precedence asks for them and nowhere else.
"""

from __future__ import annotations

from . import tree
from .document import Document, Group, Item, Ladder, flat
from .literals import string_text

# How tightly an expression holds together, the loosest first.
CHAIN, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGNED, POWER, APPLIED, ATOM = range(11)

# For each operator its own tightness, then what its left and its right operand must have at least.
_BINARY = {
    "or": (OR, OR, AND),
    "and": (AND, AND, NOT),
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, SIGNED),
    "/": (PRODUCT, PRODUCT, SIGNED),
    "//": (PRODUCT, PRODUCT, SIGNED),
    "%": (PRODUCT, PRODUCT, SIGNED),
    "**": (POWER, APPLIED, SIGNED),
}
_COMPARISON = (COMPARISON, SUM, SUM)
_UNARY = {"not": (NOT, "not ", NOT), "-": (SIGNED, "-", SIGNED)}


def print_expression(expression: tree.Tree) -> str:
    """An expression, a type or a name on one line, as the formatter writes it."""
    return flat(expression_document(expression))


def expression_document(expression: tree.Tree, at_least: int = CHAIN) -> Document:
    """The document of an expression, in parentheses where it holds together less than `at_least`."""
    document = _document(expression)
    return ("(", document, ")") if tightness(expression) < at_least else document


def tightness(expression: tree.Tree) -> int:
    """How tightly an expression holds together, from `CHAIN` to `ATOM`."""
    if isinstance(expression, tree.Chain):
        return CHAIN
    if isinstance(expression, tree.Binary):
        return _BINARY.get(expression.operator, _COMPARISON)[0]
    if isinstance(expression, tree.Unary):
        return _UNARY[expression.operator][0]
    if isinstance(expression, tree.Call | tree.Index | tree.Attribute):
        return APPLIED
    return ATOM


def names_group(names: tuple[tree.Name, ...], start: int, end: int) -> Group:
    """`{ A, B }` of a `use`, which stands between two offsets."""
    return Group("{", [_item(name) for name in names], "}", start, end, padded=True)


def _document(expression: tree.Tree) -> Document:
    match expression:
        case tree.Number():
            return expression.text
        case tree.Text():
            return string_text(expression.value)
        case tree.Truth():
            return "true" if expression.value else "false"
        case tree.Nothing():
            return "none"
        case tree.Reference():
            return expression.name
        case tree.Name():
            return expression.text
        case tree.TypeExpr():
            arguments = ", ".join(print_expression(argument) for argument in expression.arguments)
            return f"{expression.name}[{arguments}]" if arguments else expression.name
        case tree.ListExpr():
            return _group("[", expression.items, "]", expression)
        case tree.Comprehension():
            return _comprehension(expression)
        case tree.Configure():
            return _configure(expression)
        case tree.SettingTree():
            return _assigned(expression.name, expression.value)
        case tree.ArgumentTree():
            return _assigned(expression.port, expression.value)
        case tree.Call():
            callee = expression_document(expression.callee, APPLIED)
            return (callee, _group("(", expression.arguments, ")", expression, expression.callee.span.end))
        case tree.Index():
            value = expression_document(expression.value, APPLIED)
            return (value, "[", expression_document(expression.index), "]")
        case tree.Attribute():
            # A dot behind a number would be read as part of it.
            bare = isinstance(expression.value, tree.Number)
            value = expression_document(expression.value, ATOM + 1 if bare else APPLIED)
            return (value, f".{expression.name.text}")
        case tree.Chain():
            return _chain(expression)
        case tree.Unary():
            _, sign, operand = _UNARY[expression.operator]
            return (sign, expression_document(expression.operand, operand))
        case tree.Binary():
            _, left, right = _BINARY.get(expression.operator, _COMPARISON)
            return (
                expression_document(expression.left, left),
                f" {expression.operator} ",
                expression_document(expression.right, right),
            )
    raise TypeError(f"{type(expression).__name__} is not an expression")


def _group(
    opening: str, items: tuple[tree.Tree, ...], closing: str, whole: tree.Tree, start: int | None = None
) -> Group:
    begin = whole.span.start if start is None else start
    return Group(opening, [_item(item) for item in items], closing, begin, whole.span.end)


def _item(node: tree.Tree) -> Item:
    return Item(_document(node), node.span.start, node.span.end)


def _assigned(name: tree.Name | None, value: tree.Expression | None) -> Document:
    if value is None:
        return name.text if name is not None else ""
    return _document(value) if name is None else (f"{name.text} = ", _document(value))


def _configure(expression: tree.Configure) -> Document:
    name = expression.component.text
    if not expression.settings:
        return name
    group = _group("{", expression.settings, "}", expression, expression.component.span.end)
    group.padded = True
    return (f"{name} ", group)


def _comprehension(expression: tree.Comprehension) -> Group:
    source = expression.source
    items = [
        _item(expression.element),
        Item(
            (f"for {expression.variable.text} in ", expression_document(source, OR)),
            expression.variable.span.start,
            source.span.end,
        ),
    ]
    if expression.condition is not None:
        condition = expression.condition
        clause = ("if ", expression_document(condition, OR))
        items.append(Item(clause, condition.span.start, condition.span.end))
    return Group("[", items, "]", expression.span.start, expression.span.end, separator="")


def _chain(expression: tree.Chain) -> Ladder:
    steps: list[tree.Tree] = []
    source: tree.Tree = expression
    while isinstance(source, tree.Chain):
        steps.append(source.step)
        source = source.source
    items = [Item(expression_document(source), source.span.start, source.span.end)]
    items += [
        Item(expression_document(step, APPLIED), step.span.start, step.span.end) for step in reversed(steps)
    ]
    return Ladder(items, expression.span.start, expression.span.end)
