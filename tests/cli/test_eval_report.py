"""`sotc eval report` and `sotc eval compare` as a user meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..evaluation.report import made

Cli = Callable[..., Any]


@pytest.fixture
def here(folder: Path) -> Path:
    made.write_all(folder)
    return folder


def test_a_table_of_all_trackers(sotc: Cli, here: Path) -> None:
    done = sotc("eval", "report", "results")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.stdout.startswith("own, 3 sequences, profile pysot\n")
    assert lines[1:] == [
        ["tracker", "success", "precision", "norm_precision", "frames/s"],
        ["Steady", "0.889", "0.933", "0.933", "100"],
        ["Brief", "0.587", "0.617", "0.617", "12.5"],
    ]


def test_every_file_that_is_asked_for(sotc: Cli, here: Path) -> None:
    names = {
        "--latex": "t.tex",
        "--markdown": "t.md",
        "--csv": "t.csv",
        "--json": "t.json",
        "-o": "out/page.html",
    }
    asked = [word for pair in names.items() for word in pair]
    done = sotc("eval", "report", "results", *asked)
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("wrote")] == list(
        names.values()
    )
    told = json.loads((here / "t.json").read_text())
    assert told["profile"] == "pysot" and [each["tracker"] for each in told["trackers"]] == [
        "Steady",
        "Brief",
    ]
    assert told["trackers"][0]["overall"]["precision"] == pytest.approx(2.8 / 3)
    assert len(told["trackers"][0]["curves"]["success"]) == len(told["curves"]["success"]) == 21
    page = (here / "out" / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.count("data:image/jpeg") == 11
    assert sotc("eval", "report", "results", "-q", "--no-frames", "-o", "plain.html").stdout == ""
    assert "data:image/jpeg" not in (here / "plain.html").read_text()


def test_results_of_others_need_the_data_set_named(sotc: Cli, here: Path) -> None:
    theirs = here / "theirs"
    theirs.mkdir()
    for name, length in made.LENGTHS.items():
        (theirs / f"{name}.txt").write_text(f"{made.TRUTH}\n" * length)
    done = sotc("eval", "report", "theirs", code=1)
    assert "SOT857" in done.stderr and "--data names it" in done.stderr
    with_ours = sotc("eval", "report", "results", "theirs")  # ours say it
    assert "note     No times were kept of theirs" in with_ours.stdout
    assert with_ours.stdout.index("theirs   ") < with_ours.stdout.index("Steady")
    assert sotc("eval", "report", "theirs", "--data", "own.csv").stdout.count("theirs") == 1


def test_mistakes_are_told(sotc: Cli, here: Path) -> None:
    assert "there is no folder `nowhere`" in sotc("eval", "report", "nowhere", code=1).stderr
    assert "did you mean `pysot`" in sotc("eval", "report", "results", "--profile", "pysott", code=1).stderr
    assert "Missing argument" in sotc("eval", "report", code=2).stderr


def test_two_are_compared(sotc: Cli, here: Path) -> None:
    pair = ("eval", "compare", "results/Brief/own", "results/Steady/own")
    done = sotc(*pair, "--most", "2")
    assert done.stdout.startswith("Brief less Steady: own, 3 sequences, profile pysot\n")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["beta", "0.238", "0.952", "-0.714"] in lines and ["gamma", "0.571", "0.952", "-0.381"] in lines
    assert not any(line[:1] == ["alpha"] for line in lines)
    assert lines[-1][:3] == ["no", "evidence", "of"]
    told = json.loads(sotc(*pair, "--json").stdout)
    assert (
        list(told["sequences"]) == ["beta", "gamma", "alpha"] and told["measures"]["success"]["losses"] == 2
    )
    assert told["measures"]["success"]["interval"]["level"] == 0.95


def test_the_same_is_not_compared(sotc: Cli, here: Path) -> None:
    done = sotc("eval", "compare", "results/Brief/own", "results/Brief", code=1)
    assert "SOT857" in done.stderr and "are the same results" in done.stderr
