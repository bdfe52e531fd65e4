"""A run of a tracker over a data set: what is done already is left, the rest is run, and all of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...runtime.writing import check_place
from .errors import DamagedManifestError, OtherRunError, WorkerError
from .job import Job
from .manifest import NAME, RunManifest, manifest_name, read_manifest, refuse_other, write_manifest
from .merge import merge_shared
from .names import refuse_names
from .news import Done, Failed, News, Ready, Tell, label
from .record import boxes_path, forget, is_done, sweep
from .schedule import batches
from .shard import WHOLE
from .work import work
from .workers import OpenTracker, work_in_processes


@dataclass(frozen=True)
class RunPlan:
    """What is wanted."""

    folder: Path
    """of this tracker's results on this data set: OUT/TRACKER/DATASET"""
    manifest: RunManifest
    """what these results are of"""
    sequences: tuple[Job, ...]
    """all of the data set, in its order"""
    processes: int = 1
    batch: int = 1
    """so many sequences at most share a batch in a process"""
    environment: Mapping[str, Any] | None = None
    """where and how it runs, for the manifest"""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every run over every sequence of this share."""
        own = set(self.manifest.names)
        return tuple(
            replace(job, repeat=repeat)
            for repeat in range(1, self.manifest.repeats + 1)
            for job in self.sequences
            if job.name in own
        )


@dataclass(frozen=True)
class Prepared:
    """A run that can begin, or go on."""

    plan: RunPlan
    pending: tuple[Job, ...]
    done: int
    """runs over sequences that are done already"""
    manifest: RunManifest


@dataclass(frozen=True)
class RunReport:
    """What a run came to."""

    ran: int
    """runs over sequences that were done now"""
    before: int
    """that were done already"""
    frames: int
    """of those that were done now"""
    seconds: float
    """spent in the tracker, decoding left out"""
    manifest: RunManifest

    @property
    def failed(self) -> Mapping[str, str]:
        return self.manifest.failed


def prepare(plan: RunPlan, fresh: bool = False) -> Prepared:
    """Look at what is there, and put the manifest beside it.

    `fresh` deletes results that are there. Raises OtherRunError where they are another run's, WriteError.
    """
    refuse_names(job.name for job in plan.sequences)
    check_place(plan.folder / NAME)
    stored = with_results(plan, stored_manifests(plan.folder, fresh))
    if fresh:
        clear(plan, stored)
        stored = {}
    for manifest in stored.values():
        refuse_other(plan.folder, manifest, plan.manifest)
    if not stored:
        refuse_strangers(plan.folder)
    jobs = plan.jobs
    pending = tuple(job for job in jobs if not is_done(plan.folder, job))
    before = stored.get(manifest_name(plan.manifest.shard)) or stored.get(NAME)
    manifest = with_known(plan.manifest, before, pending)
    if pending and plan.environment is not None:
        manifest = manifest.ran_in(plan.environment)
    sweep(plan.folder, pending)
    for job in pending:
        forget(plan.folder, job)
    manifest = replace(manifest, complete=not pending)
    write_manifest(plan.folder, manifest)
    return Prepared(plan, pending, len(jobs) - len(pending), manifest)


def stored_manifests(folder: Path, fresh: bool = False) -> dict[str, RunManifest]:
    """The manifests in a folder by file name: one, or those of shards. `fresh` removes those that are damaged.

    Raises ResultsError.
    """
    found = {}
    for path in sorted(folder.glob("manifest*.json")):
        try:
            found[path.name] = read_manifest(path)
        except DamagedManifestError:
            if not fresh:
                raise
            path.unlink(missing_ok=True)
    return found


def with_results(plan: RunPlan, stored: Mapping[str, RunManifest]) -> dict[str, RunManifest]:
    """Without those of other runs that gave nothing: their trackers could not be opened, or failed everywhere."""
    kept = {}
    for name, manifest in stored.items():
        same = (manifest.tracker, manifest.data) == (plan.manifest.tracker, plan.manifest.data)
        runs = range(1, manifest.repeats + 1)
        if same or any(
            boxes_path(plan.folder, each, run).is_file() for run in runs for each in manifest.sequences
        ):
            kept[name] = manifest
        else:
            (plan.folder / name).unlink(missing_ok=True)
    return kept


def refuse_strangers(folder: Path) -> None:
    """Raises OtherRunError where there are files of which no manifest says what they are."""
    found = next(iter(sorted(folder.glob("*.txt"))), None)
    if found is not None:
        raise OtherRunError(
            f"`{folder}` holds files of which nothing says whose they are, such as `{found.name}`",
            "write elsewhere with -o, or --fresh: it replaces those that bear the names of this data set's sequences",
        )


def clear(plan: RunPlan, stored: Mapping[str, RunManifest]) -> None:
    """Delete what is there of this run; where it is not one shard of several, of the run before, too."""
    whole = plan.manifest.shard == WHOLE
    for name, manifest in stored.items():
        same = (manifest.tracker, manifest.data) == (plan.manifest.tracker, plan.manifest.data)
        if whole or not same or name in (NAME, manifest_name(plan.manifest.shard)):
            (plan.folder / name).unlink(missing_ok=True)
        for repeat in range(1, manifest.repeats + 1) if whole else ():
            for sequence in manifest.sequences:
                forget(plan.folder, Job(sequence, plan.sequences[0].frames, (0, 0, 0, 0), repeat))
    for job in plan.jobs:
        forget(plan.folder, job)


def with_known(wanted: RunManifest, before: RunManifest | None, pending: tuple[Job, ...]) -> RunManifest:
    """With what an earlier run found about the sequences that stay as they are."""
    if before is None:
        return wanted
    again = {label(job.key) for job in pending}
    return replace(
        wanted,
        repeats=max(wanted.repeats, before.repeats),
        environments=before.environments,
        held={name: told for name, told in before.held.items() if name not in again},
    )


def execute(prepared: Prepared, open_tracker: OpenTracker, tell: Tell) -> RunReport:
    """Run what is pending. What is done stays done, however this ends.

    Raises WriteError (the disk is full), what `open_tracker` raises, WorkerError, and KeyboardInterrupt.
    """
    ledger = Ledger(prepared, tell)
    if prepared.pending:
        try:
            run_pending(prepared, open_tracker, ledger.hear)
        except MemoryError:
            raise WorkerError(
                "there is no memory left",
                "what is done is kept: go on with fewer --jobs, or a smaller --batch",
            ) from None
    return ledger.close()


def run_pending(prepared: Prepared, open_tracker: OpenTracker, tell: Tell) -> None:
    """In this process, or in several."""
    plan = prepared.plan
    todo = batches(prepared.pending, plan.batch)
    if min(plan.processes, len(todo)) > 1:
        work_in_processes(open_tracker, todo, plan.folder, plan.processes, tell)
        return
    tracker = open_tracker()
    tell(Ready(tuple(tracker.warnings)))
    for batch in todo:
        work(tracker, batch, plan.folder, tell)


class Ledger:
    """Keeps count, and the manifest up to date."""

    def __init__(self, prepared: Prepared, tell: Tell) -> None:
        self._prepared = prepared
        self._tell = tell
        self._manifest = prepared.manifest
        self._ran = 0
        self._frames = 0
        self._seconds = 0.0

    def hear(self, news: News) -> None:
        """Take note, and pass it on."""
        if isinstance(news, Failed):
            self._keep(failed={**self._manifest.failed, label(news.key): news.message})
        if isinstance(news, Done):
            self._ran += 1
            self._frames += news.frames
            self._seconds += news.seconds
            if news.held:
                self._keep(held={**self._manifest.held, label(news.key): news.held})
        self._tell(news)

    def _keep(self, **changes: Any) -> None:
        self._manifest = replace(self._manifest, **changes)
        write_manifest(self._prepared.plan.folder, self._manifest)

    def close(self) -> RunReport:
        """The run came to its end; of several shards in one folder, the last one makes them whole."""
        ordered = {kind: dict(sorted(getattr(self._manifest, kind).items())) for kind in ("failed", "held")}
        self._keep(complete=True, **ordered)
        if self._manifest.shard != WHOLE:
            merge_shared(self._prepared.plan.folder)
        return RunReport(self._ran, self._prepared.done, self._frames, self._seconds, self._manifest)
