"""Truth and boxes found in folders, and graded in one process or several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.box_files import BoxFileError
from sotc.evaluation.metrics import many
from sotc.evaluation.metrics.errors import UnmatchedError
from sotc.evaluation.metrics.folders import Beside, pair_up, read_truth
from sotc.evaluation.metrics.lists import read_attributes, read_sizes
from sotc.evaluation.metrics.many import Task, grade_many, told_together
from sotc.evaluation.metrics.profile import PROFILES

LINES = "10,10,20,20\n12,10,20,20\n"


def put(folder: Path, *names: str, text: str = LINES) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("truths", "boxes"),
    [
        (("a.txt", "b.txt"), ("a.txt", "b.txt", "a_time.txt", "b_scores.txt")),
        (("a_gt.txt", "b_gt.txt", "a_absent.txt"), ("a_pred.txt", "b_pred.txt")),
        (("a/groundtruth.txt", "b/groundtruth.txt"), ("a/a_001.txt", "b/b_001.txt", "b/b_time.txt")),
        (("cat/a/groundtruth.txt", "dog/b/groundtruth_rect.txt"), ("a.txt", "b.txt")),
    ],
)
def test_names_match(tmp_path: Path, truths: tuple[str, ...], boxes: tuple[str, ...]) -> None:
    pairs = pair_up(put(tmp_path / "truth", *truths), put(tmp_path / "boxes", *boxes))
    assert [pair.name for pair in pairs.pairs] == ["a", "b"]
    assert (pairs.only_truth, pairs.only_boxes) == ((), ())


def test_one_folder_may_hold_both(tmp_path: Path) -> None:
    put(tmp_path, "a_gt.txt", "a_pred.txt", "a_absent.txt", "a_cover.txt", text="1,1,4,4\n")
    (pair,) = pair_up(tmp_path, tmp_path, Beside(tmp_path, tmp_path, (64, 48))).pairs
    assert (pair.truth.name, pair.boxes.name) == ("a_gt.txt", "a_pred.txt")
    assert pair.absent is not None and pair.absent.name == "a_absent.txt"
    assert pair.cover is not None and pair.cover.name == "a_cover.txt"
    assert pair.size == (64, 48)


def test_what_has_no_partner_is_told(tmp_path: Path) -> None:
    pairs = pair_up(put(tmp_path / "t", "a.txt", "b.txt", "c.txt"), put(tmp_path / "p", "b.txt", "x.txt"))
    assert [pair.name for pair in pairs.pairs] == ["b"]
    assert (pairs.only_truth, pairs.only_boxes) == (("a", "c"), ("x",))


def test_nothing_to_pair(tmp_path: Path) -> None:
    truth, empty = put(tmp_path / "t", "a.txt"), tmp_path / "empty"
    empty.mkdir()
    for one, other, said in (
        (truth, empty, "has no file of boxes"),
        (truth, put(tmp_path / "p", "b.txt"), "no name in .* a; b"),
        (truth, truth / "a.txt", "is a folder and"),
        (truth, tmp_path / "nothing", "is not there"),
    ):
        with pytest.raises(UnmatchedError, match=said):
            pair_up(one, other)
    with pytest.raises(UnmatchedError, match="has none for a"):
        pair_up(truth, truth, Beside(absent=empty))
    with pytest.raises(UnmatchedError, match="several sequences"):
        pair_up(truth, truth, Beside(absent=truth / "a.txt"))


def test_two_files(tmp_path: Path) -> None:
    put(tmp_path, "a_gt.txt", "boxes.txt")
    put(tmp_path, "flags.txt", text="0\n1\n")
    (pair,) = pair_up(tmp_path / "a_gt.txt", tmp_path / "boxes.txt", Beside(tmp_path / "flags.txt")).pairs
    assert pair.name == "a"
    truth = read_truth(pair)
    assert truth.absent is not None and truth.absent.tolist() == [False, True]


def tasks(folder: Path, count: int) -> list[Task]:
    names = [f"s{number:02d}.txt" for number in range(count)]
    truth, boxes = (
        put(folder / "truth", *names),
        put(folder / "boxes", *names, text="10,10,20,20\n90,10,20,20\n"),
    )
    return [Task(PROFILES["pysot"], {"one": pair, "other": pair}) for pair in pair_up(truth, boxes).pairs]


def test_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, and with the errors that there are."""
    monkeypatch.setattr(many, "BYTES_WORTH_PROCESSES", 0)
    of, told = tasks(tmp_path, 10), []
    alone = list(grade_many(of))
    together = list(grade_many(of, jobs=2, on_done=told.append))
    assert [one.name for one in together] == [one.name for one in alone]
    assert told == list(range(1, 11))
    for one, other in zip(alone, together, strict=True):
        assert set(one.scores) == {"one", "other"}
        assert np.array_equal(one.scores["one"].counts["success"], other.scores["other"].counts["success"])
    put(tmp_path / "boxes", "s03.txt", text="1,2\n")
    put(tmp_path / "boxes", "s07.txt", "s08.txt", text="1,2,3,4\n")
    wrong = told_together(grade_many(of, jobs=2))
    assert isinstance(wrong, BoxFileError)
    assert "s03.txt" in wrong.message and "wrong with s07, s08, too" in wrong.message
    assert told_together(alone) is None


def test_padding_and_what_is_told_of_lengths(tmp_path: Path) -> None:
    (task, *_) = tasks(tmp_path, 1)
    put(tmp_path / "boxes", "s00.txt", text="10,10,20,20\n")
    (short,) = grade_many([task])
    assert isinstance(short.error, UnmatchedError)
    assert "s00 has 2 frames, and there are 1 box" in short.error.message
    (padded,) = grade_many([Task(task.profile, task.pairs, pad=True)])
    assert (padded.scores["one"].frames, padded.remarks) == (2, ())
    (cut,) = grade_many([Task(PROFILES["got10k:otb"], {"": task.pairs["one"]})])
    assert cut.remarks == ("s00 has 2 frames and 1 box; the rest is left out, as got10k:otb does",)


def test_lists(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text('{"a": ["fast", "dark"], "b": []}')
    assert read_attributes(file) == {"a": ("fast", "dark"), "b": ()}
    file.write_text("a,fast, dark\nb: rain\n\n")
    assert read_attributes(file) == {"a": ("fast", "dark"), "b": ("rain",)}
    file.write_text('{"a": [640, 480]}')
    assert read_sizes(file) == {"a": (640, 480)}
    for text in ('{"a": [640]}', '{"a": 3}', '{"a": [64', "a,640"):
        file.write_text(text)
        with pytest.raises(BoxFileError, match="does not read"):
            read_sizes(file)


ORIGINALS = {
    "nanotrackv1": {"Crossing": 0.704, "bag": 0.826, "Human3": 0.121, "Basketball": 0.590},
    "nanotrackv2": {"Crossing": 0.742, "bag": 0.823, "Human3": 0.626, "Basketball": 0.592},
    "nanotrackv3": {"Crossing": 0.717, "bag": 0.828, "Human3": 0.620, "Basketball": 0.589},
}
"""Success of the authors' boxes on four real sequences, as published beside them"""


@pytest.mark.parametrize("tracker", ORIGINALS)
def test_the_originals_boxes_on_real_sequences(data_folder: Path, tracker: str) -> None:
    """Corners of polygons and files of scores lie beside, and are not taken for boxes."""
    pairs = pair_up(data_folder / "sequences", data_folder / "reference" / tracker)
    assert (pairs.only_truth, pairs.only_boxes) == ((), ())
    graded = grade_many([Task(PROFILES["pysot"], {"": pair}) for pair in pairs.pairs])
    found = {one.name: round(one.scores[""].measures["success"], 3) for one in graded}
    assert found == pytest.approx(ORIGINALS[tracker], abs=0.0011)
