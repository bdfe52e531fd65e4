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


def write_run(
    folder: Path, experiment: str, name: str, run: str, lines: list[str], tracker: str = "Mine"
) -> None:
    place = folder / "results" / tracker / experiment / name
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
    assert "SOT851" in refused.output and "sotc vot init" in refused.output


def test_missing_sequences_are_named(sotc: Sotc, workspace: Path) -> None:
    (workspace / "results" / "Mine" / "baseline" / "two" / "two_001.txt").unlink()
    wanted = ("eval", "results/Mine", "--data", "vot2018", "--root", ".", "--profile", "vot-toolkit")
    told = sotc(*wanted, code=1).output
    assert "SOT852" in told and "lacks 1 of 2 sequences: two" in told
    assert "one" in sotc(*wanted, "--partial").output


# ---------------------------------------------------------------- several trackers


@pytest.fixture
def rivals(workspace: Path) -> Path:
    """A second tracker of the toolkit's, which never fails and is a little beside the target."""
    beside = ["1", *["12,8,12,9"] * (LENGTH - 1)]
    for name in NAMES:
        write_run(workspace, "baseline", name, "001", beside, tracker="Other")
        write_run(workspace, "multistart", name, "00000000", beside, tracker="Other")
    return workspace


BOTH = ("results/Mine", "results/Other", "--root", ".")


def test_a_report_of_the_toolkits_runs_has_its_measures(sotc: Sotc, rivals: Path) -> None:
    files = ("-o", "page.html", "--csv", "all.csv", "--json", "all.json", "--latex", "table.tex")
    told = sotc("eval", "report", *BOTH, "--data", "vot2018", *files).output
    assert "profile vot-toolkit" in told and "failure_rate" in told
    found = json.loads(Path("all.json").read_text())
    mine = next(each for each in found["trackers"] if each["tracker"] == "Mine")
    graded = json.loads(
        sotc("metrics", "sequences", "results/Mine", "--profile", "vot-toolkit", "--json").output
    )
    assert mine["overall"]["accuracy"] == graded["overall"]["accuracy"] == 0.5
    assert mine["overall"]["failure_rate"] == graded["overall"]["robustness"] == 0.5
    assert mine["sequences"]["two"]["failures"] == 1
    page = Path("page.html").read_text()
    for words in (
        "Expected average overlap",
        "Accuracy and robustness",
        "EAO",
        "1 failure",
        "0 failures",
        "frame 8",
    ):
        assert words in page, words
    assert "Mine,vot2018,vot-toolkit,two,14,,0.0,1.0" in Path("all.csv").read_text(), "no EAO of a sequence"
    assert "Robustness (failures)" in Path("table.tex").read_text()


def test_runs_from_anchors_are_compared_without_a_profile(sotc: Sotc, rivals: Path) -> None:
    compared = json.loads(sotc("eval", "compare", *BOTH, "--data", "vot2022-stb", "--json").output)
    assert compared["profile"] == "vot-toolkit:vot2020"
    accuracy = compared["measures"]["accuracy"]
    assert (accuracy["first"], accuracy["second"]) == (
        pytest.approx(13 / 14),
        pytest.approx(13 / 14 * 10 / 14),
    )
    assert (accuracy["wins"], accuracy["losses"]) == (2, 0)
    told = sotc("eval", "compare", *BOTH, "--data", "vot2022-stb").output
    assert "Mine is better than Other in eao" in told or "no evidence" in told


def test_one_pass_of_ours_is_scored_as_long_term(sotc: Sotc, workspace: Path) -> None:
    """The target is seen in every frame, and found in all but the last three, with little confidence there."""
    ours = workspace / "ours"
    ours.mkdir()
    for name in NAMES:
        (ours / f"{name}.txt").write_text(f"{BOX}\n" * 11 + "30,20,5,5\n" * 3)
        (ours / f"{name}_score.txt").write_text("nan\n" + "0.9\n" * 10 + "0.1\n" * 3)
    wanted = ("--data", "vot2019-lt", "--root", ".")
    scored = json.loads(sotc("eval", "ours", *wanted, "--json").output)
    assert scored["profile"] == "vot-toolkit:longterm"
    assert scored["overall"]["precision"] == 1 and scored["overall"]["recall"] == pytest.approx(10 / 14)
    assert "profile vot-toolkit:longterm" in sotc("eval", "report", "ours", *wanted).output
    for name in NAMES:
        (ours / f"{name}_score.txt").unlink()
    told = sotc("eval", "report", "ours", *wanted).output
    assert "it needs scores" in told and "profile pysot" in told


def test_restarts_are_not_run_here(sotc: Sotc, workspace: Path) -> None:
    wanted = ("--data", "vot2018", "--root", ".", "--profile", "vot-toolkit")
    assert "sotc vot init" in sotc("eval", "correlation_filter", *wanted, code=2).output
