"""Checking: from a spec to its component graph, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .. import components
from ..dsl.diagnostics import Diagnostic, SpecError
from ..dsl.program import Input, Operand, Program, Wire
from ..dsl.render import render_human
from ..dsl.resolver import ResolveResult, resolve
from ..dsl.sources import Sources
from ..dsl.span import Span
from .bind import bind_parts
from .graph import ComponentGraph, build_graph
from .python_use import Allowance, import_python
from .shape_errors import NotAFrameBox, NotOnePerTarget, StateShape
from .shapes import FAILED, ShapeRun, infer_shapes, per_target_state
from .stages import check_stages, infer_stages
from .values import BATCHES, shape_text

FRAME_BOX = "box in the frame"


@dataclass(frozen=True)
class CheckResult:
    program: Program | None
    graph: ComponentGraph | None
    """None where something is wrong with this tracker"""
    diagnostics: tuple[Diagnostic, ...]
    sources: Sources

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
    resolved = resolve(spec, sources=sources, tracker=tracker, params=params or {})
    result = check_resolved(resolved, allow_python)
    others = [name for name in resolved.trackers if tracker is None and not is_that(result.program, name)]
    found = list(result.diagnostics)
    for name in others:
        found += check_resolved(
            resolve(spec, sources=resolved.sources, tracker=name), allow_python
        ).diagnostics
    return replace(result, diagnostics=ordered(found))


def is_that(program: Program | None, name: str) -> bool:
    return program is not None and program.name == name


def check_resolved(resolved: ResolveResult, allow_python: Allowance) -> CheckResult:
    """The graph of one resolved tracker, or what is wrong with it."""
    found = list(resolved.diagnostics)
    program = resolved.program
    if program is None:
        return CheckResult(None, None, ordered(found), resolved.sources)
    components.load()
    imported = import_python(program.python_uses, allow_python)
    bound, problems = bind_parts(program, imported.absent, resolved.blocks)
    found += [*imported.diagnostics, *problems]
    stages = infer_stages(program, bound)
    run = infer_shapes(program, bound)
    found += [*run.findings, *check_stages(program, bound, stages), *check_ends(run)]
    if any(finding.is_error for finding in found):
        return CheckResult(program, None, ordered(found), resolved.sources)
    graph = build_graph(program, run.settled, stages, run.values)
    return CheckResult(program, graph, ordered(found), resolved.sources)


def ordered(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and place, each once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.span, found.code)))


def check_ends(run: ShapeRun) -> list[Diagnostic]:
    """What leaves the graph: boxes must be boxes of the frame, scores and conditions one number per target."""
    found: list[Diagnostic] = []
    for output in run.program.outputs:
        value = run.value(output.value)
        if value is FAILED:
            continue
        if output.name == "box":
            kind = run.kinds.get(output.value.node) if isinstance(output.value, Wire) else None
            if kind is None or kind.name != FRAME_BOX:
                said = f"a {kind.name}" if kind else f"a plain tensor, {shape_text(value)}"
                found.append(NotAFrameBox(output.value_span, said))
        elif output.name == "score":
            found += per_target(run, output.value, output.value_span, "`output score`")
    for state in run.program.states:
        begin = per_target_state(run.value(state.initial))
        then = run.value(state.next) if state.next is not None else FAILED
        if begin is FAILED or then is FAILED or state.next_span is None:
            continue
        if shape_text(begin) != shape_text(then):
            found.append(
                StateShape(state.next_span, state.name, shape_text(begin), shape_text(then), state.span)
            )
        if state.condition is not None:
            found += per_target(run, state.condition, state.next_span, "a condition")
    for node in run.program.nodes:
        refresh = node.refresh if isinstance(node, Input) else None
        if refresh is not None and refresh.condition is not None:
            found += per_target(run, refresh.condition, refresh.span, "a condition")
    return found


def per_target(run: ShapeRun, operand: Operand, span: Span, what: str) -> list[Diagnostic]:
    """One element per target: `b`, or with axes of size one behind it."""
    value = run.value(operand)
    if value is FAILED or not isinstance(operand, Wire):
        return []
    sizes = tuple(side.numel() if hasattr(side, "numel") else None for side in value)
    return [] if sizes == BATCHES else [NotOnePerTarget(span, what, shape_text(value))]
