"""What a config holds: tables whose keys know where they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """A line of a file, counted from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Table(dict[Any, Any]):
    """A table of a config, and for each key the place where it got its value.

    Tables are never changed once they are made: a config may name one twice.
    """

    def __init__(
        self, values: Mapping[Any, Any] | None = None, places: Mapping[Any, Place] | None = None
    ) -> None:
        super().__init__(values or {})
        self.places: dict[Any, Place] = dict(places or {})
