"""`sotc metrics`: two files, two folders, VOT's layout, JSON and tables, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sotc.evaluation.metrics.profile import PROFILES
from sotc.evaluation.metrics.vot_profile import VOT_PROFILES

from .conftest import Sotc

TRUTH = np.array([[100.0, 100, 40, 40]] * 20)
SET = ("still", "shifted")


@pytest.fixture
def boxes(folder: Path) -> Path:
    """truth/ and found/ with two sequences: one met exactly, one half a box off after its first frame."""
    for place in ("truth", "found"):
        (folder / place).mkdir()
        for name in SET:
            moved = TRUTH.copy()
            if (place, name) == ("found", "shifted"):
                moved[1:, 0] += 20
            np.savetxt(folder / place / f"{name}.txt", moved, fmt="%g", delimiter=",")
    return folder


def answer(sotc: Sotc, *arguments: str) -> dict[str, Any]:
    result = sotc("metrics", *arguments, "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_two_folders(sotc: Sotc, boxes: Path) -> None:
    found = answer(sotc, "truth", "found", "--profile", "pysot")
    assert list(found) == ["profile", "sequences", "overall"]
    assert found["profile"] == "pysot"
    assert list(found["sequences"]) == ["shifted", "still"]
    assert set(found["overall"]) == {"success", "precision", "norm_precision"}
    still, shifted = found["sequences"]["still"], found["sequences"]["shifted"]
    assert still["success"] == pytest.approx(20 / 21)
    # overlap 1/3: the thresholds 0 .. 0.30, of 21, in 19 of 20 frames
    assert shifted["success"] == pytest.approx((20 + 19 * 7) / 21 / 20)
    assert found["overall"]["success"] == pytest.approx((still["success"] + shifted["success"]) / 2)


def test_two_files_are_one_sequence(sotc: Sotc, boxes: Path) -> None:
    found = answer(sotc, "truth/shifted.txt", "found/shifted.txt", "--profile", "ostrack")
    assert list(found["sequences"]) == ["shifted"]
    of = found["sequences"]["shifted"]
    assert {"op50", "op75"} <= of.keys()
    assert of["op50"] == found["overall"]["op50"] == pytest.approx(1 / 20)


def test_curves_and_counts(sotc: Sotc, boxes: Path) -> None:
    found = answer(sotc, "truth", "found", "--profile", "lasot", "--curves")
    shifted = found["sequences"]["shifted"]
    assert shifted["counts"]["precision"][19:21] == [1, 20]
    assert shifted["counted"] == {"success": 20, "precision": 20, "norm_precision": 20}
    assert shifted["curves"]["success"][10] == 1 / 20
    assert found["overall"]["counts"]["precision"][19] == 21
    assert len(found["thresholds"]["success"]) == len(found["overall"]["curves"]["success"]) == 21


def test_flags_cover_and_size(sotc: Sotc, boxes: Path) -> None:
    (boxes / "flags").mkdir()
    for name in SET:
        (boxes / "flags" / f"{name}_absent.txt").write_text("0\n" * 10 + "1\n" * 10)
        (boxes / "flags" / f"{name}_cover.txt").write_text("8\n" * 5 + "0\n" * 15)
    lasot = answer(sotc, "truth", "found", "--profile", "lasot", "--absent", "flags")
    assert lasot["sequences"]["still"]["precision"] == 0.5
    ao = answer(
        sotc, "truth", "found", "--profile", "got10k", "--cover", "flags", "--size", "640x480", "--curves"
    )
    assert ao["sequences"]["still"]["counted"] == {"success": 4}
    assert ao["overall"]["ao"] == pytest.approx((1 + 1 / 3) / 2)
    (boxes / "sizes.json").write_text('{"still": [640, 480], "shifted": [120, 480]}')
    clipped = answer(sotc, "truth", "found", "--profile", "got10k", "--size", "sizes.json")
    assert (
        clipped["sequences"]["shifted"]["ao"] == 0.0
    )  # all that is seen of the box lies beside the truth's half
    noted = sotc("metrics", "truth", "found", "--profile", "otb", "--absent", "flags", "--json")
    assert "otb does not look at flags" in noted.stderr


def test_attributes_and_intervals(sotc: Sotc, boxes: Path) -> None:
    (boxes / "attributes.txt").write_text("still,easy,all\nshifted,all\n")
    asked = ("truth", "found", "--profile", "pysot", "--attributes", "attributes.txt", "--intervals")
    found = answer(sotc, *asked)
    assert found["attributes"]["easy"]["success"] == found["sequences"]["still"]["success"]
    assert found["attributes"]["all"]["sequences"] == 2
    interval = found["intervals"]["success"]
    assert interval["low"] <= found["overall"]["success"] <= interval["high"]
    table = sotc("metrics", *asked).output
    assert "easy" in table and "95 %" in table


def test_a_table_names_its_profile(sotc: Sotc, boxes: Path) -> None:
    output = sotc("metrics", "truth", "found", "--profile", "lasot").output
    assert output.startswith("profile  lasot: LaSOT's MATLAB toolkit")
    assert "all 2" in output and "0.9524" in output


def test_the_profiles_are_listed(sotc: Sotc) -> None:
    output = sotc("metrics", "--profiles").output
    assert all(name in output for name in (*PROFILES, *VOT_PROFILES))


def test_a_run_in_vots_layout(sotc: Sotc, folder: Path) -> None:
    for place in ("sequences/still", "run/baseline/still"):
        (folder / place).mkdir(parents=True)
    (folder / "sequences" / "still" / "groundtruth.txt").write_text("10,10,20,20\n" * 15)
    run = folder / "run" / "baseline" / "still" / "still_001.txt"
    run.write_text("1\n" + "10,10,20,20\n" * 14)
    found = answer(sotc, "sequences", "run", "--profile", "vot-toolkit", "--size", "64x48", "--curves")
    assert found["profile"] == "vot-toolkit"
    assert found["overall"]["accuracy"] == found["sequences"]["still"]["accuracy"] == 1.0
    assert len(found["overall"]["curves"]["eao"]) == 15
    assert found["overall"]["eao"] is None  # no sequence is as long as 100 frames
    assert (
        "robustness"
        in sotc("metrics", "sequences", "run", "--profile", "pysot-vot", "--size", "64x48").output
    )


def wrong(sotc: Sotc, *arguments: str, code: int = 1) -> str:
    result = sotc("metrics", *arguments, code=code)
    assert result.stdout == ""
    return result.stderr


def test_what_is_wrong_is_said(sotc: Sotc, boxes: Path) -> None:
    assert "did you mean `pysot`" in wrong(sotc, "truth", "found", "--profile", "pysto")
    assert "is not there" in wrong(sotc, "truth", "nowhere", "--profile", "pysot")
    assert "say --size" in wrong(sotc, "truth", "found", "--profile", "got10k")
    assert "640x480" in wrong(sotc, "truth", "found", "--profile", "got10k", "--size", "640", code=2)
    (boxes / "found" / "still.txt").write_text("1,2,3,4\n5,6")
    assert "killed" in wrong(sotc, "truth", "found", "--profile", "pysot")
    (boxes / "found" / "still.txt").write_text("1|2|3|4\n")
    assert "line 1: `1|2|3|4`" in wrong(sotc, "truth", "found", "--profile", "pysot")
    (boxes / "found" / "still.txt").write_bytes(b"\x89PNG\r\n\x00\xff")
    assert "not text" in wrong(sotc, "truth", "found", "--profile", "pysot")


def test_counts_that_differ(sotc: Sotc, boxes: Path) -> None:
    (boxes / "found" / "still.txt").write_text("100,100,40,40\n" * 5)
    message = wrong(sotc, "truth", "found", "--profile", "pysot")
    assert "still has 20 frames, and there are 5 boxes" in message and "--pad" in message
    padded = answer(sotc, "truth", "found", "--profile", "pysot", "--pad")
    assert padded["sequences"]["still"]["success"] == pytest.approx(20 / 21 / 4)
    told = sotc("metrics", "truth", "found", "--profile", "got10k:otb", "--json")
    assert "still has 20 frames and 5 boxes" in told.stderr
    assert json.loads(told.stdout)["sequences"]["still"]["precision"] == 1.0


def test_polygons_and_partners(sotc: Sotc, boxes: Path) -> None:
    (boxes / "truth" / "still.txt").write_text("100,100,140,100,140,140,100,140\n" * 20)
    assert "--polygons" in wrong(sotc, "truth", "found", "--profile", "pysot")
    (boxes / "found" / "other.txt").write_text("1,2,3,4\n")
    told = sotc("metrics", "truth", "found", "--profile", "pysot", "--polygons", "--json")
    assert json.loads(told.stdout)["sequences"]["still"]["success"] == pytest.approx(20 / 21)
    assert "not graded, there is no truth: other" in told.stderr


def test_sizes_that_no_frame_has(sotc: Sotc, boxes: Path) -> None:
    for size in ("0x0", "-3x5", "16385x5", f"{'9' * 30}x5"):
        assert "no size" in wrong(sotc, "truth", "found", "--profile", "got10k", "--size", size, code=2)
    for text in ('{"still": [0, 5]}', '{"still": [true, 5]}', '{"still": [99999, 5]}'):
        (boxes / "sizes.json").write_text(text)
        assert "sizes are" in wrong(sotc, "truth", "found", "--profile", "got10k", "--size", "sizes.json")
    sequence = boxes / "vot" / "still"
    sequence.mkdir(parents=True)
    (sequence / "groundtruth.txt").write_text("1,2,3,4\n1,2,3,4\n")
    (boxes / "runs").mkdir()
    (boxes / "runs" / "still_001.txt").write_text("1\n0,0,5,0,5,5\n")
    (sequence / "sequence").write_text("width=2000000\nheight=2000000\n")
    assert "2000000x2000000 pixels" in wrong(sotc, "vot", "runs", "--profile", "vot-toolkit")


def test_lists_that_are_none(sotc: Sotc, boxes: Path) -> None:
    for text in ('{"still": ' * 100_000, '{"still": ' + "9" * 5000 + "}", '{"still": 1'):
        (boxes / "list.json").write_text(text)
        assert "it is no JSON" in wrong(
            sotc, "truth", "found", "--profile", "pysot", "--attributes", "list.json"
        )
    (boxes / "list.json").write_bytes(b"still,\xff")
    assert "UTF-8" in wrong(sotc, "truth", "found", "--profile", "pysot", "--attributes", "list.json")
    (boxes / "list.json").write_text("still,größe\n", encoding="utf-8")
    assert (
        "größe"
        in answer(sotc, "truth", "found", "--profile", "pysot", "--attributes", "list.json")["attributes"]
    )


def test_boxes_of_any_size_are_graded(sotc: Sotc, boxes: Path) -> None:
    (boxes / "found" / "still.txt").write_text("100,100,40,40\n" + "1e308,1e308,1e308,1e308\n" * 19)
    assert answer(sotc, "truth", "found", "--profile", "pysot")["sequences"]["still"]["precision"] == 1 / 20
