"""Applying: a part, a component, a block, a function, or a list of them, to operands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .blocks import apply_block, match_parameters
from .name_errors import ListLengths, NotApplicable
from .operands import item_of, or_missing
from .program import Apply, Argument, Part, Wire
from .scope import Naming
from .span import Span
from .tree import Name
from .values import (
    BROKEN,
    BlockValue,
    Broken,
    ComponentValue,
    FunctionValue,
    ListValue,
    PartValue,
    Value,
    describe,
    is_constant,
)

if TYPE_CHECKING:
    from .elaborate import Elaborator


@dataclass(frozen=True)
class Given:
    """An operand as it is given: by position, or by the name of a port."""

    value: Value
    port: Name | None
    span: Span
    source: str


def apply(
    elaborator: Elaborator,
    callee: Value,
    given: tuple[Given, ...],
    naming: Naming,
    span: Span,
    callee_span: Span,
) -> Value:
    """`callee(given)`. Broken where the callee is; a broken operand is passed on, so that the rest is looked at."""
    if isinstance(callee, Broken):
        return BROKEN
    if isinstance(callee, PartValue):
        return apply_part(elaborator, callee.part, callee.label, given, naming, span)
    if isinstance(callee, ComponentValue):
        return apply_part(
            elaborator, inline_part(elaborator, callee, naming), callee.name, given, naming, span
        )
    if isinstance(callee, BlockValue):
        return apply_block(elaborator, callee, given, naming, span)
    if isinstance(callee, FunctionValue):
        return apply_function(elaborator, callee, given, naming, span)
    if isinstance(callee, ListValue):
        return apply_list(elaborator, callee, given, naming, span, callee_span)
    advice = None
    source = elaborator.text(callee_span)
    if isinstance(callee, Wire) and given and isinstance(given[0].value, PartValue):
        advice = f"the other way round: {source} -> {given[0].source}"
    what = "a constant" if is_constant(callee) else describe(callee)
    elaborator.findings.add(NotApplicable(callee_span, source, what, advice))
    return BROKEN


def inline_part(elaborator: Elaborator, component: ComponentValue, naming: Naming) -> Part:
    """The part that a component in the middle of an expression becomes, named after what applies it."""
    name = naming.name(component.name)
    wanted = f"{name}.{component.name}" if len(naming.targets) == 1 else name
    path = elaborator.builder.part_paths.take(wanted)
    return elaborator.builder.add_part(
        Part(
            path,
            None,
            component.name,
            component.settings,
            component.span,
            component.component_span,
            component.provenance,
            component.unsettled,
        )
    )


def apply_part(
    elaborator: Elaborator, part: Part, label: str, given: tuple[Given, ...], naming: Naming, span: Span
) -> Value:
    arguments = []
    for argument in given:
        operand = or_missing(elaborator, argument.value, argument.span)
        port = argument.port.text if argument.port else None
        arguments.append(Argument(operand, argument.span, port, argument.source))
    name = elaborator.builder.node_names.take(naming.name(label))
    return elaborator.builder.add(Apply(name, span, part.path, tuple(arguments)))


def apply_function(
    elaborator: Elaborator,
    function: FunctionValue,
    given: tuple[Given, ...],
    naming: Naming,
    span: Span,
) -> Value:
    """A function is written out where it is called: its parameters stand for the operands."""
    declaration = function.declaration
    values = match_parameters(
        elaborator, declaration.name.text, declaration.parameters, given, span, declaration.name.span
    )
    if values is None:
        return BROKEN
    elaborator.uncalled.pop(declaration.span, None)
    inner = elaborator.enter(naming, declaration.name.text)
    return elaborator.value(declaration.value, function.here.inside(values), inner)


def apply_list(
    elaborator: Elaborator,
    parts: ListValue,
    given: tuple[Given, ...],
    naming: Naming,
    span: Span,
    callee_span: Span,
) -> Value:
    """A list of parts maps element by element: each part gets its item of every operand."""
    count = len(parts.items)
    results = []
    naming = elaborator.enter(naming, label_of(parts))
    base = naming.name(label_of(parts))
    for number, part in enumerate(parts.items):
        operands = []
        for argument in given:
            item = item_for(elaborator, argument, number, count)
            if item is None:
                return BROKEN
            operands.append(Given(item, argument.port, argument.span, f"{argument.source}[{number}]"))
        many = len(naming.targets) == count and count > 1
        name = naming.targets[number] if many else f"{base}.{number}"
        result = apply(elaborator, part, tuple(operands), Naming(name, (name,)), span, callee_span)
        if isinstance(result, Broken):
            return BROKEN
        results.append(result)
    return ListValue(tuple(results), base, span)


def item_for(elaborator: Elaborator, argument: Given, number: int, count: int) -> Value | None:
    """What the part of that number in a list of parts gets of an operand; None where lengths do not agree."""
    value = argument.value
    if isinstance(value, Wire):
        return item_of(elaborator, value, number, argument.span, Naming(value.node), count)
    if not isinstance(value, (ListValue, tuple)):
        return value
    items = value.items if isinstance(value, ListValue) else value
    if len(items) != count:
        elaborator.findings.add(ListLengths(argument.span, argument.source, len(items), count))
        return None
    return items[number]


def label_of(parts: ListValue) -> str:
    """The name of a list of parts."""
    first = parts.items[0]
    if isinstance(first, (PartValue, BlockValue)):
        return first.label.removesuffix(".0")
    return "list"
