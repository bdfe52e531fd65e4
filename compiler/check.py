"""Checking: from a spec to its component graph, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from .. import components
from ..components.types import View
from ..dsl.diagnostics import Diagnostic, SpecError
from ..dsl.program import Input, Operand, Output, Program, State, Wire
from ..dsl.render import render_human
from ..dsl.resolver import ResolveResult, resolve_each
from ..dsl.sources import Sources
from ..dsl.span import Span
from .annotations import describe_constant
from .bind import bind_parts, in_its_category
from .collector import collector_paused
from .frozen import check_freezes
from .graph import ComponentGraph, build_graph
from .idle import check_idle
from .python_use import Allowance, import_python
from .shape_errors import NotACondition, NotAFrameBox, NotOnePerTarget, NotOneTensor, StateShape
from .shapes import FAILED, ShapeRun, infer_shapes, per_target_state
from .shown import Shown
from .stages import Stage, check_stages, infer_stages
from .values import BATCHES, Both, Patch, shape_text

FRAME_BOX = "box in the frame"


@dataclass(frozen=True)
class Inferred:
    """What was found out of a tracker, as far as it goes: also where something is wrong with it."""

    run: ShapeRun
    stages: Mapping[str, Stage]


@dataclass(frozen=True, repr=False)
class CheckResult(Shown):
    """What checking found. In a notebook it shows its graph, or its report."""

    shown_as: ClassVar[str] = "check"

    program: Program | None
    graph: ComponentGraph | None
    """None where something is wrong with this tracker"""
    diagnostics: tuple[Diagnostic, ...]
    sources: Sources
    inferred: Inferred | None = None
    """None where there is no tracker to speak of"""

    def __repr__(self) -> str:
        name = self.program.name if self.program is not None else None
        errors = sum(found.is_error for found in self.diagnostics)
        return f"CheckResult({name!r}, errors={errors}, warnings={len(self.diagnostics) - errors})"

    @property
    def ok(self) -> bool:
        return self.graph is not None and not any(found.is_error for found in self.diagnostics)

    def report(self, color: bool = False) -> str:
        """All findings as a person reads them."""
        return render_human(self.diagnostics, self.sources, color=color)

    def expect(self) -> ComponentGraph:
        """The graph. Raises SpecError, with the report as its message, where the spec has errors."""
        if self.graph is None or not self.ok:
            raise SpecError(self.diagnostics, self.report())
        return self.graph


def check(
    spec: str,
    *,
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    tracker: str | None = None,
    sources: Sources | None = None,
) -> CheckResult:
    """Check the spec at path `spec`; a name of one that ships is resolved by the caller.

    The graph is that of `tracker`, or of the file's last one. Without a choice the file's other trackers are
    checked too, so that all findings of a file come at once. Nothing of the spec is executed; `use python`
    imports what `allow_python` allows. Never raises for what is wrong with the spec.
    """
    each = resolve_each(spec, sources=sources, tracker=tracker, params=params)
    return joined([check_resolved(resolved, allow_python) for resolved in each])


def joined(results: Sequence[CheckResult]) -> CheckResult:
    """The first result, with the findings of all."""
    return replace(results[0], diagnostics=ordered([found for each in results for found in each.diagnostics]))


@collector_paused()
def check_resolved(resolved: ResolveResult, allow_python: Allowance) -> CheckResult:
    """The graph of one resolved tracker, or what is wrong with it."""
    program = resolved.program
    components.load()
    found = [in_its_category(each) for each in resolved.diagnostics]
    if program is None:
        found += check_idle(resolved.idle, (), resolved.idle.from_python, resolved.blocks)
        return CheckResult(None, None, ordered(found), resolved.sources)
    imported = import_python(program.python_uses, allow_python)
    bound, problems = bind_parts(program, imported.absent, resolved.blocks)
    found += [*imported.diagnostics, *problems]
    found += check_idle(resolved.idle, program.parts, imported.absent, resolved.blocks)
    stages = infer_stages(program, bound)
    run = infer_shapes(program, bound)
    found += [*run.findings, *check_stages(program, bound, stages), *check_ends(run)]
    found += check_freezes(program, run.settled)
    wrong = any(finding.is_error for finding in found)
    graph = None if wrong else build_graph(program, run.settled, stages, run.values)
    return CheckResult(program, graph, ordered(found), resolved.sources, Inferred(run, stages))


def ordered(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and place, each once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.span, found.code)))


def check_ends(run: ShapeRun) -> list[Diagnostic]:
    """What leaves the graph: boxes must be boxes of the frame, scores and conditions one number per target."""
    found: list[Diagnostic] = []
    for output in run.program.outputs:
        found += check_output(run, output)
    for loss in run.program.losses:
        found += one_tensor(run, loss.value, loss.value_span, f"`loss {loss.name}`")
    for state in run.program.states:
        found += check_state(run, state)
    for node in run.program.nodes:
        refresh = node.refresh if isinstance(node, Input) else None
        if refresh is not None and refresh.condition is not None:
            found += check_condition(run, refresh.condition, refresh.span)
    return found


def check_output(run: ShapeRun, output: Output) -> list[Diagnostic]:
    value = run.value(output.value)
    if value is FAILED:
        return []
    if output.name == "box":
        kind = run.kinds.get(output.value.node) if isinstance(output.value, Wire) else None
        if kind is not None and kind.name == FRAME_BOX:
            return []
        said = f"a {kind.name}" if kind else f"a plain tensor, {shape_text(value)}"
        return [NotAFrameBox(output.value_span, said)]
    wrong = one_tensor(run, output.value, output.value_span, f"`output {output.name}`")
    if wrong or output.name not in ("score", "state"):
        return wrong
    return per_target(run, output.value, output.value_span, f"`output {output.name}`")


def check_state(run: ShapeRun, state: State) -> list[Diagnostic]:
    begin = per_target_state(run.value(state.initial))
    then = run.value(state.next) if state.next is not None else FAILED
    if begin is FAILED:
        return []
    if not isinstance(begin.small, Tensor):
        return [
            NotOneTensor(
                state.span, f"state `{state.name}`", described(begin), choices_of(begin, state.initial)
            )
        ]
    if then is FAILED or state.next_span is None:
        return []
    found: list[Diagnostic] = []
    if shape_text(begin) != shape_text(then):
        found.append(StateShape(state.next_span, state.name, shape_text(begin), shape_text(then), state.span))
    if state.condition is not None:
        found += check_condition(run, state.condition, state.next_span)
    return found


def one_tensor(run: ShapeRun, operand: Operand, span: Span, what: str) -> list[Diagnostic]:
    """What leaves a program is a tensor: no view, no constant, and not several."""
    value = run.value(operand)
    image = value.small.image if isinstance(value.small, Patch) else value.small
    if value is FAILED or isinstance(image, Tensor):
        return []
    return [NotOneTensor(span, what, described(value), choices_of(value, operand))]


def described(value: Both) -> str:
    if isinstance(value.small, View):
        return "a view"
    if isinstance(value.small, (tuple, list)):
        return f"several: {shape_text(value)}"
    return f"the constant `{describe_constant(value.small)}`"


def choices_of(value: Both, operand: Operand) -> tuple[str, ...]:
    """What a user may have meant: the outputs of a component, by name."""
    fields = () if isinstance(value.small, View) else getattr(value.small, "_fields", ())
    return tuple(f"{operand.node}.{field}" for field in fields) if isinstance(operand, Wire) else ()


def check_condition(run: ShapeRun, operand: Operand, span: Span) -> list[Diagnostic]:
    """True or false for each target."""
    value = run.value(operand)
    if value is FAILED:
        return []
    if not isinstance(value.small, Tensor):
        return [NotACondition(span, described(value))]
    if value.small.dtype is not torch.bool:
        return [NotACondition(span, f"numbers, [{shape_text(value)}]")]
    return per_target(run, operand, span, "a condition")


def per_target(run: ShapeRun, operand: Operand, span: Span, what: str) -> list[Diagnostic]:
    """One element per target: `b`, or with axes of size one behind it."""
    value = run.value(operand)
    if value is FAILED or not isinstance(value.small, Tensor):
        return []
    sizes = tuple(side.numel() for side in value)
    return [] if sizes == BATCHES else [NotOnePerTarget(span, what, shape_text(value))]
