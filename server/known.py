"""What a check found out of a name: shapes, stages, inferred settings; asked by name, of every use at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dsl.program import Apply, Field, Operand, Part, Program, Select, Wire

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
    made = maker(result, operand)
    settled = inferred.run.settled.get(made.part) if made is not None else None
    stage = inferred.stages.get(operand.node)
    return WireFacts(
        shape_text(value),
        dtype_of(value),
        str(stage) if stage is not None else "",
        f"`{settled.bound.part.path}` ({settled.bound.component.name})" if settled else "",
        settled.parameters if settled else 0,
    )


def maker(result: CheckResult, operand: Operand) -> Apply | None:
    """The application that an operand comes from: itself, or one of whose results it is one."""
    nodes = result.inferred.run.nodes if result.inferred is not None else {}
    node = nodes.get(operand.node) if isinstance(operand, Wire) else None
    while isinstance(node, Select | Field):
        node = nodes.get(node.source.node) if isinstance(node.source, Wire) else None
    return node if isinstance(node, Apply) else None


def operations_of(result: CheckResult, operand: Operand) -> int | None:
    """What making it computes, for one target; None where no component made it. Runs that one, on meta tensors."""
    from ..compiler.shapes import FAILED
    from ..compiler.work import work_of

    made = maker(result, operand)
    run = result.inferred.run if result.inferred is not None else None
    if made is None or run is None or made.part not in run.settled or run.value(Wire(made.name)) is FAILED:
        return None
    return work_of(made, run.settled[made.part], run.values).operations


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


def stages_of_names(result: CheckResult) -> dict[str, str]:
    """When each wire, crop, truth and state of a tracker is known, by its name in the spec."""
    if result.program is None or result.inferred is None:
        return {}
    stages = result.inferred.stages
    return {
        each.name: str(stages[each.value.node])
        for each in result.program.bindings
        if isinstance(each.value, Wire) and each.value.node in stages
    }


def settled_at(result: CheckResult, start: int, path: str) -> Iterator[SettledPart]:
    """The parts whose component's name begins at an offset: several, where a block is used several times."""
    inferred = result.inferred
    if inferred is None:
        return
    for settled in inferred.run.settled.values():
        span = settled.bound.part.component_span
        if span.start == start and span.path == path:
            yield settled


def inferred_text(settled: SettledPart, name: str) -> str:
    """`in_channels = 96`: inferred from the channels of `image`, settled in line 12."""
    from ..compiler.annotations import describe_constant
    from ..compiler.bind import rule_of

    component = settled.bound.component
    rule = next((rule_of(spec, component) for spec in component.settings if spec.name == name), None)
    said = f"`{name} = {describe_constant(settled.settings.get(name))}`"
    return f"{said}: inferred from {rule.what}, settled in line {settled.settled_at.line}" if rule else said


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
