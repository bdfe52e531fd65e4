"""Findings as a person reads them, with the lines of the spec, and as JSON for tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .diagnostics import Diagnostic, Severity
from .findings import in_order
from .screen_text import Line, visible
from .sources import Sources
from .span import Span

WIDTH = 120
"""Columns of a report; longer lines are cut around what is marked."""

RESET = "\x1b[0m"
STYLES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "frame": "\x1b[1;34m",
    "bold": "\x1b[1m",
}


@dataclass(frozen=True)
class Mark:
    """A stretch to underline, and what to say beside it."""

    span: Span
    text: str
    primary: bool


@dataclass(frozen=True)
class Paint:
    """Colours, or none."""

    color: bool

    def __call__(self, text: str, style: str) -> str:
        return f"{STYLES[style]}{text}{RESET}" if self.color and text else text


def render_human(
    diagnostics: Iterable[Diagnostic], sources: Sources, color: bool = False, width: int = WIDTH
) -> str:
    """A report of all findings in the order of the text, with a line that counts them; empty where there are none."""
    found = in_order(diagnostics)
    if not found:
        return ""
    paint = Paint(color)
    reports = [render_one(diagnostic, sources, paint, width) for diagnostic in found]
    return "\n\n".join([*reports, summary(found)]) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    parts = []
    for severity in Severity:
        count = sum(diagnostic.severity is severity for diagnostic in diagnostics)
        if count:
            parts.append(f"{count} {severity.value}{'' if count == 1 else 's'}")
    return ", ".join(parts)


def render_one(diagnostic: Diagnostic, sources: Sources, paint: Paint, width: int) -> str:
    """One finding: its title, the lines that it is about, notes, help and fix."""
    word = diagnostic.severity.value
    head = paint(f"{word}[{diagnostic.code}]", word) + paint(f": {visible(diagnostic.title)}", "bold")
    marks = [Mark(diagnostic.span, diagnostic.label, True)]
    marks += [Mark(label.span, label.text, False) for label in diagnostic.labels]
    gutter = max(len(str(mark.span.line)) for mark in marks)
    lines = [head]
    for path in dict.fromkeys(mark.span.path for mark in marks):
        there = [mark for mark in marks if mark.span.path == path]
        lines += excerpt(path, there, sources.text(path), gutter, paint, width)
    remarks = [*(("note", note) for note in diagnostic.notes)]
    if diagnostic.help:
        remarks.append(("help", diagnostic.help))
    if diagnostic.fix and not says_already(diagnostic):
        remarks.append(("fix", diagnostic.fix.title))
    indent = " " * gutter
    if remarks:
        lines.append(paint(f"{indent} |", "frame"))
    for kind, text in remarks:
        first, *rest = text.splitlines() or [""]
        lines.append(f"{indent} {paint('=', 'frame')} {paint(kind, 'bold')}: {visible(first)}")
        lines += [f"{indent}   {' ' * len(kind)}  {visible(line)}" for line in rest]
    return "\n".join(line.rstrip() for line in lines)


def says_already(diagnostic: Diagnostic) -> bool:
    """Whether the help asks `did you mean`, and the fix is just that."""
    edits = diagnostic.fix.edits if diagnostic.fix else ()
    asked = (diagnostic.help or "").startswith("did you mean")
    return asked and len(edits) == 1 and f"`{edits[0].text}`" in (diagnostic.help or "")


def is_whole_file(span: Span) -> bool:
    """A span that means the file as such."""
    return span.start == span.end == 0 and (span.line, span.end_line) == (1, 1)


def excerpt(
    path: str, marks: Sequence[Mark], text: str | None, gutter: int, paint: Paint, width: int
) -> list[str]:
    """The lines of one file with their marks. Without the text, only the place."""
    first = marks[0]
    indent = " " * gutter
    arrow = "-->" if first.primary else ":::"
    if is_whole_file(first.span):
        return [f"{indent}{paint(arrow, 'frame')} {visible(path)}"]
    place = f"{visible(path)}:{first.span.line}:{first.span.column}"
    lines = [f"{indent}{paint(arrow, 'frame')} {place}"]
    source = text.split("\n") if text is not None else []
    shown = sorted({mark.span.line for mark in marks if mark.span.line <= len(source)})
    if shown:
        lines.append(paint(f"{indent} |", "frame"))
    for number in shown:
        here = sorted((mark for mark in marks if mark.span.line == number), key=lambda mark: mark.span.start)
        bounds = [columns(mark, source[number - 1]) for mark in here]
        line = Line(source[number - 1], width - gutter - 3, *bounds[0])
        lines.append(f"{paint(f'{number:>{gutter}} |', 'frame')} {line.text}")
        for mark, (start, end) in zip(here, bounds, strict=True):
            lines.append(underline(mark, line, start, end, indent, paint))
    return lines


def columns(mark: Mark, line: str) -> tuple[int, int]:
    """First and last column (from 0, the last one excluded) of what is underlined in its first line."""
    start = min(mark.span.column - 1, len(line.rstrip("\r")))
    if mark.span.end_line > mark.span.line:
        return start, max(start + 1, len(line.rstrip()))
    return start, max(start + 1, mark.span.end_column - 1)


def underline(mark: Mark, line: Line, start: int, end: int, indent: str, paint: Paint) -> str:
    left, right = line.place(start), line.place(end)
    sign = "^" if mark.primary else "-"
    text = visible(" ".join(mark.text.split()))
    if mark.span.end_line > mark.span.line:
        text = f"{text} (to line {mark.span.end_line})".strip()
    style = "error" if mark.primary else "frame"
    drawn = paint(f"{sign * max(1, right - left)} {text}".rstrip(), style)
    return f"{paint(f'{indent} |', 'frame')} {' ' * left}{drawn}"


# ---------------------------------------------------------------- JSON


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list with an object for each finding, in the order of the text. Lines and columns count from 1."""
    return json.dumps(
        [as_json(diagnostic) for diagnostic in in_order(diagnostics)], indent=2, ensure_ascii=False
    )


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    fix = diagnostic.fix
    edits = [{**place(edit.span), "text": edit.text} for edit in fix.edits] if fix else []
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.title,
        **place(diagnostic.span),
        "label": diagnostic.label,
        "labels": [{**place(label.span), "message": label.text} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fix": {"title": fix.title, "edits": edits} if fix else None,
    }


def place(span: Span) -> dict[str, Any]:
    return {
        "file": span.path,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
