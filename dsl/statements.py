"""Statements of a flat body, one by one: each binds its names to values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import tree
from .body import Entry
from .keywords import DEFAULT_NAMED
from .name_errors import NotAComponent, NotApplied, UnpackCount
from .operands import item_of, pack, part_meant
from .param_types import type_text
from .program import Input, Operand, Part, Provenance, StateRead, Truth, Wire
from .references import declared
from .scope import Here, Naming, Scope
from .value_errors import NoValue
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
class Frame:
    """Where statements are executed: their scope, and what their parts and nodes are called."""

    scope: Scope
    part_prefix: str = ""
    node_prefix: str = ""
    parts: dict[str, Value] = field(default_factory=dict)
    """parts made by an earlier application of the same block, to be shared"""

    def here(self, entry: Entry) -> Here:
        return Here(self.scope, entry.module, Provenance(entry.owner, entry.statement.span))


def execute(elaborator: Elaborator, entry: Entry, frame: Frame, broken: bool = False) -> None:
    """Bind what a statement declares. `broken`: it stands in a cycle and has no value."""
    statement = entry.statement
    if broken:
        for found in declared(statement):
            frame.scope.set(found.name, BROKEN)
        return
    case = CASES.get(type(statement))
    if case is not None:
        case(elaborator, entry, frame, statement)


def declare_part(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.PartDecl) -> None:
    name = declared(statement)[0].name
    if name not in frame.parts:
        path = f"{frame.part_prefix}{name}"
        value = elaborator.value(statement.value, frame.here(entry), Naming(path))
        frame.parts[name] = part_of(elaborator, value, entry, statement, path, name)
    frame.scope.set(name, frame.parts[name])


def part_of(
    elaborator: Elaborator, value: Value, entry: Entry, statement: tree.PartDecl, path: str, label: str
) -> Value:
    """A declared part, block or list of them."""
    if isinstance(value, Broken):
        return BROKEN
    if isinstance(value, ComponentValue):
        provenance = Provenance(entry.owner, statement.span)
        part = Part(
            elaborator.builder.part_paths.take(path),
            statement.keyword,
            value.name,
            value.settings,
            statement.span,
            value.component_span,
            provenance,
            value.unsettled,
        )
        return PartValue(elaborator.builder.add_part(part), label)
    if isinstance(value, BlockValue) and value.path is None:
        return replace(value, path=elaborator.builder.part_paths.take(path), label=label, parts={})
    if isinstance(value, ListValue):
        items = [
            part_of(elaborator, item, entry, statement, f"{path}.{number}", f"{label}.{number}")
            for number, item in enumerate(value.items)
        ]
        return (
            BROKEN if any(isinstance(item, Broken) for item in items) else replace(value, items=tuple(items))
        )
    name = declared(statement)[0].name
    advice = "a value that is computed is a wire: leave the word away" if isinstance(value, Wire) else None
    elaborator.findings.add(
        NotAComponent(statement.value.span, statement.keyword, name, describe(value), advice)
    )
    return BROKEN


def declare_wire(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.WireDecl) -> None:
    names = tuple(f"{frame.node_prefix}{name.text}" for name in statement.names)
    value = elaborator.value(statement.value, frame.here(entry), Naming(names[0], names))
    if len(names) == 1:
        word = entry.replaces if entry.replaces in DEFAULT_NAMED else "part"
        frame.scope.set(statement.names[0].text, bindable(elaborator, value, statement, word))
        return
    values = unpack(elaborator, value, statement, names)
    for name, item in zip(statement.names, values, strict=True):
        if name.text != "_":
            frame.scope.set(name.text, item)


def bindable(elaborator: Elaborator, value: Value, statement: tree.WireDecl, word: str) -> Value:
    """A value that a wire may have; a list of wires is packed under the wire's name. `word` would declare a part."""
    if isinstance(value, ListValue):
        return value if pack(elaborator, value) is not None else BROKEN
    if isinstance(value, (Wire, Broken)) or is_constant(value) or not is_unapplied(value):
        return value
    span = statement.value.span
    meant = part_meant(value, statement.span, word)
    elaborator.findings.add(NotApplied(span, describe(value), elaborator.text(span), meant))
    return BROKEN


def is_unapplied(value: Value) -> bool:
    return isinstance(value, (PartValue, ComponentValue, BlockValue, FunctionValue))


def unpack(
    elaborator: Elaborator, value: Value, statement: tree.WireDecl, names: tuple[str, ...]
) -> list[Value]:
    """One value for each name."""
    count = len(names)
    span = statement.value.span
    if isinstance(value, Broken):
        return [BROKEN] * count
    if isinstance(value, Wire):
        return [
            item_of(
                elaborator,
                value,
                number,
                name.span,
                Naming(names[number], naming_of(name, names[number])),
                count,
            )
            for number, name in enumerate(statement.names)
        ]
    items: tuple[Value, ...] | None = None
    if isinstance(value, (ListValue, tuple)):
        items = value.items if isinstance(value, ListValue) else value
    if items is not None and len(items) == count:
        return list(items)
    if items is None and is_unapplied(value):
        elaborator.findings.add(NotApplied(span, describe(value), elaborator.text(span)))
    else:
        elaborator.findings.add(UnpackCount(span, count, None if items is None else len(items)))
    return [BROKEN] * count


def naming_of(name: tree.Name, full: str) -> tuple[str, ...]:
    """`_` names nothing."""
    return () if name.text == "_" else (full,)


def declare_function(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.FnDecl) -> None:
    function = FunctionValue(statement, frame.here(entry))
    elaborator.uncalled[statement.span] = function
    frame.scope.set(statement.name.text, function)


def declare_crop(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.CropDecl) -> None:
    """A template or search: a part that cuts, and the node that it gives."""
    name = declared(statement)[0].name
    value = elaborator.value(statement.value, frame.here(entry), Naming(name))
    if not isinstance(value, (ComponentValue, Broken)):
        finding = NotAComponent(statement.value.span, statement.keyword, name, describe(value))
        elaborator.findings.add(finding)
        value = BROKEN
    if isinstance(value, Broken):
        frame.scope.set(name, BROKEN)
        return
    part = Part(
        elaborator.builder.part_paths.take(name),
        statement.keyword,
        value.name,
        value.settings,
        statement.span,
        value.component_span,
        Provenance(entry.owner, statement.span),
        value.unsettled,
    )
    elaborator.builder.add_part(part)
    node = Input(elaborator.builder.node_names.take(name), statement.span, statement.keyword, part.path, None)
    frame.scope.set(name, elaborator.builder.add(node))


def refresh_every(
    elaborator: Elaborator, entry: Entry, frame: Frame, clause: tree.RefreshClause
) -> int | None:
    """The number of frames in `refresh every N`."""
    value = elaborator.constant(clause.every, frame.here(entry), "`refresh every`")
    if isinstance(value, Broken):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        message = f"`refresh every` wants a number of frames, 1 or more, not {describe(value)}"
        elaborator.findings.add(NoValue(clause.every.span, message))
        return None
    return value


def declare_truth(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.TruthDecl) -> None:
    name = statement.name.text
    own = elaborator.builder.node_names.take(name)
    node = Truth(own, statement.span, type_text(statement.type), statement.type.span)
    frame.scope.set(name, elaborator.builder.add(node))


def declare_state(elaborator: Elaborator, entry: Entry, frame: Frame, statement: tree.StateDecl) -> None:
    name = statement.name.text
    node = StateRead(elaborator.builder.node_names.take(name), statement.span, name)
    frame.scope.set(name, elaborator.builder.add(node))


def late_operand(
    elaborator: Elaborator, entry: Entry, frame: Frame, expression: tree.Expression, name: str
) -> Operand | None:
    """An operand computed after all wires: of an output, a loss, a next value, a condition."""
    return elaborator.operand(expression, frame.here(entry), Naming(name, (name,), lends=True))


CASES: dict[type, Callable[[Elaborator, Entry, Frame, Any], None]] = {
    tree.PartDecl: declare_part,
    tree.WireDecl: declare_wire,
    tree.FnDecl: declare_function,
    tree.CropDecl: declare_crop,
    tree.TruthDecl: declare_truth,
    tree.StateDecl: declare_state,
}
