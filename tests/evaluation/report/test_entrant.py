"""Folders, names, and what tells equal names apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.evaluation.report.entrant import open_entrants, open_two
from sotc.evaluation.report.errors import ContestError
from sotc.evaluation.runs.errors import ResultsError

from . import made


def test_a_folder_of_several_runs_gives_all(place: Path) -> None:
    assert [each.name for each in open_entrants([str(place / "results")])] == ["Brief", "Steady"]
    one = str(place / "results" / "Steady" / "own")
    assert [each.name for each in open_entrants([f"ours={one}", one])] == ["ours", "Steady"]


def test_equal_names_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for out in ("before", "after"):
        made.write_results(tmp_path / out, "Same", {"alpha": 3})
    found = open_entrants([str(tmp_path / "before"), str(tmp_path / "after")])
    assert [each.name for each in found] == ["Same (before)", "Same (after)"]


def test_the_same_folder_twice_is_one(place: Path) -> None:
    one = str(place / "results" / "Steady" / "own")
    assert len(open_entrants([one, f"{one}/../own"])) == 1
    with pytest.raises(ContestError, match="the same results"):
        open_two(one, one)


def test_comparing_takes_two(place: Path) -> None:
    with pytest.raises(ContestError, match="3 runs"):
        open_two(str(place / "results"), f"again={place / 'results' / 'Steady' / 'own'}")


def test_a_folder_without_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no results"):
        open_entrants([str(tmp_path)])
