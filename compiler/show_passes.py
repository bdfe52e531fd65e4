"""What passes do to a spec's programs: counts for a pipeline, and a pass's own account of each place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from .check import CheckResult
from .compiled import CropChoice
from .driver import source_of
from .graph import ComponentGraph
from .passes.base import Reason
from .passes.pipeline import PassReport, parse_pipeline, run_pipeline, spelled
from .programs import Programs
from .table import table


def show_passes(checked: CheckResult, pipeline: str, crop: CropChoice) -> str:
    """A line per pass and program: operators before and after it, and how many places it changed and left alone.

    Raises UnknownPassError and PipelineError.
    """
    parse_pipeline(pipeline)  # a slip is told before the programs are made
    _, reports = run_pipeline(pipeline, programs_of(checked, crop))
    rows = [("pass", "program", "operators", "places")]
    rows += [counted(report) for report in reports]
    rows += [("in all", *total) for total in totals(reports)]
    return table(rows)


def counted(report: PassReport) -> tuple[str, str, str, str]:
    fired, skipped = len(report.result.fired), len(report.result.skipped)
    return (
        report.name,
        report.program,
        arrow(report.before, report.after),
        f"{fired} changed, {skipped} left alone",
    )


def arrow(before: int, after: int) -> str:
    return f"{before} -> {after}" if before != after else str(before)


def totals(reports: Sequence[PassReport]) -> list[tuple[str, str, str]]:
    """Program, operators from the first pass to the last."""
    found = []
    for name in dict.fromkeys(report.program for report in reports):
        own = [report for report in reports if report.program == name]
        found.append((name, arrow(own[0].before, own[-1].after), ""))
    return found


def show_why(checked: CheckResult, asked: str, before: str, crop: CropChoice) -> str:
    """What the pass `asked` did in each program and what it left alone, and why, after the pipeline `before`.

    Raises UnknownPassError and PipelineError.
    """
    parse_pipeline(before)
    passes = parse_pipeline(asked)
    graph = checked.expect()
    programs, _ = run_pipeline(before, programs_of(checked, crop))
    _, reports = run_pipeline(asked, programs)
    heading = ",".join(map(spelled, passes)) + (f" after {before}" if before else "")
    return "\n\n".join((f"# {heading}", *(explained(report, graph) for report in reports)))


def explained(report: PassReport, graph: ComponentGraph) -> str:
    """Places of one program that fired, and those that did not."""
    operators = arrow(report.before, report.after)
    lines = [f"# {report.program}: {operators} operators"]
    if not report.result.fired and not report.result.skipped:
        return f"{lines[0]}, nothing that looks like the pattern"
    for title, reasons in (("changed", report.result.fired), ("left alone", report.result.skipped)):
        if reasons:
            lines += [f"{title}:", table([told(reason, graph) for reason in reasons])]
    return "\n".join(lines)


def told(reason: Reason, graph: ComponentGraph) -> tuple[str, str, str, str]:
    """Operator, node of the spec, its line, and what the pass says."""
    return f"  {reason.node}", reason.origin, line_of(reason.origin, graph), reason.text


def line_of(origin: str, graph: ComponentGraph) -> str:
    """Where the spec writes a node; `nanotrack.sot:12` for one that comes from a block of another file."""
    attributes = graph.graph.nodes.get(origin)
    if attributes is None:
        return ""
    span = attributes["span"]
    own = graph.program.span.path
    return f"line {span.line}" if span.path == own else f"{PurePath(span.path).name}:{span.line}"


def programs_of(checked: CheckResult, crop: CropChoice) -> Programs:
    """The programs before any pass, with weights at random where none are given."""
    return source_of(checked, None, "cpu", crop).programs
