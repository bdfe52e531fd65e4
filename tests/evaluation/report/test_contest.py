"""Scores by hand; what is left out; what cannot stand in one table."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.metrics.compare import interval
from sotc.evaluation.metrics.profile import find_profile
from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.errors import ContestError
from sotc.evaluation.runs.errors import IncompleteError

from . import made
from .conftest import held

FULL = 20 / 21
"""A box that is right has an overlap above all of the 21 thresholds but the last."""


def test_scores_are_those_by_hand(contest: Contest) -> None:
    steady, brief = contest.entries  # the better one first
    assert (steady.name, brief.name) == ("Steady", "Brief")
    assert steady.score.measures["success"] == pytest.approx(FULL * (0.8 + 1 + 1) / 3)
    assert brief.score.measures["success"] == pytest.approx(FULL * (1 + 1 / 4 + 3 / 5) / 3)
    assert steady.score.measures["precision"] == pytest.approx((0.8 + 1 + 1) / 3)
    assert steady.sequences["alpha"].measures["success"] == pytest.approx(FULL * 0.8)
    assert brief.attributes["fast motion"].measures["success"] == pytest.approx(FULL * (1 + 1 / 4) / 2)
    assert brief.attributes["occlusion"].measures["success"] == pytest.approx(FULL / 4)
    assert (steady.speed, brief.speed) == (pytest.approx(100), pytest.approx(12.5))
    assert contest.notes == ()


def test_intervals_are_those_of_the_metrics(contest: Contest) -> None:
    for entry in contest.entries:
        assert entry.intervals["precision"] == interval(find_profile("pysot"), entry.sequences, "precision")


def test_several_runs_are_a_mean(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "results" / "Brief" / "own"
    manifest = (folder / "manifest.json").read_text().replace('"repeats": 1', '"repeats": 2')
    (folder / "manifest.json").write_text(manifest)
    (folder / "repeat-2").mkdir()
    for name, length in made.LENGTHS.items():  # the second run is right everywhere
        (folder / "repeat-2" / f"{name}.txt").write_text(f"{made.TRUTH}\n" * length)
    contest = held(tmp_path)
    brief = next(entry for entry in contest.entries if entry.name == "Brief")
    assert brief.score.measures["precision"] == pytest.approx(((1 + 1 / 4 + 3 / 5) / 3 + 1) / 2)
    assert brief.sequences["beta"].measures["precision"] == pytest.approx((1 / 4 + 1) / 2)
    assert brief.intervals["precision"].value == pytest.approx(brief.score.measures["precision"])
    assert "Brief: means of 2 runs" in contest.notes


def test_what_all_have_counts_and_the_rest_is_named(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    (tmp_path / "results" / "Brief" / "own" / "beta.txt").unlink()
    contest = held(tmp_path)
    assert [sequence.name for sequence in contest.sequences] == ["alpha", "gamma"]
    assert "Only 2 of 3 sequences count, those that all have results of: alpha, gamma" in contest.notes
    assert "Brief has no results of beta" in contest.notes
    assert contest.entries[0].score.measures["precision"] == pytest.approx(0.9)


def test_results_without_a_common_sequence_are_refused(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    for tracker, gone in {"Brief": ("beta", "gamma"), "Steady": ("alpha",)}.items():
        for name in gone:
            (tmp_path / "results" / tracker / "own" / f"{name}.txt").unlink()
    with pytest.raises(ContestError, match="Brief has alpha; Steady has beta, gamma"):
        held(tmp_path)


def test_results_of_another_data_set_are_refused(place: Path, tmp_path: Path) -> None:
    made.write_data(tmp_path)
    made.write_results(tmp_path / "results", "Steady", made.RIGHT["Steady"])
    made.write_results(tmp_path / "results", "Other", {"zeta": 3}, {"zeta": 3}, data="theirs.csv")
    with pytest.raises(ContestError, match=r"of different data sets: .*own; .*theirs"):
        held(tmp_path)
    assert [entry.name for entry in held(tmp_path, data="own.csv").entries] == ["Steady"]


def test_a_data_set_without_truth_is_refused(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    for number, length in enumerate(made.LENGTHS.values()):
        lines = [made.TRUTH] + ["nan,nan,nan,nan"] * (length - 1)
        (tmp_path / "truth" / f"{number}.txt").write_text("\n".join(lines))
    with pytest.raises(ContestError, match="no more truth than first boxes"):
        held(tmp_path)


def test_short_results_are_refused(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    (tmp_path / "results" / "Brief" / "own" / "beta.txt").write_text(f"{made.TRUTH}\n")
    with pytest.raises(IncompleteError, match="4 frames and the results 1 boxes"):
        held(tmp_path)


def test_speeds_of_different_machines_are_said_to_be(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    manifest = tmp_path / "results" / "Brief" / "own" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("A Processor", "Another"))
    assert "Speeds are of different machines or devices, and not comparable" in held(tmp_path).notes


def test_frames_may_be_gone(place: Path, tmp_path: Path, contest: Contest) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "frames" / "1")
    without = held(tmp_path)
    for entry, other in zip(without.entries, contest.entries, strict=True):
        assert entry.score.measures == other.score.measures
        assert np.array_equal(entry.score.curves["success"], other.score.curves["success"])


def test_a_sequence_without_truth_is_named(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    (tmp_path / "truth" / "0.txt").write_text(f"{made.TRUTH}\n" + "nan,nan,nan,nan\n" * 9)
    contest = held(tmp_path)
    assert contest.notes == ("No more is known of alpha than the first box: not scored",)
    assert contest.entries[0].score.measures["precision"] == 1
