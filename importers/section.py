"""A table of a config as it is being translated: each setting is read once, by its kind, and what is left is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from ..dsl.suggest import did_you_mean, nearest
from .errors import NoEquivalentError
from .notes import Kind, Notes
from .table import Place, Table

Default = TypeVar("Default")

SCOPE = "_scope_"
"""Where OpenMMLab looks a type up; it may stand in any table."""

SHOWN = 60
"""Characters of a value in a message."""


class Section:
    """The settings of one part of a config, such as `model.backbone`.

    A setting that is not there gives the default. One of another kind than is asked for raises NoEquivalentError with
    its place. `finish` tells of those that nobody asked for.
    """

    def __init__(
        self, table: Table, name: str, notes: Notes, owner: str = "", place: Place | None = None
    ) -> None:
        """name: as a user would write it. owner: the type or tool whose settings these are, for messages."""
        self.table = table
        self.name = name
        self.notes = notes
        self.owner = owner or name
        self.place = place
        self.known: set[Any] = set()

    def __contains__(self, key: str) -> bool:
        return self.table.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value as it is, None where there is none."""
        self.known.add(key)
        return self.table.get(key)

    def whole(self, key: str, default: Default, least: int = 1) -> int | Default:
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not is_whole(value) or not least <= value < 2**31:
            self.refuse(key, f"should be a whole number of at least {least}")
        return int(value)

    def number(self, key: str, default: Default) -> float | Default:
        value = self.raw(key)
        if value is None:
            return default
        if not is_finite(value):
            self.refuse(key, "should be a number")
        return float(value)

    def truth(self, key: str, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(key, "should be true or false")
        return bool(value)

    def text(self, key: str, default: str) -> str:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.refuse(key, "should be a text")
        return str(value)

    def numbers(self, key: str, default: Default) -> list[float] | Default:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, list | tuple) or not value or not all(map(is_finite, value)):
            self.refuse(key, "should be a list of numbers")
        return [float(item) for item in value]

    def wholes(self, key: str, default: Default, least: int = 0) -> list[int] | Default:
        """A list of whole numbers; one by itself is a list of one."""
        value = self.raw(key)
        if value is None:
            return default
        items = [value] if is_whole(value) else value
        fits = isinstance(items, list | tuple) and bool(items)
        if not fits or not all(is_whole(item) and least <= item < 2**31 for item in items):
            self.refuse(key, f"should be a list of whole numbers of at least {least}")
        return list(items)

    def section(self, key: str, owner: str = "") -> Section:
        """A table within this one; an empty one where there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, Table):
            self.refuse(key, "should be a table of settings")
        name = f"{self.name}.{key}" if self.name else key
        return Section(Table() if value is None else value, name, self.notes, owner, self.placed(key))

    def expect(self, key: str, *usual: Any, why: str) -> None:
        """Refuse a value that is none of the `usual` ones; the first is meant where there is none."""
        value = self.raw(key)
        value = list(value) if isinstance(value, tuple) else value
        if value is not None and not any(value == other and same_kind(value, other) for other in usual):
            self.refuse(key, why)

    def leave(self, kind: Kind, *keys: str) -> None:
        """Tell of settings that a spec has no place for, where they are there."""
        for key in keys:
            self.known.add(key)
            if self.table.get(key) is not None:
                self.notes.add(kind, self.full_name(key), self.placed(key))

    def differs(self, key: str, what: str) -> None:
        """Tell that a setting means something else here, or nothing."""
        self.notes.add(
            "differs", f"`{self.full_name(key)} = {shown(self.table.get(key))}`: {what}", self.placed(key)
        )

    def finish(self, also: Iterable[str] = ()) -> None:
        """Tell of the settings that nobody has asked for: the owner has none of that name."""
        known = sorted({str(key) for key in self.known} | set(also))
        for key, value in self.table.items():
            if key in self.known or key in also or key == SCOPE:
                continue
            meant = did_you_mean(nearest(str(key), known))
            text = f"`{self.full_name(key)} = {shown(value)}`: {self.owner} has no setting of this name"
            self.notes.add("unknown", f"{text}; {meant}" if meant else text, self.placed(key))

    def full_name(self, key: Any) -> str:
        return f"{self.name}.{key}" if self.name else str(key)

    def placed(self, key: str) -> Place | None:
        return self.table.places.get(key, self.place)

    def refuse(self, key: str, what: str, remedy: str = "") -> NoReturn:
        place = self.placed(key)
        before = "" if place is None else f"{place}: "
        raise NoEquivalentError(
            f"{before}`{self.full_name(key)} = {shown(self.table.get(key))}` {what}",
            remedy or "correct the config, or take the setting out and change the spec afterwards",
        )


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e300
        and math.isfinite(value)
    )


def same_kind(one: Any, other: Any) -> bool:
    """Whether both or neither are truth values: 1 is not true."""
    return isinstance(one, bool) == isinstance(other, bool)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, Table):
        kind = value.get("type")
        return f"dict(type='{kind[:SHOWN]}', ...)" if isinstance(kind, str) else "dict(...)"
    if isinstance(value, list | tuple):
        short = len(value) <= 8 and not any(isinstance(item, list | tuple | Table) for item in value)
        return f"[{', '.join(shown(item) for item in value)}]" if short else f"a list of {len(value)}"
    if is_whole(value) and abs(value) >= 10**SHOWN:
        return "a huge number"
    text = repr(value[:SHOWN] if isinstance(value, str | bytes) else value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def all_same(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)
