"""Values become operands of nodes: lists are packed, single results selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .evaluate import ConstantError
from .name_errors import NotApplied, PartMeant
from .program import Constant, Literal, Operand, Pack, Select, Wire
from .scope import Naming
from .span import Span
from .values import Broken, ComponentValue, ListValue, Value, describe, describe_constant, is_constant

if TYPE_CHECKING:
    from .elaborate import Elaborator


def operand_of(elaborator: Elaborator, value: Value, span: Span) -> Operand | None:
    """A value as an operand. None where it is broken, or no value of a wire, which is reported."""
    if isinstance(value, (Wire, Literal)):
        return value
    if is_constant(value):
        return Literal(value)
    if isinstance(value, ListValue):
        return pack(elaborator, value)
    if not isinstance(value, Broken):
        elaborator.findings.add(NotApplied(span, describe(value), elaborator.text(span)))
    return None


def or_missing(elaborator: Elaborator, value: Value, span: Span) -> Operand:
    """A value as an operand; where it is broken, what stands for anything: what reads it is looked at all the same."""
    return operand_of(elaborator, value, span) or elaborator.builder.missing(span)


def pack(elaborator: Elaborator, value: ListValue) -> Operand | None:
    """The node that holds a list's wires, made where it is first needed."""
    if id(value) in elaborator.packs:
        return elaborator.packs[id(value)][1]
    spans = value.spans or (value.span,) * len(value.items)
    items = [operand_of(elaborator, item, span) for item, span in zip(value.items, spans, strict=True)]
    operands = tuple(item for item in items if item is not None)
    if len(operands) < len(items):
        return None
    name = elaborator.builder.node_names.take(value.name)
    wire = elaborator.builder.add(Pack(name, value.span, operands))
    elaborator.packs[id(value)] = (value, wire)
    return wire


def index_of(position: Constant) -> int:
    """A position among the results of a component. Raises ConstantError."""
    if not isinstance(position, int) or isinstance(position, bool):
        raise ConstantError(f"a position is a whole number, not {describe_constant(position)}")
    if position < 0:
        raise ConstantError("positions of results count from 0; how many there are is not known here")
    return position


def item_of(
    elaborator: Elaborator, source: Wire, index: int, span: Span, naming: Naming, of: int | None = None
) -> Wire:
    """One of several results of a node."""
    found = elaborator.builder.selected(source, index, of)
    if found is not None:
        return found
    wanted = naming.name_selected(f"{source.node}.{index}")
    name = elaborator.builder.node_names.take(wanted)
    return elaborator.builder.select(Select(name, span, source, index, of))


def part_meant(value: Value, statement: Span, word: str) -> PartMeant | None:
    """Under `part`, or the `word` that declared it so far: a component that was given a name like a wire."""
    return PartMeant(value.name, word, statement.ahead) if isinstance(value, ComponentValue) else None
