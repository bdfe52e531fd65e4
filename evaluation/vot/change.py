"""What is to become of a file, known before anything is written: of several files all are, or none is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ...compiler.writing import write_text

Done: TypeAlias = Literal["wrote", "added", "replaced", "unchanged"]


@dataclass(frozen=True)
class Change:
    """A file with its new text."""

    path: Path
    text: str
    done: Done


def make(change: Change) -> None:
    """Write the file. Raises WriteError."""
    if change.done != "unchanged":
        write_text(change.path, change.text)
