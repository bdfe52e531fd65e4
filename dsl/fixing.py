"""Applying fixes to texts: those of all findings that do not touch each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .diagnostics import Diagnostic, Edit, Fix
from .findings import in_order
from .sources import identity


def fixable(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those whose fixes may be applied together, unasked.

    What is not used is taken out only where nothing else is wrong: in a spec that is being written, all of it waits
    for the line that will use it.
    """
    found = tuple(diagnostics)
    unfinished = any(each.is_error and not each.fades for each in found)
    return tuple(each for each in found if each.fix is not None and not (unfinished and each.fades))


@dataclass(frozen=True)
class Fixed:
    texts: Mapping[str, str]
    """the new text of every file that changed, by path"""
    fixes: tuple[Fix, ...]
    """what was applied"""


def apply_fixes(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> Fixed:
    """Apply every fix whose edits stand in these files and overlap with none that was taken before.

    `texts` are what the diagnostics were found in, by path. What is left out may be applied in another round.
    """
    path_of = {identity(path): path for path in texts}
    taken: dict[str, list[Edit]] = {path: [] for path in texts}
    applied: list[Fix] = []
    for found in in_order(fixable(diagnostics)):
        fix = found.fix
        if fix is None or fix in applied:
            continue
        edits = [(path_of.get(identity(edit.span.path)), edit) for edit in fix.edits]
        if any(path is None or any(overlap(edit, other) for other in taken[path]) for path, edit in edits):
            continue
        for path, edit in edits:
            taken[str(path)].append(edit)
        applied.append(fix)
    changed = {path: edited(texts[path], edits) for path, edits in taken.items() if edits}
    return Fixed({path: text for path, text in changed.items() if text != texts[path]}, tuple(applied))


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch: insertions at one place do, since their order would be a guess."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made, the last first."""
    for edit in sorted(edits, key=lambda each: each.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
