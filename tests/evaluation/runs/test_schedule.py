"""Order of work: the longest first, and together only what has one frame size."""

from __future__ import annotations

from dataclasses import replace

from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.schedule import batches


def names(made: list[tuple[Job, ...]]) -> list[list[str]]:
    return [[job.name for job in batch] for batch in made]


def test_the_longest_comes_first(jobs: tuple[Job, ...]) -> None:
    assert names(batches(jobs, 1)) == [["alpha"], ["delta"], ["beta"], ["gamma"]]


def test_together_is_what_has_one_frame_size(jobs: tuple[Job, ...]) -> None:
    assert names(batches(jobs, 2)) == [["alpha", "delta"], ["beta"], ["gamma"]]
    assert names(batches(jobs, 8)) == [["alpha", "delta", "beta"], ["gamma"]]


def test_all_runs_are_there_once(jobs: tuple[Job, ...]) -> None:
    twice = [replace(job, repeat=repeat) for job in jobs for repeat in (1, 2)]
    made = batches(twice, 3)
    assert sorted(job.key for batch in made for job in batch) == sorted(job.key for job in twice)
    assert max(map(len, made)) == 3


def test_nothing_makes_nothing() -> None:
    assert batches([], 1) == [] and batches([], 4) == []
