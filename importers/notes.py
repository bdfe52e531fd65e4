"""What is to be said of a config beside the spec that came of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .table import Place

Kind = Literal["unknown", "differs", "data", "training", "running", "weights", "inferred"]

GROUPS: dict[Kind, str] = {
    "weights": "initial weights, which a spec does not hold",
    "training": "training, which a recipe holds",
    "data": "data, which a recipe holds",
    "running": "running and logging, which a spec does not hold",
    "inferred": "inferred from the shapes here",
}
"""Kinds of which only the names of settings are told, since nothing is wrong with them, and what is told of each."""

ORDER: tuple[Kind, ...] = ("unknown", "differs", *GROUPS)
"""A setting that does not exist comes first, then what is not the same here."""


@dataclass(frozen=True)
class Note:
    """One thing: the name of a setting, or a sentence about it where its kind is none of `GROUPS`."""

    kind: Kind
    text: str
    place: Place | None = None

    def seen_from(self, folder: str | None) -> str:
        """The note with its place, whose path is written from `folder`, or as it was given."""
        if self.place is None or self.kind in GROUPS:
            return self.text
        path = (
            self.place.path if folder is None else Path(os.path.relpath(self.place.path, folder)).as_posix()
        )
        return f"{path}:{self.place.line}: {self.text}"


@dataclass
class Notes:
    """Notes as they are gathered."""

    found: list[Note] = field(default_factory=list)

    def add(self, kind: Kind, text: str, place: Place | None = None) -> None:
        note = Note(kind, text, place)
        if note not in self.found:
            self.found.append(note)


def told(notes: Iterable[Note], folder: str | None = None) -> list[str]:
    """A line for each thing that wants attention, and one for each group of names; paths are written from `folder`."""
    notes = list(notes)
    lines = []
    for kind in ORDER:
        of_kind = [note for note in notes if note.kind == kind]
        if kind in GROUPS and of_kind:
            lines.append(f"{GROUPS[kind]}: {', '.join(note.text for note in of_kind)}")
        else:
            lines += [note.seen_from(folder) for note in of_kind]
    return lines
