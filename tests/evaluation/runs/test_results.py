"""Results of other toolkits, written by hand in the forms that their code writes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.box_files import BoxFileError
from sotc.evaluation.runs.errors import ResultsError
from sotc.evaluation.runs.results import open_results
from sotc.evaluation.runs.run import execute, prepare
from sotc.runtime.tracker import Tracker

from . import tiny
from .conftest import Plan

BOXES = [[1.0, 2.0, 30.0, 40.0], [1.5, 2.25, 30.0, 41.0], [2.0, 2.0, 31.0, 40.0]]


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def rows(separator: str = ",", form: str = "{:.4f}") -> str:
    return "".join(separator.join(form.format(number) for number in box) + "\n" for box in BOXES)


def test_pysot(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "OTB100" / "SiamRPN"
    for name in ("Crossing", "Jogging-1"):
        written(folder / f"{name}.txt", rows())
    found = open_results(folder)
    assert (found.form, found.tracker, found.dataset) == ("pysot", "SiamRPN", "OTB100")
    assert sorted(found.boxes) == ["Crossing", "Jogging-1"] and not found.times and not found.scores
    assert np.array_equal(found.boxes["Crossing"], BOXES)


def test_pytracking(tmp_path: Path) -> None:
    folder = tmp_path / "dimp" / "dimp50_000"
    written(folder / "nfs_basketball_1.txt", rows("\t", "{:.0f}"))
    written(folder / "nfs_basketball_1_time.txt", "0.5\n0.25\n0.25\n")
    written(folder / "nfs_basketball_1_all_scores.txt", "1\n")
    found = open_results(folder)
    assert (found.form, list(found.boxes)) == ("pytracking", ["nfs_basketball_1"])
    assert found.boxes["nfs_basketball_1"].tolist()[1] == [2.0, 2.0, 30.0, 41.0]
    assert found.times["nfs_basketball_1"].tolist() == [0.5, 0.25, 0.25]


def test_got10k_with_several_runs(tmp_path: Path) -> None:
    folder = tmp_path / "GOT-10k" / "SiamFC"
    name = "GOT-10k_Val_000001"
    written(folder / name / f"{name}_001.txt", rows(form="{:.3f}"))
    written(folder / name / f"{name}_002.txt", rows(form="{:.3f}").replace("31.000", "33.000"))
    written(folder / name / f"{name}_time.txt", "0.5,0.6\n0.1,0.2\n0.1,0.2\n")
    found = open_results(folder)
    assert (found.form, found.tracker, len(found.runs)) == ("got10k", "SiamFC", 2)
    assert found.runs[0].boxes[name][2, 2] == 31 and found.runs[1].boxes[name][2, 2] == 33
    assert found.runs[1].times[name].tolist() == [0.6, 0.2, 0.2]


@pytest.mark.parametrize("named", ["tracker", "experiment"])
def test_vot_without_restarts(tmp_path: Path, named: str) -> None:
    folder = tmp_path / "MyTracker" / "unsupervised"
    polygon = "0,0,10,0,10,20,0,20\n"
    written(folder / "bag" / "bag_001.txt", "1\n" + "1.5,2.25,30,41\n" + polygon)
    written(folder / "bag" / "bag_001_confidence.value", "\n0.5\n0.25\n")
    written(folder / "bag" / "bag_001_time.value", "0.1\n0.2\n0.3\n")
    found = open_results(folder.parent if named == "tracker" else folder)
    assert (found.form, found.tracker) == ("vot", "MyTracker")
    boxes = found.boxes["bag"]
    assert np.isnan(boxes[0]).all() and boxes[1:].tolist() == [[1.5, 2.25, 30, 41], [0, 0, 10, 20]]
    assert found.scores["bag"].tolist()[1:] == [0.5, 0.25] and found.times["bag"][2] == 0.3


def test_vot_with_restarts_is_no_one_pass_result(tmp_path: Path) -> None:
    written(tmp_path / "T" / "baseline" / "bag" / "bag_001.txt", "1\n1,2,3,4\n2\n0\n1\n1,2,3,4\n")
    with pytest.raises(ResultsError, match="no single pass"):
        _ = open_results(tmp_path / "T").boxes["bag"]


def test_vot_in_binary_form_is_read(tmp_path: Path) -> None:
    """A start, a box, a frame without one."""
    data = struct.pack("<HI", 1, 3) + struct.pack("<BI", 0, 1)
    data += struct.pack("<B4f", 1, 1.5, 2.25, 30, 41) + struct.pack("<BI", 0, 0)
    (tmp_path / "T" / "longterm" / "bag").mkdir(parents=True)
    (tmp_path / "T" / "longterm" / "bag" / "bag_001.bin").write_bytes(data)
    found = open_results(tmp_path / "T")
    assert (found.form, found.tracker) == ("vot", "T")
    assert (
        found.boxes["bag"][1].tolist() == [1.5, 2.25, 30, 41] and np.isnan(found.boxes["bag"][[0, 2]]).all()
    )


def test_vot_from_anchors_is_known_and_no_one_pass_result(tmp_path: Path) -> None:
    written(tmp_path / "T" / "multistart" / "bag" / "bag_00000000.txt", "1\n1,2,3,4\n")
    found = open_results(tmp_path / "T")
    assert (found.form, found.tracker, list(found.boxes)) == ("vot", "T", ["bag"])
    with pytest.raises(ResultsError, match="from an anchor"):
        _ = found.boxes["bag"]


def test_ours(plan: Plan, tracker: Tracker, tmp_path: Path) -> None:
    one = plan(folder=tmp_path / "out" / "Tiny" / "own", repeats=2)
    execute(prepare(one), lambda: tracker, lambda news: None)
    for folder in (one.folder, tmp_path / "out" / "Tiny", tmp_path / "out"):
        found = open_results(folder)
        assert (found.form, found.tracker, found.dataset, found.folder) == ("sotc", "Tiny", "own", one.folder)
    assert list(found.boxes) == list(tiny.LENGTHS) and len(found.runs) == 2
    assert {name: len(boxes) for name, boxes in found.boxes.items()} == tiny.LENGTHS
    assert all(
        len(found.scores[name]) == len(found.times[name]) == count for name, count in tiny.LENGTHS.items()
    )
    assert np.array_equal(found.runs[0].boxes["beta"], found.runs[1].boxes["beta"])
    execute(prepare(plan(folder=tmp_path / "out" / "Other" / "own")), lambda: tracker, lambda news: None)
    with pytest.raises(ResultsError, match="results of 2 runs"):
        open_results(tmp_path / "out")


def test_what_holds_no_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="there is no folder"):
        open_results(tmp_path / "gone")
    with pytest.raises(ResultsError, match="it is empty"):
        open_results(tmp_path)
    written(tmp_path / "notes" / "a.md", "")
    with pytest.raises(ResultsError, match="there are notes/"):
        open_results(tmp_path)
    for text in (
        "{",
        "[]",
        '{"kind": "sotc results", "format": 99}',
        '{"kind": "sotc results", "format": 1}',
    ):
        written(tmp_path / "ours" / "manifest.json", text)
        with pytest.raises(ResultsError):
            open_results(tmp_path / "ours")


def test_a_half_written_file_is_told_where_it_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", rows()[:-12])
    with pytest.raises(BoxFileError, match="line 3"):
        _ = open_results(tmp_path).boxes["a"]
