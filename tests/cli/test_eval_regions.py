"""`sotc eval` on what the VOT toolkit left, and one pass over a data set of VOT's."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from .conftest import Sotc

LENGTH = 14
BOX = "10,8,12,9"
NAMES = ("one", "two")


@pytest.fixture
def workspace(folder: Path) -> Path:
    """Two sequences in which nothing moves, and a tracker that fails once: at frame 6 of `two`."""
    for name in NAMES:
        place = folder / "sequences" / name
        (place / "color").mkdir(parents=True)
        for index in range(1, LENGTH + 1):
            assert cv2.imwrite(str(place / "color" / f"{index:08d}.jpg"), np.zeros((30, 40, 3), np.uint8))
        (place / "groundtruth.txt").write_text(f"{BOX}\n" * LENGTH)
        (place / "anchor.value").write_text("1\n" + "0\n" * (LENGTH - 1))
        (place / "sequence").write_text("channels.color=color/%08d.jpg\nwidth=40\nheight=30\n")
        perfect = ["1", *[BOX] * (LENGTH - 1)]
        fails = ["1", *[BOX] * 5, "2", *["0"] * 4, "1", BOX, BOX]
        write_run(folder, "baseline", name, "001", fails if name == "two" else perfect)
        write_run(folder, "multistart", name, "00000000", perfect)
        write_run(folder, "unsupervised", name, "001", perfect)
    (folder / "sequences" / "list.txt").write_text("".join(f"{name}\n" for name in NAMES))
    return folder


def write_run(folder: Path, experiment: str, name: str, run: str, lines: list[str]) -> None:
    place = folder / "results" / "Mine" / experiment / name
    place.mkdir(parents=True)
    (place / f"{name}_{run}.txt").write_text("\n".join(lines) + "\n")


def test_the_years_measures_are_the_usual_ones(sotc: Sotc, workspace: Path) -> None:
    told = sotc("eval", "results/Mine", "--data", "vot2018", "--root", ".").output
    assert "vot-toolkit: " in told and "pysot-vot: " in told
    told = sotc("eval", "results/Mine", "--data", "vot2022-stb", "--root", ".").output
    assert "vot-toolkit:vot2020: " in told and "supervised" not in told


def test_the_numbers_are_those_of_metrics(sotc: Sotc, workspace: Path) -> None:
    wanted = ("--profile", "vot-toolkit", "--json")
    scored = json.loads(sotc("eval", "results/Mine", "--data", "vot2018", "--root", ".", *wanted).output)
    assert scored == json.loads(sotc("metrics", "sequences", "results/Mine", *wanted).output)
    assert scored["overall"]["failures"] == 1 and scored["sequences"]["one"]["accuracy"] == 1


def test_one_pass_without_restarts_has_boxes(sotc: Sotc, workspace: Path) -> None:
    told = sotc("eval", "results/Mine", "--data", "vot2018", "--root", ".", "--profile", "pysot", "--json")
    assert json.loads(told.output)["profiles"]["pysot"]["overall"]["precision"] == 1


def test_both_kinds_at_once_are_refused(sotc: Sotc, workspace: Path) -> None:
    both = ("--root", ".", "--profile", "pysot", "--profile", "vot-toolkit")
    assert "the one or the other" in sotc("eval", "results/Mine", "--data", "vot2018", *both, code=2).output


def test_one_pass_of_ours_says_that_it_is_none_of_the_toolkits(sotc: Sotc, workspace: Path) -> None:
    """Boxes in files of their own, as `sotc eval SPEC --data vot2018` leaves them."""
    ours = workspace / "ours"
    ours.mkdir()
    for name in NAMES:
        (ours / f"{name}.txt").write_text(f"{BOX}\n" * LENGTH)
    told = sotc("eval", "ours", "--data", "vot2018", "--root", ".").output
    assert "sotc vot init" in told and "pysot" in told and "ostrack" in told
    refused = sotc("eval", "ours", "--data", "vot2018", "--root", ".", "--profile", "vot-toolkit", code=1)
    assert "SOT840" in refused.output


def test_missing_sequences_are_named(sotc: Sotc, workspace: Path) -> None:
    (workspace / "results" / "Mine" / "baseline" / "two" / "two_001.txt").unlink()
    wanted = ("eval", "results/Mine", "--data", "vot2018", "--root", ".", "--profile", "vot-toolkit")
    told = sotc(*wanted, code=1).output
    assert "SOT852" in told and "lacks 1 of 2 sequences: two" in told
    assert "one" in sotc(*wanted, "--partial").output
