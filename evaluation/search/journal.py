"""The journal of a search: a line for each trial, so that a search that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...compiler.writing import check_place, told_of, write_text
from .errors import JournalError
from .trial import Outcome

KIND = "sotc search"
FORMAT = 1
ENDING = ".search.jsonl"

FORMER = ("unrecorded",)
"""What journals of before say besides: it is passed over."""

Identity = Mapping[str, Any]
"""What must be equal for a search to go on: each field in the words in which a difference is told."""


def journal_path(output: str | os.PathLike[str]) -> Path:
    """`tuned.sot` -> `tuned.search.jsonl`, beside it."""
    return Path(output).with_suffix(ENDING)


@dataclass(frozen=True)
class Journal:
    """A file that grows."""

    path: Path

    def begin(self, identity: Identity, fresh: bool = False) -> tuple[Outcome, ...]:
        """The trials that are done already; a new journal where there is none, or `fresh`.

        Raises JournalError for a journal of another search, WriteError.
        """
        check_place(self.path)
        if fresh or not self.path.exists():
            self._write(identity, ())
            return ()
        stored, outcomes = self._read()
        differs = [
            f"    {name}: {stored.get(name)} there, {value} now"
            for name, value in identity.items()
            if stored.get(name) != value
        ]
        if differs:
            raise JournalError(
                f"`{self.path}` is the journal of another search; what differs:\n" + "\n".join(differs),
                "--fresh begins anew; -o writes elsewhere",
            )
        self._write(identity, outcomes)  # without what a killed process left half-written
        return outcomes

    def add(self, outcome: Outcome) -> None:
        """Note a trial that is done. Raises WriteError."""
        with told_of(self.path), self.path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(line_of(outcome))
            stream.flush()
            os.fsync(stream.fileno())

    def _write(self, identity: Identity, outcomes: tuple[Outcome, ...]) -> None:
        head = json.dumps({"kind": KIND, "format": FORMAT, "search": identity}, ensure_ascii=False)
        write_text(self.path, "".join([f"{head}\n", *map(line_of, outcomes)]))

    def _read(self) -> tuple[Identity, tuple[Outcome, ...]]:
        """Raises JournalError. A last line that was cut off is as if the trial had not been."""
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
            head = json.loads(lines[0])
            if head.get("kind") != KIND or head.get("format") != FORMAT:
                raise ValueError("its first line is none of a journal of this sotc")
            outcomes = [outcome_of(json.loads(line)) for line in lines[1:-1]]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise JournalError(
                f"`{self.path}` is no journal of a search: {error}", "--fresh begins anew in its place"
            ) from None
        return head["search"], tuple(outcomes)


def line_of(outcome: Outcome) -> str:
    return json.dumps(asdict(outcome), ensure_ascii=False) + "\n"


def outcome_of(table: Mapping[str, Any]) -> Outcome:
    return Outcome(**{name: value for name, value in table.items() if name not in FORMER})
