"""`extends`, `override`, `remove`, `freeze` and `if`: several bodies become one flat list of statements.

A name that exists in the base changes only with `override`, goes only with `remove`; anything else is new.
Within one body the order does not matter: what is removed goes first, then replacements are made in place, then
what is new is added at the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from . import tree
from .body import Entry, Flat, Missing, words_of
from .composition_errors import MissingOverride, NothingToChange, OverrideOfNothing, RemoveOfNothing
from .freezing import melt, unfreeze
from .modules import Module
from .name_errors import DuplicateName, Misplaced
from .params import Declaration, check_reads
from .program import Provenance
from .references import Declared, all_reads, declared, keyword_span, reads, word_of
from .scope import Here, Scope
from .span import Span
from .suggest import nearest

if TYPE_CHECKING:
    from .elaborate import Elaborator


@dataclass(frozen=True, eq=False)
class Level:
    """One body of a line of `extends`: the base first."""

    declaration: tree.TrackerDecl | tree.BlockDecl
    module: Module

    @property
    def name(self) -> str:
        return self.declaration.name.text


# ---------------------------------------------------------------- params, which `if` needs first


def param_declarations(
    levels: Sequence[Level], elaborator: Elaborator, base_missing: bool = False
) -> tuple[tuple[Declaration, ...], frozenset[str], Missing]:
    """The params of a line of bodies, the names that are no params, and the names that may be missing.

    Mistakes of `override` and `remove` are told by `flatten`, which sees the same statements.
    """
    params: dict[str, Declaration] = {}
    elsewhere: set[str] = set()
    lost: set[str] = set()
    for number, level in enumerate(levels):
        for statement in level.declaration.body:
            if isinstance(statement, tree.RemoveDecl):
                for name in statement.names:
                    params.pop(name.text, None)
        for statement in spread(level.declaration.body):
            inner = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
            if isinstance(inner, tree.ErrorStatement):
                lost |= words_of(level.module, inner.span)
            elif isinstance(inner, tree.ParamDecl):
                fresh = inner.name.text not in params or params[inner.name.text].entry.level != number
                if fresh:
                    entry = Entry(inner, level.name, level.module, number)
                    params[inner.name.text] = Declaration(inner, entry)
            else:
                for found in declared(inner):
                    elsewhere.add(found.name)
    if isinstance(levels[0].declaration, tree.BlockDecl):
        elsewhere.update(name.text for name in levels[0].declaration.parameters)
    names = frozenset(elsewhere - params.keys())
    return tuple(params.values()), names, Missing({}, frozenset(lost), base_missing)


def spread(statements: Iterable[tree.Statement]) -> Iterator[tree.Statement]:
    """Statements, those in the branches of an `if` included."""
    stack = list(reversed(list(statements)))
    while stack:
        statement = stack.pop()
        if isinstance(statement, tree.IfDecl):
            stack.extend(reversed((*statement.then, *statement.otherwise)))
        else:
            yield statement


def conditions(statements: Iterable[tree.Statement]) -> Iterator[tree.Expression]:
    """The conditions of all `if`s, those within others included."""
    stack = list(statements)
    while stack:
        statement = stack.pop()
        if isinstance(statement, tree.IfDecl):
            yield statement.condition
            stack.extend((*statement.then, *statement.otherwise))


# ---------------------------------------------------------------- if


def decide(
    statements: Sequence[tree.Statement],
    level: Level,
    params: Scope,
    elsewhere: frozenset[str],
    missing: Missing,
    elaborator: Elaborator,
) -> tuple[list[tree.Statement], list[tree.Statement]]:
    """Statements with every `if` decided, and those of branches that could not be decided."""
    kept: list[tree.Statement] = []
    undecided: list[tree.Statement] = []
    stack: list[tuple[tree.Statement, bool]] = [(statement, False) for statement in reversed(statements)]
    known = params.names()
    while stack:
        statement, inside = stack.pop()
        if not isinstance(statement, tree.IfDecl):
            inner = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
            if inside and isinstance(inner, tree.ParamDecl):
                advice = "declare it outside; its value may depend on other params"
                elaborator.findings.add(Misplaced(inner.span, "param", "the branch of an `if`", advice))
            kept.append(statement)
            continue
        where = "the condition of an `if`"
        here = Here(params, level.module, Provenance(level.name, statement.span))
        fine = check_reads(statement.condition, known, elsewhere, missing, elaborator, where)
        value = elaborator.truth(statement.condition, here, where) if fine else None
        if isinstance(value, bool):
            branch = statement.then if value else statement.otherwise
            stack.extend((each, True) for each in reversed(branch))
            continue
        for each in spread((statement,)):
            undecided.append(each)
    return kept, undecided


# ---------------------------------------------------------------- flattening


class Place(NamedTuple):
    """Where a name is declared."""

    at: int
    """number of the entry"""
    declared: Declared
    owner: str
    level: int


@dataclass
class Merge:
    """The flat list as it grows."""

    elaborator: Elaborator
    entries: list[Entry | None] = field(default_factory=list)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """where each name is declared"""
    removed: dict[str, Span] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """names of overrides that were left out, as they missed their aim"""

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for _, name in self.places))

    def append(self, entry: Entry, at: int | None = None) -> None:
        if at is None:
            self.entries.append(entry)
            at = len(self.entries) - 1
        else:
            self.entries[at] = entry
        for found in declared(entry.statement):
            self.places[(found.space, found.name)] = Place(at, found, entry.owner, entry.level)
            self.removed.pop(found.name, None)

    def drop(self, space: str, name: str) -> int:
        """Take a name out. Gives the place of its statement, which stays if it declares other names, too."""
        at = self.places.pop((space, name)).at
        entry = self.entries[at]
        if entry is None:
            return at
        statement = entry.statement
        if isinstance(statement, tree.WireDecl) and len(statement.names) > 1:
            names = tuple(
                dataclasses.replace(each, text="_") if each.text == name else each for each in statement.names
            )
            if any(each.text != "_" for each in names):
                masked = dataclasses.replace(statement, names=names)
                self.entries[at] = dataclasses.replace(entry, statement=masked)
                return at
        self.entries[at] = None
        return at


def flatten(
    levels: Sequence[Level], params: Scope, elaborator: Elaborator, base_missing: bool = False
) -> Flat:
    """One flat list of statements out of a line of bodies, with every `if` decided."""
    _, elsewhere, missing = param_declarations(levels, elaborator, base_missing)
    merge = Merge(elaborator)
    lost = set(missing.lost)
    used = {
        read.name
        for level in levels
        for condition in conditions(level.declaration.body)
        for read in reads(condition)
    }
    for number, level in enumerate(levels):
        base = levels[number - 1].name if number else None
        body = level.declaration.body
        statements, undecided = decide(body, level, params, elsewhere, missing, elaborator)
        lost |= {found.name for each in undecided for found in declared(each)}
        used |= {read.name for each in undecided for read in all_reads(each)}
        silent = base_missing or bool(missing.lost)
        for statement in statements:
            if isinstance(statement, tree.RemoveDecl):
                remove(merge, statement, level, base, silent)
            elif isinstance(statement, tree.UnfreezeDecl):
                unfreeze(merge, statement, level, base, silent)
        for statement in statements:
            if isinstance(statement, tree.OverrideDecl):
                declaration = dataclasses.replace(statement.declaration, doc=statement.doc)
                entry = Entry(declaration, level.name, level.module, number)
                override(merge, entry, statement, base, silent, level)
        for statement in statements:
            if not isinstance(statement, (tree.RemoveDecl, tree.UnfreezeDecl, tree.OverrideDecl)):
                add(merge, Entry(statement, level.name, level.module, number), base)
    entries = tuple(entry for entry in merge.entries if entry is not None)
    lost |= merge.lost
    return Flat(entries, Missing(merge.removed, frozenset(lost), base_missing), frozenset(used))


def remove(merge: Merge, statement: tree.RemoveDecl, level: Level, base: str | None, silent: bool) -> None:
    """Everything that the base declares under the names: a wire and the output of that name, a state and its next."""
    findings = merge.elaborator.findings
    if base is None:
        if not silent:
            findings.add(NothingToChange(statement.span, "remove", level.name, None))
        return
    for name in statement.names:
        spaces = [space for space, known in merge.places if known == name.text]
        if not spaces and not silent:
            near = nearest(name.text, merge.names())
            findings.add(RemoveOfNothing(name.span, name.text, base, near))
        for space in spaces:
            merge.drop(space, name.text)
        melt(merge, name.text)
        merge.removed[name.text] = name.span


def override(
    merge: Merge, entry: Entry, statement: tree.OverrideDecl, base: str | None, silent: bool, level: Level
) -> None:
    """Put a declaration in the place of the base's."""
    findings = merge.elaborator.findings
    word = keyword_span(statement, "override ")
    if base is None:
        if not silent:
            findings.add(NothingToChange(keyword_span(statement, "override"), "override", level.name, word))
        add(merge, entry, base)
        return
    at: int | None = None
    for found in declared(entry.statement):
        place = merge.places.get((found.space, found.name))
        if place is None and silent:
            continue
        if place is None:
            finding = nothing_to_override(merge, found, entry, base, word)
            findings.add(finding)
            if finding.nearest or finding.note or finding.word:
                merge.lost.update(each.name for each in declared(entry.statement))
                return
            continue
        if place.level == entry.level:
            findings.add(DuplicateName(found.span, found.name, place.declared.span, what_of(found.space)))
            return
        before = merge.entries[place.at]
        if before is not None:
            entry = dataclasses.replace(entry, replaces=word_of(before.statement))
        dropped = merge.drop(found.space, found.name)
        if at is None and merge.entries[dropped] is None:
            at = dropped
    merge.append(entry, at)


def nothing_to_override(
    merge: Merge, found: Declared, entry: Entry, base: str, word: Span
) -> OverrideOfNothing:
    """The finding, naming what the user may have meant: a near name, or the base's one of the same kind."""
    same_kind = [
        known
        for (space, known), place in merge.places.items()
        if space == found.space and (other := merge.entries[place.at]) is not None
        if word_of(other.statement) == word_of(entry.statement)
    ]
    near = nearest(found.name, [known for space, known in merge.places if space == found.space])
    kind = word_of(entry.statement)
    special = kind in ("backbone", "neck", "head", "loss", "template", "search")
    note = (
        f"its {kind} is called {' and '.join(f'`{name}`' for name in same_kind)}"
        if special and same_kind
        else None
    )
    what = what_of(found.space)
    if kind == "wire":
        left_out = next((space for space, known in merge.places if known == found.name), None)
        if left_out is not None:
            return OverrideOfNothing(found.span, what, found.name, base, (), None, word=left_out)
    return OverrideOfNothing(found.span, what, found.name, base, near, None if note else word, note)


def add(merge: Merge, entry: Entry, base: str | None) -> None:
    """A declaration that is new. One that the base has already is reported and taken as an override."""
    findings = merge.elaborator.findings
    at: int | None = None
    for found in declared(entry.statement):
        place = merge.places.get((found.space, found.name))
        if place is None:
            continue
        if place.level == entry.level:
            findings.add(DuplicateName(found.span, found.name, place.declared.span, what_of(found.space)))
            return
        what, insert_at = what_of(found.space), entry.statement.span.ahead
        first = place.declared.span
        findings.add(MissingOverride(found.span, what, found.name, place.owner, first, insert_at))
        at = merge.drop(found.space, found.name)
        at = at if merge.entries[at] is None else None
    merge.append(entry, at)


def what_of(space: str) -> str:
    return {"name": "name", "output": "output", "loss": "loss", "next": "`next`"}[space]
