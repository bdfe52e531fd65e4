"""Sequences run and written down in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ...runtime.tracker import Tracker
from .follow import Failure, Recording, follow
from .job import Job, Key
from .news import Done, Failed, Tell, Went
from .record import write_recording

OFTEN = 0.2
"""Seconds between two words on how far a sequence is."""


def work(tracker: Tracker, jobs: Sequence[Job], folder: Path, tell: Tell) -> None:
    """Run these sequences side by side, write each when it is done, and tell of it.

    A tracker that was compiled for fewer targets than there are sequences runs them in several goes.

    Raises WriteError: then neither this sequence nor any later one counts.
    """
    told = {"at": 0.0}

    def on_progress(key: Key, frames: int) -> None:
        now = time.monotonic()
        if now - told["at"] >= OFTEN:
            told["at"] = now
            tell(Went(key, frames))

    most = tracker.plan.max_targets or len(jobs)
    for first in range(0, len(jobs), most):
        for outcome in follow(tracker, jobs[first : first + most], on_progress):
            finish(outcome, folder, tell)


def finish(outcome: Recording | Failure, folder: Path, tell: Tell) -> None:
    """Write a recording, and tell what became of a sequence. Raises WriteError."""
    if isinstance(outcome, Failure):
        tell(Failed(outcome.job.key, f"frame {outcome.frame}: {outcome.message}"))
        return
    write_recording(folder, outcome)
    job = outcome.job
    tell(Done(job.key, len(job), float(outcome.times.sum()), outcome.held))
