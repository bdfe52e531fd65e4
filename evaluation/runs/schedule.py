"""Which sequences run together, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .job import Job, frame_size

Batch: TypeAlias = tuple[Job, ...]
"""Sequences that run side by side in one process."""


def batches(jobs: Sequence[Job], most: int) -> list[Batch]:
    """All jobs, at most so many together: of one frame size and of like lengths; the longest work comes first.

    A process that takes a long sequence last leaves the others idle, so that order is what makes several pay.
    """
    ordered = sorted(jobs, key=lambda job: (-len(job), job.name, job.repeat))
    if most == 1:
        return [(job,) for job in ordered]
    sizes: dict[tuple[int, int] | None, list[Job]] = {}
    for job in ordered:
        sizes.setdefault(frame_size(job), []).append(job)
    made: list[Batch] = []
    for size, alike in sizes.items():
        together = most if size is not None else 1
        made += [tuple(alike[first : first + together]) for first in range(0, len(alike), together)]
    return sorted(made, key=lambda batch: -sum(map(len, batch)))
