"""The running half of `sotc eval`: a tracker and a data set as a plan, and how far it is on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .eval_regions import refuse_restarts
from .eval_request import Request
from .tracker import Choices, opened_silently, refuse_for_artifact, warn

if TYPE_CHECKING:
    from ..evaluation.datasets.find import Dataset
    from ..evaluation.runs.identity import TrackerIdentity
    from ..evaluation.runs.manifest import RunManifest
    from ..evaluation.runs.run import Prepared, RunPlan, RunReport
    from ..evaluation.runs.workers import OpenTracker
    from ..runtime.tracker import Tracker
    from .eval_progress import Watch

SEED = 0
"""Random weights are the same in every process."""

SHOWN = 5
"""so many sequences are named one by one"""


def run_request(request: Request) -> tuple[Path, bool]:
    """Run what is not done yet. The folder of the results, and whether a sequence failed.

    Leaves with code 0 where other shards are still at it, and with 130 after Ctrl-C: what is done stays done.
    """
    from ..evaluation.runs.claim import claimed

    plan, choices = plan_of(request)
    opener = partial(open_tracker, request.subject, choices)
    with claimed(plan.folder, plan.manifest.shard):
        report = executed(request, plan, opener)
    if not request.quiet:
        for line in told(report, plan):
            click.echo(line, err=True)
    nothing = report.failed and not report.ran and not report.before
    if nothing or not whole(plan):
        raise click.exceptions.Exit(1 if report.failed else 0)
    return plan.folder, bool(report.failed)


def executed(request: Request, plan: RunPlan, opener: OpenTracker) -> RunReport:
    """Run what is pending, and tell of it; leaves with 130 after Ctrl-C."""
    from ..evaluation.runs.run import execute, prepare

    prepared = prepare(plan, request.fresh)
    with watched(request, prepared) as watch:
        try:
            return execute(prepared, opener, watch.hear)
        except KeyboardInterrupt:
            watch.close()
            done = prepared.done + watch.done
            click.echo(
                f"interrupted: {done} of {len(plan.jobs)} sequences are done in {plan.folder}; "
                "the same command goes on",
                err=True,
            )
            from .app import INTERRUPTED

            raise click.exceptions.Exit(INTERRUPTED) from None


def open_tracker(spec: str, choices: Choices) -> Tracker:
    """In whatever process. The compiler's warnings go with the tracker."""
    from ..compiler.archive import is_artifact

    if not is_artifact(spec):
        import torch

        torch.manual_seed(SEED)
    return opened_silently(spec, choices)


def whole(plan: RunPlan) -> bool:
    """Whether the results are those of the whole data set: no shard, or all of them."""
    from ..evaluation.runs.manifest import NAME

    return (plan.folder / NAME).is_file()


# ---------------------------------------------------------------- the plan


def plan_of(request: Request) -> tuple[RunPlan, Choices]:
    """What is wanted, all of it checked: the spec, the data set, the profiles, the share."""
    from ..evaluation.runs.identity import environment
    from ..evaluation.runs.job import Job
    from ..evaluation.runs.run import RunPlan
    from ..evaluation.runs.shard import device_of_launcher, parse_shard, shard_of_launcher, share_of

    refuse_restarts(request.profiles)
    shard = shard_of_launcher() if request.shard is None else parse_shard(request.shard)
    choices = Choices(
        request.weights,
        device_of_launcher(request.device),
        request.crop,
        request.params,
        request.tracker,
        request.allow_python,
        request.threads,
        request.trust,
        request.backend or "eager",
        request.precision or "fp32",
    )
    dataset = data_of(request)
    manifest = manifest_of(request, identity_of(request.subject, choices), dataset)
    share = share_of(manifest.sequences, shard)
    whole = len(share) == len(manifest.sequences) and shard.count == 1
    manifest = replace(manifest, shard=shard, own=None if whole else share)
    jobs = tuple(Job(each.name, each.frames, each.start) for each in dataset.sequences)
    where = environment(request.threads, request.jobs, request.batch)
    folder = request.folder / manifest.tracker.name / folder_name(dataset)
    return RunPlan(folder, manifest, jobs, request.jobs, request.batch, where), choices


def folder_name(dataset: Dataset) -> str:
    """`lasot-test`; a data set without splits by its name."""
    return f"{dataset.name}-{dataset.split}" if dataset.split else dataset.name


def data_of(request: Request) -> Dataset:
    """The data set; sequences that it lacks are named on standard error."""
    from ..evaluation.datasets.find import open_dataset

    assert request.data is not None
    dataset = open_dataset(request.data, request.root)
    if dataset.missing:
        few = ", ".join(dataset.missing[:SHOWN])
        more = f" and {len(dataset.missing) - SHOWN} more" if len(dataset.missing) > SHOWN else ""
        click.echo(
            f"missing  {few}{more}: {dataset.name} has them, and they are not below {dataset.root}", err=True
        )
    return dataset


def manifest_of(request: Request, tracker: TrackerIdentity, dataset: Dataset) -> RunManifest:
    from ..evaluation.runs.identity import DataIdentity, data_digest
    from ..evaluation.runs.job import Job
    from ..evaluation.runs.manifest import RunManifest

    assert request.data is not None
    jobs = [Job(each.name, each.frames, each.start) for each in dataset.sequences]
    given = str(Path(request.data).resolve()) if Path(request.data).exists() else request.data
    data = DataIdentity(dataset.name, dataset.split or None, given, request.root, data_digest(jobs))
    lengths = {job.name: len(job) for job in jobs}
    return RunManifest(tracker, data, lengths, request.profiles or dataset.profiles, request.repeat)


def identity_of(subject: str, choices: Choices) -> TrackerIdentity:
    """The tracker's, after a check of its spec; nothing is compiled for it."""
    from ..compiler.archive import is_artifact
    from ..compiler.backends.find import UnknownBackendError, find_backend
    from ..evaluation.runs.tracker_identity import identity_of_artifact, identity_of_spec

    if is_artifact(subject):
        refuse_for_artifact(choices)
        return identity_of_artifact(subject, choices.device, choices.crop)
    if choices.backend == "auto":
        raise UnknownBackendError(
            "`auto` would choose anew in every process and on every machine",
            f"compile it once, and evaluate that: sotc compile {subject} -o tracker.sotx",
        )
    find_backend(choices.backend)
    from .. import api
    from .config import allowance

    checked = api.check(
        subject,
        params=choices.params,
        allow_python=allowance(choices.allow_python),
        tracker=choices.tracker,
    )
    return identity_of_spec(
        checked,
        subject,
        choices.weights,
        choices.backend,
        choices.precision,
        choices.device,
        choices.crop,
    )


# ---------------------------------------------------------------- what is told


@contextmanager
def watched(request: Request, prepared: Prepared) -> Iterator[Watch]:
    """What is told while it runs: a bar on a terminal, a line for each sequence elsewhere."""
    from .eval_progress import Watch, bar_on

    watch = Watch(prepared, warn, silent=request.quiet)
    if request.quiet or not sys.stderr.isatty():
        yield watch
        return
    with bar_on(watch):
        yield watch


def told(report: RunReport, plan: RunPlan) -> Iterator[str]:
    """What became of it."""
    shard = plan.manifest.shard
    share = f" (share {shard.index}/{shard.count})" if shard.count > 1 else ""
    speed = f", {report.frames / report.seconds:.1f} frames/s in the tracker" if report.seconds else ""
    before = f", {report.before} were done before" if report.before else ""
    if report.ran or report.failed:
        yield f"ran      {report.ran} sequences, {report.frames:,} frames{speed}{before}{share}"
    else:
        yield f"done     all {report.before} sequences, before{share}"
    for name, message in report.failed.items():
        yield f"failed   {name}: {message}"
    if report.failed:
        yield "         the same command tries these again"
    yield from told_held(report.manifest)
    yield f"results  {plan.folder}"
    if not whole(plan):
        yield "         the other shares are not done; where they write to other folders: sotc eval merge OUT OUT"


def told_held(manifest: RunManifest) -> Iterator[str]:
    """In which sequences boxes were held."""
    for name, frames in list(manifest.held.items())[:SHOWN]:
        yield f"held     the last box in {len(frames)} frames of {name}, first at {frames[0]}"
    if len(manifest.held) > SHOWN:
        yield f"         and in {len(manifest.held) - SHOWN} sequences more; manifest.json names them"
