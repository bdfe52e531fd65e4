"""Two trackers on three sequences, scored once for all tests of reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sotc.evaluation.report.contest import Contest, hold_contest
from sotc.evaluation.report.data import open_data_of
from sotc.evaluation.report.entrant import open_entrants

from . import made


def held(folder: Path, *results: str, profile: str = "pysot", data: str | None = None) -> Contest:
    """A contest of results in a folder, which is the working folder meanwhile."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        entrants = open_entrants(results or (str(folder / "results"),), data)
        return hold_contest(entrants, open_data_of(entrants, data, None).dataset, profile)
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with `own.csv` and `results`; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("report")
    made.write_all(folder)
    return folder


@pytest.fixture(scope="session")
def contest(place: Path) -> Contest:
    return held(place, str(place / "results"), data=str(place / "own.csv"))
