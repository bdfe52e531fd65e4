"""Code actions: the fixes that findings carry, one by one and all at once."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from ..dsl.diagnostics import Edit, Fix
from ..dsl.fixing import fixable
from .desk import Desk
from .findings import SOURCE, as_shown, current
from .positions import Shift, Text, uri_of
from .reading import Reading

FIX_ALL = "source.fixAll.sotc"


def actions(
    desk: Desk, reading: Reading, start: int, end: int, wanted: Iterable[str] | None
) -> list[types.CodeAction]:
    """What can be done about the findings that touch a stretch; and about all of the file's."""
    text = Text(reading.text, desk.codec)
    found: list[types.CodeAction] = []
    edits: list[Edit] = []
    known = current(desk, reading)
    together = set(fixable(finding for finding, _ in known))
    for finding, shift in known:
        fix = moved_fix(finding.fix, shift, reading.path) if finding.fix is not None else None
        if fix is None or finding.span.path != reading.path:
            continue
        if finding in together and not overlaps(fix.edits, edits):
            edits += fix.edits
        place = (
            shift.span(finding.span.start, finding.span.end)
            if shift
            else (finding.span.start, finding.span.end)
        )
        if (
            place is None
            or place[1] < start
            or place[0] > end
            or not asks(wanted, types.CodeActionKind.QuickFix)
        ):
            continue
        shown = as_shown(desk, finding, text.between(*place), related=False)
        found.append(
            types.CodeAction(
                title=fix.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[shown],
                is_preferred=True,
                edit=as_edit(desk, fix.edits),
            )
        )
    if len(edits) > 0 and asks(wanted, FIX_ALL):
        found.append(
            types.CodeAction(
                title=f"{SOURCE}: apply all fixes", kind=FIX_ALL, edit=as_edit(desk, tuple(edits))
            )
        )
    return found


def asks(wanted: Iterable[str] | None, kind: str) -> bool:
    """Whether a kind of action, or a wider one, was asked for."""
    return wanted is None or any(kind == each or kind.startswith(f"{each}.") or each == "" for each in wanted)


def moved_fix(fix: Fix, shift: Shift | None, path: str) -> Fix | None:
    """A fix for the text as it is; None where its place was touched."""
    if shift is None:
        return fix
    edits = []
    for edit in fix.edits:
        place = shift.span(edit.span.start, edit.span.end) if edit.span.path == path else None
        if place is None:
            return None
        span = edit.span
        moved = type(span)(span.path, *place, span.line, span.column, span.end_line, span.end_column)
        edits.append(Edit(moved, edit.text))
    return Fix(fix.title, tuple(edits))


def overlaps(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether two sets of edits touch the same place."""
    return any(
        one.span.path == other.span.path
        and one.span.start <= other.span.end
        and other.span.start <= one.span.end
        for one in edits
        for other in others
    )


def as_edit(desk: Desk, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        path = edit.span.path
        uri = desk.uris.get(path) or uri_of(path)
        changes.setdefault(uri, []).append(types.TextEdit(desk.text(path).range(edit.span), edit.text))
    return types.WorkspaceEdit(changes=dict(changes))
