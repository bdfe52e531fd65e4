"""What is declared and never used: an error where it owns weights, a warning elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from . import tree
from .body import Body, Entry
from .diagnostics import Edit, Fix
from .findings import Findings
from .lint_warnings import NeverRead, StateWithoutNext, UnusedParam, UnusedUse
from .modules import Lost, Module
from .name_errors import UnusedPart
from .references import all_reads, declared, word_of
from .span import Span


@dataclass(frozen=True)
class Own:
    """What is being looked at: the level of the body itself, the text it stands in, and its name's place.

    A wire that was inherited and is read no more is no mistake; a part is, as its weights would be kept.
    """

    level: int
    text: str
    span: Span


def unused_in(body: Body, findings: Findings, own: Own, broken: Collection[str] = ()) -> None:
    """Report what no statement of a body reads.

    What could not be made out (`broken`) is left alone; and so is all of a body with mistakes of syntax, since what
    was skipped there may have read anything.
    """
    if body.missing.everything or any(entry.module.damaged for entry in body.entries):
        return
    skipped = {*body.used, *body.missing.lost, *broken}
    for entry in body.entries:
        for found in declared(entry.statement):
            if found.space == "name" and found.name not in skipped:
                report(entry, found.name, found.span, findings, own)
    for parameter in body.parameters:
        if parameter.text not in skipped and not parameter.text.startswith("_"):
            findings.add(NeverRead(parameter.span, "operand", parameter.text))


def report(entry: Entry, name: str, span: Span, findings: Findings, own: Own) -> None:
    statement = entry.statement
    inherited = entry.level < own.level
    if isinstance(statement, tree.PartDecl):
        if inherited:
            findings.add(UnusedPart(own.span, statement.keyword, name, removing(own, name), span))
        else:
            findings.add(UnusedPart(span, statement.keyword, name, removal(statement, own.text, name)))
        return
    if inherited or name.startswith("_"):
        return  # what is inherited is the base's business; `_name` says that it is meant
    if isinstance(statement, tree.ParamDecl):
        findings.add(UnusedParam(span, name, removal(statement, own.text, name)))
    elif isinstance(statement, tree.WireDecl) and len(statement.names) > 1:
        findings.add(NeverRead(span, "wire", name))
    else:
        findings.add(NeverRead(span, word_of(statement), name, removal(statement, own.text, name)))


def removing(own: Own, name: str) -> Fix | None:
    """Write `remove NAME` as the first line of a body that does not want what its base declares."""
    brace = own.text.find("{", own.span.end)
    if brace < 0:
        return None
    line = own.text.count("\n", 0, brace) + 1
    column = brace - own.text.rfind("\n", 0, brace) + 1
    at = Span(own.span.path, brace + 1, brace + 1, line, column, line, column)
    return Fix(f"write `remove {name}`", (Edit(at, f"\n    remove {name}"),))


def removal(statement: tree.Statement, text: str, name: str) -> Fix | None:
    """Take the statement out, with its line where it stands alone on it."""
    span = statement.span
    start, end = span.start, span.end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    alone = not text[line_start:start].strip() and not text[end:line_end].strip()
    if not alone or statement.doc is not None:
        return None
    stop = min(line_end + 1, len(text))
    lines = text[line_start:stop].count("\n")
    whole = Span(span.path, line_start, stop, span.line, 1, span.line + lines, 1)
    return Fix(f"take `{name}` out", (Edit(whole, ""),))


def states_without_next(body: Body, findings: Findings) -> None:
    changing = {
        entry.statement.name.text for entry in body.entries if isinstance(entry.statement, tree.NextDecl)
    }
    states = [entry.statement for entry in body.entries if isinstance(entry.statement, tree.StateDecl)]
    if not changing <= {state.name.text for state in states}:
        return  # a `next` missed its state, which is reported
    for statement in states:
        if statement.name.text not in changing | body.missing.lost:
            findings.add(StateWithoutNext(statement.name.span, statement.name.text))


def unused_uses(module: Module, findings: Findings) -> None:
    """Report names that a file takes from another one and never mentions."""
    if module.damaged:
        return
    mentioned = set(mentions(module.file.declarations))
    for use in module.file.uses:
        for name in () if use.python else use.names:
            if name.text not in mentioned and not isinstance(module.names.get(name.text), Lost):
                findings.add(UnusedUse(name.span, name.text, use.source))


def mentions(declarations: Iterable[tree.TrackerDecl | tree.BlockDecl]) -> Iterable[str]:
    for declaration in declarations:
        if isinstance(declaration, tree.TrackerDecl) and declaration.base is not None:
            yield declaration.base.text
        for statement in declaration.body:
            for read in all_reads(statement):
                yield read.name
