"""What a check found out of a name: shapes, stages, inferred settings; asked by name, of every use at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dsl.program import Apply, Operand, Part, Program, Wire

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.shapes import SettledPart
    from ..compiler.values import Both


@dataclass(frozen=True)
class WireFacts:
    """What there is to say of a value."""

    shape: str
    dtype: str
    """empty where it is no tensor"""
    stage: str
    part: str
    """of the component that made it, with its name; empty for an operation"""
    parameters: int


def bound_operand(program: Program, name: str) -> Operand | None:
    return next((each.value for each in program.bindings if each.name == name), None)


def facts_of(result: CheckResult, operand: Operand) -> WireFacts | None:
    """What is known of an operand; None where it could not be made out."""
    from ..compiler.shapes import FAILED
    from ..compiler.values import shape_text

    inferred = result.inferred
    if inferred is None or not isinstance(operand, Wire):
        return None
    value = inferred.run.value(operand)
    if value is FAILED:
        return None
    node = inferred.run.nodes.get(operand.node)
    settled = inferred.run.settled.get(node.part) if isinstance(node, Apply) else None
    stage = inferred.stages.get(operand.node)
    return WireFacts(
        shape_text(value),
        dtype_of(value),
        str(stage) if stage is not None else "",
        f"`{settled.bound.part.path}` ({settled.bound.component.name})" if settled else "",
        settled.parameters if settled else 0,
    )


def dtype_of(value: Both) -> str:
    from ..compiler.values import operand

    dtype = getattr(operand(value.small), "dtype", None)
    return str(dtype).removeprefix("torch.") if dtype is not None else ""


def facts_of_name(result: CheckResult, name: str) -> WireFacts | None:
    """What is known of a wire, crop, truth or state, by its name in the spec."""
    if result.program is None:
        return None
    operand = bound_operand(result.program, name)
    return facts_of(result, operand) if operand is not None else None


def settled_at(result: CheckResult, start: int, path: str) -> Iterator[SettledPart]:
    """The parts whose component's name begins at an offset: several, where a block is used several times."""
    inferred = result.inferred
    if inferred is None:
        return
    for settled in inferred.run.settled.values():
        span = settled.bound.part.component_span
        if span.start == start and span.path == path:
            yield settled


def part_named(program: Program, name: str) -> Part | None:
    """The part that a name stands for."""
    return next((part for part in program.parts if part.path == name), None)


def component_behind(program: Program, name: str) -> str:
    """The component that gives a wire, cuts a crop or is a part, by the name in the spec; empty where none does."""
    part = part_named(program, name)
    if part is not None:
        return part.component
    operand = bound_operand(program, name)
    if not isinstance(operand, Wire):
        return ""
    node = next((each for each in program.nodes if each.name == operand.node), None)
    path = getattr(node, "part", None)
    made = next((part for part in program.parts if part.path == path), None) if path else None
    return made.component if made is not None else ""
