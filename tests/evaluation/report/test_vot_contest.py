"""Contests under VOT's profiles: what is drawn of runs, what measures are called, what one pass can be scored by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.datasets.find import Dataset
from sotc.evaluation.metrics.regions import Mark, Rectangle
from sotc.evaluation.metrics.vot_profile import find_vot_profile
from sotc.evaluation.metrics.vot_score import VotRun
from sotc.evaluation.report.entrant import Entrant
from sotc.evaluation.report.plotted import curve_plots, dot_plots
from sotc.evaluation.report.vot_contest import hold_vot_contest, in_frames, reported
from sotc.evaluation.runs.errors import ResultsError
from sotc.evaluation.runs.results import Results, RunFiles
from sotc.evaluation.sequence import FrameFiles, Sequence, Truth

BOX = (4.0, 6.0, 10.0, 8.0)


def test_a_runs_boxes_stand_at_its_frames() -> None:
    regions = (Mark(1), Rectangle(1, 2, 3, 4), Rectangle(5, 6, 7, 8))
    forward = in_frames(VotRun(regions, anchor=2), 5)
    assert np.isnan(forward[:3]).all() and forward[3:].tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    backward = in_frames(VotRun(regions, anchor=2, backward=True), 5)
    assert backward[:2].tolist() == [[5, 6, 7, 8], [1, 2, 3, 4]] and np.isnan(backward[2:]).all()


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("vot-toolkit", "failure_rate"),
        ("pysot-vot", "failure_rate"),
        ("vot-toolkit:vot2020", "robustness"),
        ("vot-toolkit:vots", "robustness"),
    ],
)
def test_failures_are_not_called_robustness(profile: str, name: str) -> None:
    """One is the better the smaller, the other the larger."""
    assert reported(find_vot_profile(profile), "robustness") == name


def data() -> Dataset:
    """Ten frames of each sequence; in the last three of `hides` the target is away."""
    boxes, away = np.tile(BOX, (10, 1)), np.arange(10) >= 7
    sequences = (
        Sequence("hides", FrameFiles(()), Truth(boxes, away, size=(64, 48)), ("away",)),
        Sequence("stays", FrameFiles(()), Truth(boxes, size=(64, 48))),
    )
    return Dataset("own", "", sequences, ("vot-toolkit:longterm",), Path())


def entrant(name: str, notices: bool) -> Entrant:
    """Always right where the target is; unsure where it is away, or not."""
    scores = np.where(np.arange(10) >= 7, 0.1 if notices else 0.9, 0.9)
    of = {"hides": scores, "stays": np.full(10, 0.9)}
    for each in of.values():
        each[0] = np.nan  # there is no score where the box was given
    boxes = {key: np.tile(BOX, (10, 1)) for key in of}
    return Entrant(name, Results(name, None, "pysot", Path(name), (RunFiles(boxes, of, {}),)))


def test_one_pass_on_boxes_has_long_term_measures() -> None:
    contest = hold_vot_contest(
        [entrant("blind", False), entrant("aware", True)], data(), find_vot_profile("vot-toolkit:longterm")
    )
    aware, blind = contest.entries
    assert (aware.name, contest.first, contest.each) == ("aware", "f", "f")
    assert aware.score.measures["precision"] == 1 and blind.score.measures["precision"] < 1
    assert blind.score.measures["recall"] == aware.score.measures["recall"]
    assert set(aware.attributes) == {"away"} and aware.attributes["away"].sequences == 1
    assert aware.intervals["f"].low <= aware.score.measures["f"] <= aware.intervals["f"].high
    assert [plot.name for plot in curve_plots(contest)] == ["precision_recall"] and not dot_plots(contest)


def test_of_repeated_passes_the_first_counts_and_it_is_said() -> None:
    once = entrant("aware", True)
    other = RunFiles(
        {name: boxes + 30 for name, boxes in once.results.boxes.items()}, once.results.scores, {}
    )
    twice = replace(once, results=replace(once.results, runs=(*once.results.runs, other)))
    profile = find_vot_profile("vot-toolkit:longterm")
    first, both = (hold_vot_contest([each], data(), profile) for each in (once, twice))
    assert both.entries[0].score.measures == first.entries[0].score.measures
    assert both.notes == ("aware: the first of 2 runs",) and first.notes == ()


def test_one_pass_has_no_measures_of_restarts() -> None:
    with pytest.raises(ResultsError, match="holds one pass") as told:
        hold_vot_contest([entrant("aware", True)], data(), find_vot_profile("vot-toolkit"))
    assert "sotc vot init" in told.value.remedy
