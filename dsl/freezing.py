"""`freeze` and `remove freeze`: which weights training leaves as they are, over a line of `extends`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from . import tree
from .body import Body, Entry
from .composition_errors import NothingToChange, RemovedName
from .findings import Findings
from .freeze_errors import NothingToFreeze, NothingToUnfreeze
from .program import Freeze, Program, Provenance
from .references import word_of
from .suggest import nearest

if TYPE_CHECKING:
    from .composition import Level, Merge


def lies_in(path: str, outer: str) -> bool:
    """Whether a path is `outer` or a piece of it."""
    return path == outer or path.startswith(f"{outer}.")


def names_below(outer: str, paths: Iterable[str]) -> list[str]:
    """The words that paths go on with behind `outer`, each once."""
    return sorted({path[len(outer) + 1 :].split(".")[0] for path in paths if path.startswith(f"{outer}.")})


def frozen_inside(program: Program, path: str) -> tuple[str, ...] | None:
    """What of a part is frozen: `()` for all of it, None for nothing, else the pieces within, in order."""
    if any(lies_in(path, each.path) for each in program.freezes):
        return ()
    inside = tuple(each.path[len(path) + 1 :] for each in program.freezes if lies_in(each.path, path))
    return inside or None


# ---------------------------------------------------------------- variants


def frozen_in(merge: Merge) -> tuple[str, ...]:
    """What is frozen so far."""
    statements = [entry.statement for entry in merge.entries if entry is not None]
    return tuple(path.text for each in statements if isinstance(each, tree.FreezeDecl) for path in each.paths)


def melt(merge: Merge, outer: str) -> None:
    """Take a path, and the pieces of it, out of the statements that freeze them."""
    for at, entry in enumerate(merge.entries):
        if entry is None or not isinstance(entry.statement, tree.FreezeDecl):
            continue
        kept = tuple(path for path in entry.statement.paths if not lies_in(path.text, outer))
        if len(kept) < len(entry.statement.paths):
            statement = dataclasses.replace(entry.statement, paths=kept)
            merge.entries[at] = dataclasses.replace(entry, statement=statement) if kept else None


def unfreeze(
    merge: Merge, statement: tree.UnfreezeDecl, level: Level, base: str | None, silent: bool
) -> None:
    """Take back what the base freezes: a path, and the pieces of it."""
    findings = merge.elaborator.findings
    if base is None:
        if not silent:
            findings.add(NothingToChange(statement.span, "remove", level.name, None))
        return
    for wanted in statement.paths:
        known = frozen_in(merge)
        if any(lies_in(path, wanted.text) for path in known):
            melt(merge, wanted.text)
        elif not silent:
            around = next((path for path in known if lies_in(wanted.text, path)), None)
            near = () if around else nearest(wanted.text, known)
            findings.add(NothingToUnfreeze(wanted.span, wanted.text, base, around, near, known))


# ---------------------------------------------------------------- paths and parts


def freezes_of(body: Body, findings: Findings) -> tuple[Freeze, ...]:
    """What a body freezes, in the order of the text; paths that begin with no part are reported."""
    return tuple(
        Freeze(path.text, path.span, Provenance(entry.owner, entry.statement.span))
        for entry, path in paths_in(body)
        if begins_with_part(body, path, findings)
    )


def paths_in(body: Body) -> Iterator[tuple[Entry, tree.PathTree]]:
    for entry in body.entries:
        if isinstance(entry.statement, tree.FreezeDecl):
            for path in entry.statement.paths:
                yield entry, path


def begins_with_part(body: Body, path: tree.PathTree, findings: Findings) -> bool:
    name = path.part.text
    index = body.declared.get(name)
    declaration = body.entries[index].statement if index is not None else None
    if isinstance(declaration, tree.PartDecl):
        return True
    if body.missing.everything or name in body.missing.lost:
        return False
    if name in body.missing.removed:
        findings.add(RemovedName(path.part.span, name, body.missing.removed[name]))
        return False
    if declaration is not None:
        findings.add(NothingToFreeze(path.part.span, name, (), word_of(declaration), declaration.span))
        return False
    parts = [
        known
        for known, place in body.declared.items()
        if isinstance(body.entries[place].statement, tree.PartDecl)
    ]
    findings.add(NothingToFreeze(path.part.span, name, nearest(name, parts)))
    return False
