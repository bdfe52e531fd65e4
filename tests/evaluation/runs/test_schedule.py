"""Order of work: the longest first, and together only what has one frame size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from sotc.evaluation.runs.job import Job, frame_size
from sotc.evaluation.runs.schedule import batches
from sotc.evaluation.sequence import VideoRange


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


def test_videos_of_one_frame_size_run_together(tmp_path: Path) -> None:
    jobs = []
    for name, size in (("one", (64, 48)), ("two", (64, 48)), ("wide", (96, 48))):
        path = tmp_path / f"{name}.avi"
        video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, size)
        for _ in range(3):
            video.write(np.zeros((size[1], size[0], 3), np.uint8))
        video.release()
        jobs.append(Job(name, VideoRange(path, 0, 3), (1, 2, 3, 4)))
    gone = Job("gone", VideoRange(tmp_path / "gone.avi", 0, 3), (1, 2, 3, 4))
    assert [frame_size(job) for job in jobs] == [(64, 48), (64, 48), (96, 48)] and frame_size(gone) is None
    assert names(batches([*jobs, gone], 4)) == [["one", "two"], ["gone"], ["wide"]]
