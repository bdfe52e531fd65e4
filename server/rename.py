"""Another name for a part, wire, param, function, block or tracker, at every place that means it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..compiler.user_error import UserError
from ..dsl.keywords import KEYWORDS, RESERVED
from ..dsl.sources import SHIPPED
from ..dsl.span import Span
from .desk import Desk
from .names import Occurrence, name_at, occurrences
from .navigation import modules_around, references
from .reading import Reading
from .symbols import Symbol, symbol_of

SNAKE = re.compile(r"[a-z_][A-Za-z0-9_]*\Z")
CAMEL = re.compile(r"[A-Z][A-Za-z0-9_]*\Z")


class RenameError(UserError):
    """A name that cannot be changed, or not to that."""

    code: ClassVar[str] = "SOT870"


@dataclass(frozen=True)
class Replacement:
    """Write `text` in place of a span."""

    span: Span
    text: str


@dataclass(frozen=True)
class Renaming:
    replacements: tuple[Replacement, ...]
    warning: str
    """what else changes with it, which no edit can mend; empty where nothing does"""


def renamable(reading: Reading, offset: int) -> Occurrence:
    """The name at a place. Raises RenameError where nothing there can get another one."""
    place = name_at(reading.file, offset)
    symbol = symbol_of(reading.module, place) if place is not None else None
    if place is None or symbol is None:
        raise RenameError("nothing here has a name that can be changed")
    if symbol.space in ("component", "setting", "port"):
        raise RenameError(f"`{place.name}` is declared in Python", "change it there, and here by hand")
    if is_shipped(symbol.path) and not is_shipped(reading.path):
        raise RenameError(
            f"`{place.name}` is declared in a spec that ships with sotc", "copy that spec first"
        )
    return place


def is_shipped(path: str) -> bool:
    return bool(path) and Path(path).is_relative_to(SHIPPED)


def rename(desk: Desk, reading: Reading, offset: int, name: str, folders: Iterable[str]) -> Renaming:
    """All edits. Raises RenameError for a name that is none, or that is taken."""
    place = renamable(reading, offset)
    symbol = symbol_of(reading.module, place)
    assert symbol is not None
    folders = list(folders)
    check_name(place, symbol, name)
    if name == place.name:
        return Renaming((), "")
    check_free(desk, reading, symbol, name, folders)
    found = references(desk, reading, offset, folders)
    changes = {each.span: Replacement(each.span, written(each, name)) for _, each in found}
    parts = [
        each
        for _, each in found
        if each.word in ("backbone", "neck", "head", "loss", "part") and each.kind == "name"
    ]
    return Renaming(tuple(changes.values()), weights_warning(place.name, name) if parts else "")


def written(place: Occurrence, name: str) -> str:
    """What stands at a place afterwards: `backbone = ` becomes `backbone NAME = `, `{ size }` `{ size = NAME }`."""
    if place.implied:
        return f"{place.name} {name}"
    if place.shorthand:
        return f"{name} = {place.name}" if place.kind == "setting" else f"{place.name} = {name}"
    return name


def weights_warning(old: str, new: str) -> str:
    return (
        f"weights are stored below the name of a part: those of `{old}.` are looked for below `{new}.` from now on; "
        f"change the key map beside the spec, and convert checkpoints anew"
    )


def check_name(place: Occurrence, symbol: Symbol, name: str) -> None:
    camel = symbol.space == "spec"
    if not (CAMEL if camel else SNAKE).match(name):
        how = "begins with a capital, as `SiamRPN`" if camel else "is in small letters, as `match_cls`"
        raise RenameError(f"`{name}` cannot be a name here: such a name {how}")
    if not camel and name in KEYWORDS and name.upper() in RESERVED:
        raise RenameError(f"`{name}` is a word of the language")


def check_free(desk: Desk, reading: Reading, symbol: Symbol, name: str, folders: Iterable[str]) -> None:
    """Whether nothing else is called so where the symbol is seen."""
    for module in modules_around(desk, reading, folders):
        mine = [each for each in occurrences(module.file) if symbol_of(module, each) == symbol]
        owners = {each.owner for each in mine}
        for each in occurrences(module.file):
            taken = each.name == name and each.role in ("declare", "override", "use")
            same = each.kind == "type" if symbol.space == "spec" else each.kind in ("name", "local")
            if taken and same and mine and (symbol.space == "spec" or each.owner in owners):
                where = f"{Path(module.path).name}, line {each.span.line}"
                raise RenameError(f"`{name}` is taken: {where}", "choose a name that nothing has")
