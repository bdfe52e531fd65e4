"""Each thing that can be wrong with a data set is told, with its place; and nothing of a sound one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sotc.evaluation.datasets.check import Finding, check_dataset, check_sequence
from sotc.evaluation.datasets.find import find_dataset

from . import trees


def findings(name: str, root: Path, deep: bool = False) -> list[Finding]:
    """Without those about the number of sequences, which is never that of the published data set."""
    found = find_dataset(name, root)
    told = [finding for finding in check_dataset(found) if finding.sequence]
    return told + [finding for files in found.files for finding in check_sequence(files, deep).findings]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """DTB70's layout: three sequences of five frames, boxes of 4 x 5 that begin at (2, 3)."""
    trees.dtb70(tmp_path)
    return tmp_path


SOUND: dict[str, Callable[[Path], None]] = {
    "otb2015": trees.otb,
    "lasot": trees.lasot,
    "got10k": trees.got10k,
    "got10k:test": trees.got10k,
    "trackingnet": trees.trackingnet,
    "nfs30": trees.nfs,
    "tnl2k": trees.tnl2k,
    "tc128": trees.tc128,
    "avist": trees.avist,
    "itb": trees.itb,
    "vot2018": trees.vot_polygons,
    "vots": trees.vots,
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_ones(name: str, tmp_path: Path) -> None:
    SOUND[name](tmp_path)
    told = findings(name, tmp_path, deep=name != "otb2015")
    if name == "nfs30":  # its boxes move on by eight pixels a frame, out of these small ones
        told = [finding for finding in told if not finding.message.startswith("the box l")]
    assert told == []


def change(path: Path, row: int, line: str) -> None:
    rows = path.read_text().splitlines()
    rows[row] = line
    path.write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("line", "is_error", "told"),
    [
        ("nan,nan,nan,nan", False, "the box is NaN, and no flag says"),
        ("nan,3,4,5", True, "some of the four numbers are NaN"),
        ("inf,3,4,5", True, "a box cannot be infinite"),
        ("2,3,0,5", False, "the box has no size"),
        ("2,3,-4,5", True, "the width or the height is negative"),
        ("40,3,4,5", True, "the box lies outside of the frame, which is 16x12"),
        ("2,9,4,9", False, "the box leaves the frame, which is 16x12"),
        ("2 3 4 5", False, "separated by ' ' here, and by ',' before"),
        ("2 3;4,5", False, "separated by ',' and ';' here, and by ',' before"),
    ],
)
def test_boxes(line: str, is_error: bool, told: str, tree: Path) -> None:
    path = tree / "BMX2/groundtruth_rect.txt"
    change(path, 3, line)
    (finding,) = findings("dtb70", tree)
    assert (finding.is_error, finding.sequence, finding.place) == (is_error, "BMX2", f"{path}:4")
    assert told in finding.message


def test_rows_with_the_same_fault_are_told_together(tree: Path) -> None:
    path = tree / "BMX2/groundtruth_rect.txt"
    trees.text(path, "2,3,4,5\n2,3,0,0\n2,3,0,0\n2,3,4,5\n2,3,0,0\n")
    (finding,) = findings("dtb70", tree)
    assert finding.place == f"{path}:2"
    assert "(in 3 frames: 1 to 2, 4, counted from 0)" in finding.message


def test_a_first_box_that_cannot_start_a_tracker(tree: Path) -> None:
    change(tree / "Animal1/groundtruth_rect.txt", 0, "0,0,0,0")
    (finding,) = findings("dtb70", tree)
    assert finding.is_error and "the first box is 0,0,0,0" in finding.message
    assert finding.place.endswith("groundtruth_rect.txt:1")


def test_flags_explain_boxes_that_are_none(tmp_path: Path) -> None:
    trees.lasot_extension(tmp_path)
    # the fourth frame is flagged, the third is not
    change(tmp_path / "atv/atv-1/groundtruth.txt", 3, "0,0,0,0")
    change(tmp_path / "atv/atv-2/groundtruth.txt", 2, "0,0,0,0")
    (finding,) = findings("lasot-ext", tmp_path)
    assert finding.sequence == "atv-2" and not finding.is_error


def test_corners_in_place_of_sizes(tree: Path) -> None:
    trees.text(tree / "Yacht4/groundtruth_rect.txt", "".join(f"{8 + i % 2},6,14,11\n" for i in range(5)))
    (finding,) = findings("dtb70", tree)
    assert "corners x1,y1,x2,y2" in finding.message


def test_counts(tree: Path) -> None:
    path = tree / "Yacht4/groundtruth_rect.txt"
    trees.text(path, trees.lines([*trees.boxes(3), (2, 3, -1, 5)]))
    told = findings("dtb70", tree)
    assert any(
        "`Yacht4` has 5 frames and 4 boxes" in finding.message and finding.is_error for finding in told
    )
    assert any(finding.place == f"{path}:4" and "negative" in finding.message for finding in told)


def test_frames_lost_and_damaged(tree: Path) -> None:
    (tree / "Animal1/img/00003.jpg").unlink()
    (tree / "BMX2/img/00002.jpg").write_bytes(b"")
    (tree / "Yacht4/img/00004.jpg").write_bytes(b"\xff\xd8 no picture")
    shallow = findings("dtb70", tree)
    assert {(finding.sequence, finding.is_error) for finding in shallow} == {
        ("Animal1", True),
        ("Animal1", False),
        ("BMX2", True),
    }
    assert any("3 not there" in finding.message for finding in shallow)
    deep = findings("dtb70", tree, deep=True)
    assert len(deep) == len(shallow) + 1
    place = next(finding.place for finding in deep if finding.sequence == "Yacht4")
    assert place == str(tree / "Yacht4/img/00004.jpg")


def test_frames_of_different_sizes(tree: Path) -> None:
    (tree / "Yacht4/img/00004.jpg").write_bytes(trees.encoded(".jpg", 20, 12))
    assert findings("dtb70", tree) == []
    (finding,) = findings("dtb70", tree, deep=True)
    assert (finding.is_error, finding.message) == (False, "the frames differ in size: 16x12, 20x12")


def test_a_box_inside_of_its_own_larger_frame(tree: Path) -> None:
    """With `deep`, each box is held against its own frame."""
    (tree / "Yacht4/img/00004.jpg").write_bytes(trees.encoded(".jpg", 60, 12))
    change(tree / "Yacht4/groundtruth_rect.txt", 3, "40,3,4,5")
    assert any("outside" in finding.message for finding in findings("dtb70", tree))
    assert not any("outside" in finding.message for finding in findings("dtb70", tree, deep=True))


def test_boxes_that_do_not_read(tree: Path) -> None:
    path = tree / "BMX2/groundtruth_rect.txt"
    change(path, 2, "2,3,four,5")
    (finding,) = findings("dtb70", tree)
    assert finding.is_error and finding.sequence == "BMX2" and "four" in finding.message


def test_corners_of_nfs_that_do_not_read(tmp_path: Path) -> None:
    trees.nfs(tmp_path)
    path = tmp_path / "airboard_1/30/airboard_1.txt"
    change(path, 9, "0 1 2 three 4")
    finding = next(finding for finding in findings("nfs30", tmp_path) if finding.sequence == "airboard_1")
    assert finding.is_error and finding.place == f"{path}:10" and "is not of NfS" in finding.message


def test_annotations_that_are_lost(tmp_path: Path) -> None:
    trees.otb(tmp_path)
    (tmp_path / "Football1/groundtruth_rect.txt").unlink()
    (finding,) = findings("otb", tmp_path)
    assert finding.is_error and finding.sequence == "Football1"
    assert "no boxes: there is no file" in finding.message


def test_twins_and_missing_sequences(tmp_path: Path) -> None:
    trees.itb(tmp_path)
    trees.images(tmp_path / "UAV/hand_1", "%05d.jpg", range(1, 4))
    trees.text(tmp_path / "UAV/hand_1/groundtruth.txt", trees.lines(trees.boxes(3)))
    told = check_dataset(find_dataset("itb", tmp_path))
    assert [(finding.is_error, finding.sequence) for finding in told] == [(True, "hand_1"), (False, "")]
    assert "3 sequences are there, and there should be 180" in told[1].message
    trees.otb(tmp_path / "otb")
    (finding,) = check_dataset(find_dataset("otb", tmp_path / "otb"))
    assert "95 of 100 sequences are not there: Basketball" in finding.message


def test_a_video_is_read_through(tmp_path: Path) -> None:
    trees.video(tmp_path / "clip.avi", 6)
    trees.text(tmp_path / "clip.txt", trees.lines(trees.boxes(6)))
    trees.text(tmp_path / "data.csv", "name,frames,boxes\nclip,clip.avi,clip.txt\n")
    (files,) = find_dataset(tmp_path / "data.csv").files
    assert check_sequence(files, deep=True).findings == ()
    assert check_sequence(files, deep=True).frames == 6
    trees.text(tmp_path / "clip.txt", trees.lines(trees.boxes(5)) + "70,3,4,5\n")
    (finding,) = check_sequence(files).findings
    assert "outside of the frame, which is 64x48" in finding.message and finding.place.endswith("clip.txt:6")


def test_names_that_are_times_have_no_gaps(tree: Path) -> None:
    """And the numbers between two of them, which may be all of a year's milliseconds, are not counted through."""
    for place, number in ((1, 20260101000000000), (2, 20260101000000040), (3, 99999999999999999)):
        (tree / f"Animal1/img/0000{place}.jpg").rename(tree / f"Animal1/img/{number}.jpg")
    assert not any("not there" in finding.message for finding in findings("dtb70", tree))
