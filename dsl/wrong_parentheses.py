"""Components configured by parentheses: noticed while the tree is built, and read as they were meant."""

from __future__ import annotations

from dataclasses import replace

from . import tree
from .expression_errors import ParenthesesConfigure
from .printer import print_expression
from .span import Span

LITERALS = (tree.Number, tree.Text, tree.Truth, tree.Nothing, tree.ListExpr, tree.Unary)


def settings_in_parentheses(call: tree.Call) -> ParenthesesConfigure | None:
    """`CenterCrop(size = 7)`: names with literals only, to which nothing can be applied."""
    component = _bare_component(call)
    if component is None or not call.arguments:
        return None
    certain = all(
        argument.port is not None and isinstance(argument.value, LITERALS) for argument in call.arguments
    )
    return _finding(call, component, None, certain=True) if certain else None


def applied_in_declaration(value: tree.Tree, keyword: str) -> ParenthesesConfigure | None:
    """`backbone = ResNet(x)`: a declaration configures its component and does not apply it."""
    component = _bare_component(value)
    if component is None or not isinstance(value, tree.Call):
        return None
    named = bool(value.arguments) and all(argument.port is not None for argument in value.arguments)
    return _finding(value, component, keyword, certain=named)


def as_configured(call: tree.Call) -> tree.Configure:
    """The component with its named arguments as settings."""
    component = _bare_component(call)
    assert component is not None
    settings = tuple(
        tree.SettingTree(argument.span, argument.port, argument.value)
        for argument in call.arguments
        if argument.port is not None
    )
    return replace(component, span=call.span, settings=settings, braces=bool(settings))


def _bare_component(value: tree.Tree) -> tree.Configure | None:
    if isinstance(value, tree.Call) and isinstance(value.callee, tree.Configure) and not value.callee.braces:
        return value.callee
    return None


def _finding(
    call: tree.Call, component: tree.Configure, keyword: str | None, certain: bool
) -> ParenthesesConfigure:
    inner = ", ".join(print_expression(argument) for argument in call.arguments)
    name = component.component.text
    opening = _from_to(component.span.end, component.span.end_line, component.span.end_column, call.span.path)
    end = call.span
    closing = _from_to(end.end - 1, end.end_line, end.end_column - 1, end.path)
    configured = f"{name} {{ {inner} }}"
    return ParenthesesConfigure(call.span, name, keyword, configured, certain, opening, closing)


def _from_to(offset: int, line: int, column: int, path: str) -> Span:
    """The span of one character."""
    return Span(path, offset, offset + 1, line, column, line, column + 1)
