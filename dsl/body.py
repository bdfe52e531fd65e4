"""One flat body, of a tracker or a block: which names it declares, in which order they can be computed,
and whether every name that is read is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import tree
from .composition_errors import RemovedName
from .evaluate import FUNCTIONS
from .findings import Findings
from .modules import Module
from .name_errors import Cycle, UnknownName
from .ordering import order
from .references import Read, declared, first_reads, is_type_name, later_reads
from .span import Span
from .suggest import nearest

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, eq=False)
class Entry:
    """A statement of a flattened body, and who wrote it."""

    statement: tree.Statement
    owner: str
    module: Module
    level: int = 0
    """how far down the line of `extends` it was written: 0 is the base"""
    replaces: str | None = None
    """the word that declares what an `override` takes the place of: `head`, `wire`"""


@dataclass(frozen=True)
class Missing:
    """Names that are not there, and why nobody need be told again."""

    removed: Mapping[str, Span] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    """names in statements that could not be read"""
    everything: bool = False
    """the base itself is missing, so any name may have been in it"""


@dataclass(frozen=True)
class Flat:
    """Statements of one body, with `extends` and `if` done away with."""

    entries: tuple[Entry, ...]
    missing: Missing
    used: frozenset[str]
    """names that are read by the conditions of `if`s, and in branches that could not be decided"""


@dataclass(frozen=True, eq=False)
class Body:
    entries: tuple[Entry, ...]
    parameters: tuple[tree.Name, ...]
    missing: Missing
    order: tuple[int, ...]
    """indices of entries, each after those that it needs"""
    circular: frozenset[int]
    """entries in a cycle: they have no value"""
    declared: Mapping[str, int]
    """which entry declares a name"""
    used: frozenset[str]
    """names that some other statement reads, or was probably meant to read"""


def words_of(module: Module, span: Span) -> set[str]:
    """Words of a stretch that could not be read: one of them may be the name that is missing elsewhere."""
    return set(WORD.findall(module.text[span.start : span.end]))


def analyse(
    entries: tuple[Entry, ...], parameters: tuple[tree.Name, ...], flat: Flat, findings: Findings
) -> Body:
    """Bind names to entries, report those that are declared nowhere, and order what remains."""
    names: dict[str, int] = {}
    outside: dict[str, str] = {}
    for index, entry in enumerate(entries):
        for space, found, _ in declared(entry.statement):
            if space == "name":
                names.setdefault(found, index)
            else:
                outside.setdefault(found, space)
    known = {*names, *(parameter.text for parameter in parameters)}
    needs: dict[int, list[int]] = {}
    first: dict[int, tuple[Read, ...]] = {}
    used: set[str] = set(flat.used)
    missing = flat.missing
    for index, entry in enumerate(entries):
        first[index] = tuple(read for read in first_reads(entry.statement) if not is_type_name(read.name))
        later = [read for read in later_reads(entry.statement) if not is_type_name(read.name)]
        for read in (*first[index], *later):
            if read.name in known:
                used.update(() if names.get(read.name) == index else (read.name,))
            elif not (read.called and read.name in FUNCTIONS):
                used.update(report_unknown(read, known, outside, missing, findings))
        needs[index] = list(dict.fromkeys(names[read.name] for read in first[index] if read.name in names))
    ordered = order(needs)
    for cycle in ordered.cycles:
        findings.add(cycle_of(cycle, entries, first, names))
    circular = frozenset(index for cycle in ordered.cycles for index in cycle)
    return Body(entries, parameters, missing, ordered.keys, circular, names, frozenset(used))


def report_unknown(
    read: Read, known: Iterable[str], outside: Mapping[str, str], missing: Missing, findings: Findings
) -> tuple[str, ...]:
    """Report a name that is declared nowhere. Gives the names that may have been meant."""
    if missing.everything or read.name in missing.lost:
        return ()
    if read.name in missing.removed:
        findings.add(RemovedName(read.span, read.name, missing.removed[read.name]))
        return ()
    candidates = [*known, *(FUNCTIONS if read.called else ())]
    space = outside.get(read.name)
    note = None
    if space is not None:
        article = "an output" if space == "output" else "a loss"
        note = f"there is {article} of that name; what is read has to be a wire: give it a name first"
    near = () if space else nearest(read.name, candidates)
    findings.add(UnknownName(read.span, read.name, near, note))
    return near


def cycle_of(
    cycle: tuple[int, ...],
    entries: tuple[Entry, ...],
    first: Mapping[int, tuple[Read, ...]],
    names: Mapping[str, int],
) -> Cycle:
    """The finding that names the whole cycle, from the entry that stands first in the text."""
    start = cycle.index(min(cycle))
    turned = (*cycle[start:], *cycle[:start])
    steps = []
    for position, index in enumerate(turned):
        following = turned[(position + 1) % len(turned)]
        read = next(read for read in first[index] if names.get(read.name) == following)
        own = declared(entries[index].statement)[0].name
        steps.append((own, read.span, read.name))
    of_params = all(isinstance(entries[index].statement, tree.ParamDecl) for index in turned)
    return Cycle(steps[0][1], tuple(steps), of_params)
