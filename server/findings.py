"""Findings as an editor shows them: where, how bad, what else belongs to it, and what may be faded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from ..dsl.composition_errors import NoTracker
from ..dsl.diagnostics import Diagnostic, Severity
from ..dsl.span import Span
from .checking import Checked
from .desk import Desk
from .positions import Shift, Text, shift_between, uri_of
from .reading import Reading

SOURCE = "sotc"

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def current(desk: Desk, reading: Reading) -> list[tuple[Diagnostic, Shift | None]]:
    """What is known to be wrong with a file: the whole check where it is done; until then what the language tells,
    and what the last check added to that, moved along with the text that was not touched since.
    """
    checked = desk.checked(reading.path)
    if checked is not None and is_current(checked, reading):
        return [(found, None) for found in checked.diagnostics]
    found: list[tuple[Diagnostic, Shift | None]] = [(each, None) for each in reading.diagnostics]
    if checked is not None:
        shift = shift_between(checked.text, reading.text)
        found += [(each, shift) for each in checked.beyond if each.span.path == reading.path]
    return found


def is_current(checked: Checked, reading: Reading) -> bool:
    return checked.text == reading.text and all(
        checked.read.get(path, said) == said for path, said in reading.read.items()
    )


def to_show(desk: Desk, reading: Reading, related: bool = True) -> list[types.Diagnostic]:
    """All findings of a file. What is wrong with a file that it uses stands at that `use`."""
    text = Text(reading.text, desk.codec)
    shown: list[types.Diagnostic] = []
    for found, shift in current(desk, reading):
        if isinstance(found, NoTracker) and found.blocks:
            continue  # a file of blocks is checked where they are used, as `sotc check FOLDER` does
        if found.span.path != reading.path:
            shown += elsewhere(desk, reading, text, found)
            continue
        place = (found.span.start, found.span.end)
        moved = shift.span(*place) if shift is not None else place
        if moved is not None:
            shown.append(as_shown(desk, found, text.between(*visible(moved, reading.text)), related))
    return shown


def visible(place: tuple[int, int], text: str) -> tuple[int, int]:
    """An empty span widened to the character before it or after it, so that something is underlined."""
    start, end = place
    if start < end or not text:
        return place
    if end < len(text) and text[end] not in "\r\n":
        return start, end + 1
    return max(0, start - 1), end


def as_shown(desk: Desk, found: Diagnostic, place: types.Range, related: bool) -> types.Diagnostic:
    return types.Diagnostic(
        range=place,
        severity=SEVERITIES[found.severity],
        code=found.code,
        source=SOURCE,
        message=message_of(found),
        tags=[types.DiagnosticTag.Unnecessary] if found.fades else None,
        related_information=list(related_of(desk, found)) or None if related else None,
    )


def message_of(found: Diagnostic) -> str:
    """The title, what stands beside the place, notes and help: all that the command line says."""
    lines = [found.title, *([found.label] if found.label else [])]
    lines += [f"note: {note}" for note in found.notes]
    lines += [f"help: {found.help}"] if found.help else []
    return "\n".join(lines)


def related_of(desk: Desk, found: Diagnostic) -> Iterator[types.DiagnosticRelatedInformation]:
    for label in found.labels:
        yield types.DiagnosticRelatedInformation(location(desk, label.span), label.text)


def location(desk: Desk, span: Span) -> types.Location:
    uri = desk.uris.get(span.path) or uri_of(span.path)
    return types.Location(uri, desk.text(span.path).range(span))


def elsewhere(desk: Desk, reading: Reading, text: Text, found: Diagnostic) -> Iterator[types.Diagnostic]:
    """An error in a file that this one uses, shown where it is used."""
    if not found.is_error:
        return
    use = next((each for each in reading.file.uses if leads_to(reading, each.source, found.span.path)), None)
    use = use or next((each for each in reading.file.uses if not each.python), None)
    place = text.range(use.source_span) if use is not None else text.between(0, 0)
    name = Path(found.span.path).name
    yield types.Diagnostic(
        range=place,
        severity=types.DiagnosticSeverity.Error,
        code=found.code,
        source=SOURCE,
        message=f"{name}, line {found.span.line}: {found.title}",
        related_information=[types.DiagnosticRelatedInformation(location(desk, found.span), found.title)],
    )


def leads_to(reading: Reading, source: str, path: str) -> bool:
    return Path(path).name == Path(source).name
