"""Who applies what: functions, parts, blocks and components; and which tracker extends which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..dsl.modules import Module
from ..dsl.span import Span
from .desk import Desk
from .names import Occurrence, name_at, occurrences
from .navigation import PythonPlace, module_at, modules_around, python_place
from .outline import Entry, outline
from .reading import Reading
from .symbols import Symbol, places_of, symbol_of

APPLIED = ("fn", "backbone", "neck", "head", "loss", "part")
"""words that declare what can be applied, by its name"""
SPACES = ("spec", "component", "name")


@dataclass(frozen=True)
class Applicable:
    """A declaration that may apply others or be applied, and where it stands."""

    symbol: Symbol
    word: str
    detail: str
    place: Entry | PythonPlace


@dataclass(frozen=True)
class Call:
    """One declaration, and the places in `path` where it stands for a call."""

    other: Applicable
    path: str
    spans: tuple[Span, ...]


def prepare(desk: Desk, reading: Reading, offset: int) -> Applicable | None:
    """What stands at a place; None where it applies nothing and nothing applies it."""
    place = name_at(reading.file, offset)
    symbol = symbol_of(reading.module, place) if place is not None else None
    if symbol is None or symbol.space not in SPACES:
        return None
    found = applicable_of(desk, symbol)
    return found if found is not None and found.word not in ("param", "operand") else None


def applicable_of(desk: Desk, symbol: Symbol) -> Applicable | None:
    """The declaration of a symbol."""
    if symbol.space == "component":
        place = python_place(symbol)
        return Applicable(symbol, "component", "in Python", place) if place is not None else None
    module = module_at(desk, symbol.path)
    entry = entry_of(module, symbol) if module is not None else None
    return Applicable(symbol, entry.word, entry.detail, entry) if entry is not None else None


def entry_of(module: Module, symbol: Symbol) -> Entry | None:
    bodies = outline(module.file)
    if symbol.space == "spec":
        return next((each for each in bodies if each.name == symbol.name), None)
    own = next((each.children for each in bodies if each.name == symbol.owner), ())
    return next((each for each in own if each.name == symbol.name), None)


def incoming(desk: Desk, symbol: Symbol, path: str, folders: Iterable[str]) -> list[Call]:
    """The declarations that apply what a symbol names, or extend it; in the files around `path`."""
    found: dict[tuple[str, Symbol], list[Span]] = {}
    callers: dict[tuple[str, Symbol], Applicable] = {}
    for module, place in places_of(symbol, modules_around(desk, desk.reading(path), folders)):
        caller = around(module, place) if place.role == "read" else None
        if caller is not None and caller.symbol != symbol:
            callers.setdefault((module.path, caller.symbol), caller)
            found.setdefault((module.path, caller.symbol), []).append(place.span)
    return [Call(callers[key], key[0], tuple(spans)) for key, spans in found.items()]


def around(module: Module, place: Occurrence) -> Applicable | None:
    """The declaration that a name stands in: a statement, or the head of a tracker."""
    body = next((each for each in outline(module.file) if each.name == place.owner), None)
    if body is None:
        return None
    start = place.span.start
    entry = next((each for each in body.children if each.span.start <= start < each.span.end), body)
    if entry is body:
        return Applicable(Symbol("spec", body.name, module.path), entry.word, entry.detail, entry)
    symbol = Symbol("name", entry.name, module.path, body.name)
    return Applicable(symbol, entry.word, f"{entry.detail} of {body.name}", entry)


def outgoing(desk: Desk, symbol: Symbol) -> list[Call]:
    """What a declaration applies; of a tracker or a block what it extends, and the components and blocks in it."""
    module = module_at(desk, symbol.path) if symbol.path else None
    entry = entry_of(module, symbol) if module is not None else None
    if module is None or entry is None:
        return []
    found: dict[Symbol, list[Span]] = {}
    for place in applied_within(module, entry, whole=symbol.space == "spec"):
        other = symbol_of(module, place)
        if other is not None and other.space in SPACES and other != symbol:
            found.setdefault(other, []).append(place.span)
    calls = ((applicable_of(desk, other), spans) for other, spans in found.items())
    return [
        Call(other, module.path, tuple(spans))
        for other, spans in calls
        if other is not None and (other.symbol.space != "name" or other.word in APPLIED)
    ]


def applied_within(module: Module, entry: Entry, whole: bool) -> Iterator[Occurrence]:
    """The names that are read in a declaration; in a whole body those of components, blocks and trackers only."""
    for place in occurrences(module.file):
        within = entry.span.start <= place.span.start and place.span.end <= entry.span.end
        if within and place.role == "read" and (place.kind == "type" or (place.kind == "name" and not whole)):
            yield place


def from_data(data: Mapping[str, str]) -> Symbol:
    """A symbol as a client hands it back."""
    return Symbol(data["space"], data["name"], data["path"], data["owner"])  # type: ignore[arg-type]
