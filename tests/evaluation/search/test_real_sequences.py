"""NanoTrack v2 with its authors' weights: the spec that a search writes scores what the search said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sotc.cli import main

FRAMES = 30


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_the_written_spec_reproduces_the_reported_scores(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = []
    for name in ("Crossing", "bag"):
        folder = data_folder / "sequences" / name
        boxes = (folder / "groundtruth.txt").read_text().splitlines()[:FRAMES]
        (tmp_path / f"{name}.txt").write_text("\n".join(boxes) + "\n")
        images = tmp_path / name
        images.mkdir()
        for image in sorted((folder / "img").iterdir())[:FRAMES]:
            (images / image.name).symlink_to(image)
        rows.append(f"{name},{images},{name}.txt")
    (tmp_path / "two.csv").write_text("\n".join(["name,frames,boxes", *rows]) + "\n")
    common = (
        "--data",
        "two.csv",
        "--weights",
        str(data_folder / "weights" / "nanotrackv2" / "nanotrackv2.pth"),
        "-q",
    )
    ranges = [f"--param=pick.{name}" for name in ("penalty=0:0.3", "window=0.2:0.6", "rate=0.1:0.6")]
    found = json.loads(
        run(
            "tune",
            "nanotrack_v2",
            *common,
            *ranges,
            "--trials",
            "6",
            "--held-back",
            "bag",
            "-o",
            "t.sot",
            "--json",
        )
    )
    searched = found["scores"][0]
    assert searched["after"] >= searched["before"]
    again = json.loads(run("eval", "t.sot", *common, "--profile", "pysot", "--json"))
    scored = again["profiles"]["pysot"]["sequences"]
    reported = {row["name"]: row["after"] for row in found["scores"][2:]}
    assert reported == {name: one["success"] for name, one in scored.items()}
