"""A resolved program as text: flat, one application a line, and where each line was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .program import (
    Apply,
    Argument,
    Field,
    Input,
    Literal,
    Missing,
    Node,
    Operand,
    Operation,
    Pack,
    Part,
    Program,
    Provenance,
    PythonUse,
    Select,
    State,
    StateRead,
    Truth,
    Wire,
)
from .span import Span
from .values import constant_text

WIDEST = 88
"""Column up to which the remarks at the end of lines are aligned."""


class Row(NamedTuple):
    """A line, and where it comes from."""

    text: str
    origin: str


def show_program(program: Program) -> str:
    """The flat spec. Names with a dot are steps within a wire; the remark says which line wrote it, and whose."""
    rows = [
        *(Row(python_use_text(use), place(use.span)) for use in program.python_uses),
        Row(f"tracker {program.name} {{", place(program.span)),
        *indented(body_rows(program)),
        Row("}", ""),
    ]
    column = min(WIDEST, max(len(row.text) for row in rows) + 2)
    return (
        "\n".join(f"{row.text:<{column}}  # {row.origin}" if row.origin else row.text for row in rows) + "\n"
    )


def indented(rows: Iterable[Row]) -> Iterator[Row]:
    return (Row(f"    {row.text}" if row.text else "", row.origin) for row in rows)


def body_rows(program: Program) -> Iterator[Row]:
    inline = {part.path: part for part in program.parts if part.keyword is None}
    crops = {part.path: part for part in program.parts if part.keyword in ("template", "search")}
    for param in program.params:
        text = f"param {param.name}: {param.type} = {constant_text(param.value)}"
        yield Row(text, origin(param.provenance))
    declared = [part for part in program.parts if part.path not in inline and part.path not in crops]
    if program.params and declared:
        yield Row("", "")
    for part in declared:
        name = part.path if part.path == part.keyword else f"{part.keyword} {part.path}"
        yield Row(f"{name} = {component_text(part)}", origin(part.provenance))
    yield Row("", "")
    states = {state.name: state for state in program.states}
    for node in program.nodes:
        if isinstance(node, Missing):
            continue  # of a program with errors: `?` where it is read
        text = node_text(node, inline, crops, states)
        if text == f"{node.name} = {node.name}":
            continue  # `search.view` is called as it is read
        owner = part_of(node, {**inline, **crops})
        yield Row(text, origin(owner.provenance, node.span) if owner else place(node.span))
    yield from constant_rows(program)
    yield from end_rows(program)


def constant_rows(program: Program) -> Iterator[Row]:
    for binding in program.bindings:
        if isinstance(binding.value, Literal):
            yield Row(f"{binding.name} = {constant_text(binding.value.value)}", place(binding.span))
        elif binding.value.node != binding.name:
            yield Row(f"{binding.name} = {binding.value.node}", place(binding.span))


def end_rows(program: Program) -> Iterator[Row]:
    yield Row("", "")
    for state in program.states:
        if state.next is not None and state.next_span is not None:
            when = f" when {operand_text(state.condition)}" if state.condition is not None else ""
            yield Row(f"next {state.name} = {operand_text(state.next)}{when}", place(state.next_span))
    for freeze in program.freezes:
        yield Row(f"freeze {freeze.path}", origin(freeze.provenance, freeze.span))
    for loss in program.losses:
        yield Row(f"loss {loss.name} = {operand_text(loss.value)}", place(loss.span))
    for output in program.outputs:
        yield Row(f"output {output.name} = {operand_text(output.value)}", place(output.span))


# ---------------------------------------------------------------- pieces


def node_text(node: Node, inline: dict[str, Part], crops: dict[str, Part], states: dict[str, State]) -> str:
    if isinstance(node, Input):
        word = node.keyword if node.name == node.keyword else f"{node.keyword} {node.name}"
        crop = crops.get(node.part)
        return f"{word} = {component_text(crop) if crop else node.part}{refresh_text(node)}"
    if isinstance(node, Truth):
        return f"truth {node.name}: {node.type}"
    if isinstance(node, StateRead):
        state = states.get(node.state)
        return f"state {node.name} = {operand_text(state.initial) if state else '...'}"
    return f"{node.name} = {value_text(node, inline)}"


def value_text(node: Node, inline: dict[str, Part]) -> str:
    if isinstance(node, Apply):
        part = inline.get(node.part)
        callee = component_text(part) if part else node.part
        return f"{callee}({', '.join(map(argument_text, node.arguments))})"
    if isinstance(node, Select):
        of = f"  of {node.of}" if node.of is not None else ""
        return f"{operand_text(node.source)}[{node.index}]{of}"
    if isinstance(node, Field):
        return f"{operand_text(node.source)}.{node.field}"
    if isinstance(node, Pack):
        return f"[{', '.join(map(operand_text, node.items))}]"
    if isinstance(node, Operation):
        return operation_text(node)
    raise TypeError(f"no text for {type(node).__name__}")


def operation_text(node: Operation) -> str:
    operands = [operand_text(operand) for operand in node.operands]
    if len(operands) == 1:
        return f"-{operands[0]}" if node.operator == "neg" else f"{node.operator} {operands[0]}"
    return f" {node.operator} ".join(operands)


def refresh_text(node: Input) -> str:
    if node.refresh is None:
        return ""
    condition = node.refresh.condition
    when = f" when {operand_text(condition)}" if condition is not None else ""
    return f" refresh every {node.refresh.every}{when}"


def component_text(part: Part) -> str:
    settings = [f"{setting.name} = {constant_text(setting.value)}" for setting in part.settings]
    settings += [f"{setting.name} = ?" for setting in part.unsettled]
    return f"{part.component} {{ {', '.join(settings)} }}" if settings else part.component


def argument_text(argument: Argument) -> str:
    value = operand_text(argument.value)
    return f"{argument.port} = {value}" if argument.port else value


def operand_text(operand: Operand) -> str:
    return operand.node if isinstance(operand, Wire) else constant_text(operand.value)


def python_use_text(use: PythonUse) -> str:
    return f"use python{'?' if use.tolerant else ''} {use.module} {{ {', '.join(use.names)} }}"


def part_of(node: Node, parts: dict[str, Part]) -> Part | None:
    return parts.get(node.part) if isinstance(node, (Apply, Input)) else None


def place(span: Span) -> str:
    return f"{Path(span.path).name}:{span.line}"


def origin(provenance: Provenance, span: Span | None = None) -> str:
    return f"{place(span or provenance.span)} {provenance.owner}"
