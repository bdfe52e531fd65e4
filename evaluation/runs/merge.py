"""Shards made whole: their files in one folder, under one manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ...runtime.writing import write_bytes
from .errors import MergeError
from .identity import differences
from .manifest import RunManifest, read_manifest, write_manifest
from .names import SCORE, TIME
from .news import label
from .record import beside, boxes_path
from .shard import WHOLE

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One shard's results."""

    folder: Path
    manifest: RunManifest

    @property
    def name(self) -> str:
        shard = self.manifest.shard
        return f"{shard.index}/{shard.count} in `{self.folder}`"


def merge(outputs: Sequence[Path], target: Path | None = None) -> tuple[Path, ...]:
    """Put the shards below these folders together, each tracker and data set for itself, below `target` (the first).

    The folders that were written. Raises MergeError for shards that are missing, stopped half way, or of several
    runs; ResultsError, WriteError.
    """
    groups: dict[Path, list[Part]] = {}
    for output in outputs:
        for path in sorted(output.rglob("manifest*-of-*.json")):
            groups.setdefault(path.parent.relative_to(output), []).append(
                Part(path.parent, read_manifest(path))
            )
    if not groups:
        raise MergeError(
            f"there are no shards below {', '.join(f'`{output}`' for output in outputs)}",
            "name the folders that `sotc eval --shard i/n -o FOLDER` wrote",
        )
    base = outputs[0] if target is None else target
    return tuple(merged_into(base / place, parts) for place, parts in groups.items())


def merge_shared(folder: Path) -> bool:
    """Make the shards that share this folder whole, where all of them came to their ends."""
    try:
        parts = [Part(folder, read_manifest(path)) for path in sorted(folder.glob("manifest.*-of-*.json"))]
        refuse_apart(parts)
    except (MergeError, FileNotFoundError):  # another shard that came to its end just now makes them whole
        return False
    merged_into(folder, parts)
    return True


def merged_into(folder: Path, parts: Sequence[Part]) -> Path:
    """Raises MergeError, WriteError; the manifest comes last, so that what is half copied does not count."""
    refuse_apart(parts)
    for part in parts:
        if part.folder.resolve() != folder.resolve():
            copy(part, folder)
    write_manifest(folder, joined([part.manifest for part in parts]))
    for part in parts:
        if part.folder.resolve() == folder.resolve():
            shard = part.manifest.shard
            (folder / f"manifest.{shard.index}-of-{shard.count}.json").unlink(missing_ok=True)
    return folder


def refuse_apart(parts: Sequence[Part]) -> None:
    """Raises MergeError unless these are all the shards of one run, and each came to its end."""
    if not parts:
        raise MergeError("there are no shards", "")
    first = parts[0]
    for part in parts[1:]:
        found = (
            *differences(first.manifest.tracker, part.manifest.tracker),
            *differences(first.manifest.data, part.manifest.data),
        )
        if found:
            listed = "\n".join(f"    {line}" for line in found)
            raise MergeError(
                f"the shards {first.name} and {part.name} are of two runs:\n{listed}",
                "merge those of one run",
            )
    by_index: dict[int, Part] = {}
    for part in parts:
        shard = part.manifest.shard
        if shard.count != first.manifest.shard.count or part.manifest.repeats != first.manifest.repeats:
            raise MergeError(
                f"the shards {first.name} and {part.name} cut the work differently", "run them anew"
            )
        if shard.index in by_index:
            raise MergeError(
                f"the shard {part.name} is there twice: in `{by_index[shard.index].folder}`, too",
                "name it once",
            )
        by_index[shard.index] = part
    count = first.manifest.shard.count
    missing = [f"{index}/{count}" for index in range(1, count + 1) if index not in by_index]
    if missing:
        raise MergeError(
            f"the shards {', '.join(missing)} are missing", "run them, or name their folders, too"
        )
    stopped = [part.name for part in parts if not part.manifest.complete]
    if stopped:
        raise MergeError(
            f"the shard {stopped[0]} did not come to its end", "start it again: it goes on where it stopped"
        )


def copy(part: Part, folder: Path) -> None:
    """The files of a shard's sequences, each whole or not at all."""
    for repeat in range(1, part.manifest.repeats + 1):
        for name in part.manifest.names:
            if label((repeat, name)) in part.manifest.failed:
                continue
            source, place = boxes_path(part.folder, name, repeat), boxes_path(folder, name, repeat)
            if not source.is_file():
                raise MergeError(f"`{source}` is missing", "start the shard again: it runs what is not there")
            for suffix in (SCORE, TIME):
                if beside(source, suffix).is_file():
                    write_bytes(beside(place, suffix), beside(source, suffix).read_bytes())
            write_bytes(place, source.read_bytes())


def joined(manifests: Sequence[RunManifest]) -> RunManifest:
    """One manifest for all."""
    whole = replace(manifests[0], shard=WHOLE, own=None, environments=(), failed={}, held={}, complete=True)
    for manifest in manifests:
        for environment in manifest.environments:
            whole = whole.ran_in(environment)
    return replace(
        whole,
        failed=by_name(*(manifest.failed for manifest in manifests)),
        held=by_name(*(manifest.held for manifest in manifests)),
    )


def by_name(*tables: Mapping[str, T]) -> dict[str, T]:
    return dict(sorted((name, value) for table in tables for name, value in table.items()))
