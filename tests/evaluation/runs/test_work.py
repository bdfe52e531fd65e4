"""Sequences run and written down: a tracker for few targets takes its time, and every outcome is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.news import Done, Failed, News
from sotc.evaluation.runs.work import work
from sotc.runtime.tracker import Tracker

from . import tiny


def test_a_tracker_for_few_targets_runs_a_batch_in_several_goes(
    tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path
) -> None:
    one = replace(tracker, plan=replace(tracker.plan, max_targets=1))
    told: list[News] = []
    work(one, jobs, tmp_path / "one", told.append)
    assert [news.key[1] for news in told if isinstance(news, Done)] == list(tiny.LENGTHS)
    for job in jobs:
        work(tracker, [job], tmp_path / "alone", lambda news: None)
    assert tiny.files(tmp_path / "one") == tiny.files(tmp_path / "alone")


def test_outcomes_are_told_with_their_sequences(
    tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path
) -> None:
    bad = replace(jobs[1], start=(900.0, 900.0, 5.0, 5.0), repeat=2)
    told: list[News] = []
    work(tracker, [jobs[0], bad], tmp_path, told.append)
    (failed,) = (news for news in told if isinstance(news, Failed))
    (done,) = (news for news in told if isinstance(news, Done))
    assert failed.key == (2, "beta") and failed.message.startswith(
        "frame 0: the box 900,900,5,5 lies outside"
    )
    assert done.key == (1, "alpha") and done.frames == 14 and done.seconds > 0 and done.held == ()


def test_who_is_not_listened_to_stops(tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path) -> None:
    def gone(news: News) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        work(tracker, jobs[:2], tmp_path, gone)
    assert tiny.files(tmp_path) == {}
