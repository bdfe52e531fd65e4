"""Files of a sequence: floats come back as they were, and a sequence is either done or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.box_files import read_boxes
from sotc.evaluation.runs.follow import Recording
from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.record import forget, is_done, sweep, write_recording
from sotc.evaluation.sequence import FrameFiles

JOB = Job("car-1", FrameFiles((Path("a.png"),) * 5), (1.0, 2.0, 30.0, 0.1 + 0.2))


def recording(job: Job = JOB, seed: int = 0) -> Recording:
    random = np.random.default_rng(seed)
    boxes = np.concatenate(([job.start], random.normal(100, 1e-7, (len(job) - 1, 4))))
    return Recording(job, boxes, random.random(len(job)), np.array([np.nan, *random.random(len(job) - 1)]))


@pytest.mark.parametrize("seed", range(3))
def test_boxes_come_back_bit_by_bit(tmp_path: Path, seed: int) -> None:
    one = recording(seed=seed)
    write_recording(tmp_path, one)
    assert np.array_equal(read_boxes(tmp_path / "car-1.txt"), one.boxes)
    assert len((tmp_path / "car-1_time.txt").read_text().splitlines()) == 5
    assert (tmp_path / "car-1_score.txt").read_text().startswith("nan\n0.")
    assert is_done(tmp_path, JOB)


def test_what_is_half_written_or_of_another_sequence_is_not_done(tmp_path: Path) -> None:
    assert not is_done(tmp_path, JOB)
    write_recording(tmp_path, recording())
    assert not is_done(tmp_path, Job("car-1", FrameFiles((Path("a.png"),) * 6), JOB.start))
    assert not is_done(tmp_path, Job("car-1", JOB.frames, (1.0, 2.0, 30.0, 0.3)))
    assert not is_done(tmp_path, Job("car-1", JOB.frames, JOB.start, repeat=2))
    whole = (tmp_path / "car-1.txt").read_text()
    (tmp_path / "car-1.txt").write_text(whole[:-9])
    assert not is_done(tmp_path, JOB)
    (tmp_path / "car-1.txt").write_text(whole)
    (tmp_path / "car-1_time.txt").unlink()
    assert not is_done(tmp_path, JOB)


def test_forgetting_leaves_others(tmp_path: Path) -> None:
    other = Job("car-10", JOB.frames, JOB.start)
    second = Job("car-1", JOB.frames, JOB.start, repeat=2)
    for job in (JOB, other, second):
        write_recording(tmp_path, recording(job))
    forget(tmp_path, JOB)
    assert not is_done(tmp_path, JOB) and is_done(tmp_path, other) and is_done(tmp_path, second)
    assert not list(tmp_path.glob("car-1[._]*"))


def test_only_leftovers_of_these_sequences_are_swept(tmp_path: Path) -> None:
    left = [".car-1-0123abcd.txt", ".car-1_time-0123abcd.txt", ".car-1_score-ffffffff.txt"]
    kept = [".car-10-0123abcd.txt", ".car-1-0123abcd.txt.bak", "car-1-0123abcd.txt", ".note.txt"]
    for name in (*left, *kept):
        (tmp_path / name).write_text("")
    sweep(tmp_path, [JOB])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_a_sequence_may_lie_in_a_folder(tmp_path: Path) -> None:
    job = Job("street/car", JOB.frames, JOB.start)
    write_recording(tmp_path, recording(job))
    assert is_done(tmp_path, job) and (tmp_path / "street" / "car_time.txt").is_file()
