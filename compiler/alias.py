"""Names that the original has for values of a spec: the table `alias` of `NAME.keys.toml`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args
from typing import Literal as Choice

from ..dsl.suggest import did_you_mean, nearest
from .weight_errors import KeyMapError

Form = Choice["centre", "corners"]
"""`centre`: boxes as left, top, right, bottom become centre x, centre y, width, height; `corners`: the other way."""


@dataclass(frozen=True)
class Alias:
    """Where the value lies, and what makes the original's layout of it, in the order of these fields.

    A layout that differs in its axes alone, not in the order of its numbers, needs nothing.
    """

    wires: tuple[str, ...] = ()
    """a wire, or an output of one: `cls`, `pick.box`. Several are joined as tokens, in this order"""
    module: str = ""
    """or a module within a part, by its path: `backbone.layer2`; what it gives in its call number `call`"""
    call: int = 0
    item: int | None = None
    """which of a list of values, such as the levels of a backbone"""
    channel: int | None = None
    """which one along the axis behind the batch"""
    tokens: bool = False
    """a map [N, C, H, W] as tokens [N, H * W, C]; those of several values joined"""
    permute: tuple[int, ...] = ()
    """the order of axes, as of torch.permute"""
    form: Form | None = None

    @property
    def place(self) -> str:
        """What is looked at, in a word."""
        return " + ".join(self.wires) or self.module


KEYS = ("wire", *(field.name for field in fields(Alias) if field.name != "wires"))


def read_aliases(table: Any, path: str | os.PathLike[str]) -> dict[str, Alias]:
    """The table `alias` of a key map. Raises KeyMapError, which names what is wrong in it."""
    if not isinstance(table, dict):
        raise KeyMapError(f"`alias` in the key map `{path}` must be a table", '[alias]\ncls = "cls"')
    return {name: read_alias(name, entry, path) for name, entry in table.items()}


def read_alias(name: str, entry: Any, path: str | os.PathLike[str]) -> Alias:
    """One name: a text (a wire), a list of texts, or a table with `wire` or `module`."""
    where = f"the alias `{name}` in the key map `{path}`"
    table: Mapping[str, Any] = entry if isinstance(entry, dict) else {"wire": entry}
    unknown = next((key for key in table if key not in KEYS), None)
    if unknown is not None:
        meant = did_you_mean(nearest(unknown, KEYS))
        raise KeyMapError(
            f"{where} has an unknown entry `{unknown}`", meant or f"it may have {', '.join(KEYS)}"
        )
    if ("wire" in table) == ("module" in table):
        raise KeyMapError(f"{where} must have either `wire` or `module`", f'{name} = {{ wire = "cls" }}')
    wrong = next((key for key, value in table.items() if not KINDS[key](value)), None)
    if wrong is not None:
        raise KeyMapError(f"{where} has a wrong `{wrong}`: {table[wrong]!r}", f"`{wrong}` is {WANTED[wrong]}")
    wire = table.get("wire", ())
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.items()
        if key != "wire"
    }
    return Alias(wires=(wire,) if isinstance(wire, str) else tuple(wire), **known)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_wire(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and value != [] and all(isinstance(item, str) for item in value)
    )


def is_order(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_count, value)) and sorted(value) == list(range(len(value)))


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "wire": is_wire,
    "module": lambda value: isinstance(value, str),
    "call": is_count,
    "item": is_count,
    "channel": is_count,
    "tokens": lambda value: isinstance(value, bool),
    "permute": is_order,
    "form": lambda value: value in get_args(Form),
}

WANTED = {
    "wire": "the name of a wire, or a list of names",
    "module": "the path of a module",
    "call": "a number, counted from 0",
    "item": "a number, counted from 0",
    "channel": "a number, counted from 0",
    "tokens": "true or false",
    "permute": "a list of axes, each of them once, from 0",
    "form": '"centre" or "corners"',
}
