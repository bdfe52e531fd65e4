"""`manifest.json` beside results: of which tracker on which data set they are, and what became of each sequence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from ...runtime.writing import write_text
from .errors import DamagedManifestError, OtherRunError, ResultsError
from .identity import DataIdentity, TrackerIdentity, differences
from .names import refuse_names
from .shard import WHOLE, Shard

NAME = "manifest.json"
KIND = "sotc results"
FORMAT = 1

MOST_REPEATS = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class RunManifest:
    """What is known of results; sequences are there by name."""

    tracker: TrackerIdentity
    data: DataIdentity
    sequences: Mapping[str, int]
    """frames of each sequence of the data set, in its order"""
    profiles: tuple[str, ...] = ()
    """by which they are scored, unless others are asked for"""
    repeats: int = 1
    """runs over each sequence"""
    shard: Shard = WHOLE
    own: tuple[str, ...] | None = None
    """which sequences are this shard's; None for all"""
    complete: bool = False
    """every sequence was run, or tried: the run came to its end"""
    environments: tuple[Mapping[str, Any], ...] = ()
    """where it ran: one, unless it was gone on with elsewhere"""
    failed: Mapping[str, str] = field(default_factory=dict)
    """what the tracker stopped with, by sequence: `frame 12: RuntimeError: ...`"""
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """frames in which a sequence's box was held: unreadable ones, and those without a usable box"""

    @property
    def names(self) -> tuple[str, ...]:
        """Sequences that were to be run for these results."""
        return tuple(self.sequences) if self.own is None else self.own

    def ran_in(self, environment: Mapping[str, Any]) -> RunManifest:
        """With this environment among those where it ran."""
        known = self.environments
        return self if environment in known else replace(self, environments=(*known, environment))


def manifest_name(shard: Shard) -> str:
    """Shards write manifests of their own, so that they may share a folder: `manifest.2-of-4.json`."""
    return NAME if shard == WHOLE else f"manifest.{shard.index}-of-{shard.count}.json"


def write_manifest(folder: Path, manifest: RunManifest) -> None:
    """Raises WriteError."""
    table = {"kind": KIND, "format": FORMAT, **asdict(manifest)}
    text = json.dumps(table, indent=1, ensure_ascii=False, default=list)
    write_text(folder / manifest_name(manifest.shard), f"{text}\n")


def read_manifest(path: Path) -> RunManifest:
    """Raises ResultsError for what is no manifest of results, or one of a later sotc."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, too many digits, nested too deep
        raise damaged(path, error) from None
    if not isinstance(table, dict) or table.get("kind") != KIND:
        raise ResultsError(f"`{path}` is no manifest of results", "name another folder")
    if table.get("format") != FORMAT:
        raise ResultsError(
            f"`{path}` has the format {table.get('format')!r}, and this sotc reads {FORMAT}", "update sotc"
        )
    try:
        found = manifest_of(table)
        refuse_names(found.sequences)  # files are read, and with --fresh removed, by these names
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, error) from None
    except ResultsError as error:
        raise damaged(path, error.message) from None
    return found


def damaged(path: Path, what: object) -> DamagedManifestError:
    return DamagedManifestError(f"`{path}` is damaged: {what}", "run the tracker again with --fresh")


def manifest_of(table: Mapping[str, Any]) -> RunManifest:
    return RunManifest(
        tracker=made(TrackerIdentity, table["tracker"]),
        data=made(DataIdentity, table["data"]),
        sequences={str(name): int(frames) for name, frames in table["sequences"].items()},
        profiles=tuple(map(str, table["profiles"])),
        repeats=repeats_of(table["repeats"]),
        shard=made(Shard, table["shard"]),
        own=None if table["own"] is None else tuple(map(str, table["own"])),
        complete=bool(table["complete"]),
        environments=tuple(table["environments"]),
        failed={str(name): str(message) for name, message in table["failed"].items()},
        held={str(name): tuple(map(str, told)) for name, told in table["held"].items()},
    )


def repeats_of(value: Any) -> int:
    """Raises ValueError for what is no number of runs."""
    if not isinstance(value, int) or not 1 <= value <= MOST_REPEATS:
        raise ValueError(f"`repeats` is {value!r:.20}")
    return value


def made(kind: type[T], table: Mapping[str, Any]) -> T:
    """A flat dataclass from its JSON. Raises KeyError for a field that is missing."""
    return kind(**{each.name: table[each.name] for each in fields(cast(Any, kind))})


def refuse_other(folder: Path, stored: RunManifest, wanted: RunManifest) -> None:
    """Raises OtherRunError where the results in `folder` are of another tracker or data set."""
    found = (*differences(stored.tracker, wanted.tracker), *differences(stored.data, wanted.data))
    if found:
        listed = "\n".join(f"    {line}" for line in found)
        raise OtherRunError(
            f"`{folder}` holds results of another run; what differs:\n{listed}",
            "--fresh deletes them and begins anew; -o writes elsewhere",
        )
