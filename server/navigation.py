"""From a name to what declares it, and to all places that mean the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..components.registry import find
from ..dsl.findings import Findings
from ..dsl.modules import Loader, Module
from ..dsl.sources import SHIPPED
from ..dsl.span import Span, nowhere
from .desk import Desk
from .names import Occurrence, name_at
from .reading import Reading
from .symbols import Symbol, declaration_of, places_of, symbol_of
from .watched import Watched

MOST_FILES = 500
"""specs of a workspace that are looked through"""
LEFT_OUT = frozenset({"node_modules", "build", "dist", "out", "__pycache__"})


@dataclass(frozen=True)
class PythonPlace:
    """A line of a Python file, counted from 0."""

    path: str
    line: int


def definition(reading: Reading, offset: int) -> Span | PythonPlace | None:
    """Where what stands at a place is declared: in a spec, or in Python for a component, its setting or port."""
    used = path_at(reading, offset)
    if used is not None:
        return used
    place = name_at(reading.file, offset)
    symbol = symbol_of(reading.module, place) if place is not None else None
    if place is None or symbol is None:
        return None
    if symbol.space in ("component", "setting", "port"):
        return python_place(symbol) or declaration_of(reading.module, place, symbol)
    return declaration_of(reading.module, place, symbol)


def path_at(reading: Reading, offset: int) -> Span | None:
    """The beginning of the file that a `use` names."""
    for use in reading.file.uses:
        if not use.python and use.source_span.start <= offset <= use.source_span.end:
            beside = Path(reading.path).parent / use.source
            path = beside if beside.is_file() else SHIPPED / use.source
            return nowhere(str(path.resolve())) if path.is_file() else None
    return None


def python_place(symbol: Symbol) -> PythonPlace | None:
    """The class of a component; its constructor or `forward` for a setting or port."""
    component = find(symbol.name if symbol.space == "component" else symbol.owner)
    if component is None:
        return None
    target: object = component.cls
    if symbol.space != "component":
        method = component.cls.__init__ if symbol.space == "setting" else component.cls.forward
        target = method if inspect.isfunction(method) else component.cls
    try:
        path = inspect.getsourcefile(target)  # type: ignore[arg-type]
        line = inspect.getsourcelines(target)[1] - 1  # type: ignore[arg-type]
    except (OSError, TypeError):
        return None
    return PythonPlace(path, line) if path else None


def references(
    desk: Desk, reading: Reading, offset: int, folders: Iterable[str]
) -> list[tuple[Module, Occurrence]]:
    """All places that mean what stands at a place, in this file, in what is open and in the workspace's specs."""
    place = name_at(reading.file, offset)
    symbol = symbol_of(reading.module, place) if place is not None else None
    if symbol is None:
        return []
    modules = [reading.module] if symbol.space == "local" else list(modules_around(desk, reading, folders))
    return list(places_of(symbol, modules))


def modules_around(desk: Desk, reading: Reading, folders: Iterable[str]) -> Iterator[Module]:
    """This file first; each file once."""
    paths = [reading.path, *desk.texts, *reading.read, *specs_below(folders)]
    seen: set[str] = set()
    for path in paths:
        key = str(Path(path).resolve()) if "://" not in path else path
        if key not in seen:
            seen.add(key)
            module = module_at(desk, path)
            if module is not None:
                yield module


def module_at(desk: Desk, path: str) -> Module | None:
    """A file with the names that it sees; None where it cannot be read."""
    return Loader(Watched(desk.texts, desk.trees), Findings()).load(path)


def specs_below(folders: Iterable[str]) -> Iterator[str]:
    """The specs of a workspace, hidden folders and what programs leave behind aside."""
    found: list[str] = []
    for folder in folders:
        for path in walked(Path(folder), lambda: len(found) >= MOST_FILES):
            found.append(str(path))
    return iter(sorted(found))


def walked(folder: Path, enough: Callable[[], bool]) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if enough():
            return
        if entry.suffix == ".sot" and entry.is_file():
            yield entry
        elif (
            entry.is_dir()
            and not entry.is_symlink()
            and not entry.name.startswith(".")
            and entry.name not in LEFT_OUT
        ):
            yield from walked(entry, enough)
