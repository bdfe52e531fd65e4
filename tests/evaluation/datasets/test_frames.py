"""Lists of frames: their order, the numbers in their names, and what is no frame."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.evaluation.datasets.files import SequenceFiles
from sotc.evaluation.datasets.frames import images_of, list_frames, number_of, shown
from sotc.evaluation.sequence import FrameFiles

from . import trees


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    trees.images(tmp_path, "%d.jpg", (10, 9, 100, 1))
    trees.images(tmp_path, "b%d.PNG", (2,))
    for other in (".hidden.jpg", "notes.txt", "Thumbs.db"):
        trees.text(tmp_path / other, "")
    assert [path.name for path in images_of(tmp_path)] == ["1.jpg", "9.jpg", "10.jpg", "100.jpg", "b2.PNG"]


def test_a_copy_with_just_the_frames_of_a_range(tmp_path: Path) -> None:
    """Frames 300 to 302 may lie among others, or alone and numbered anew."""
    trees.images(tmp_path / "all", "%04d.jpg", range(298, 305))
    trees.images(tmp_path / "anew", "%04d.jpg", (1, 2, 3))
    for folder, names in (("all", ["0300", "0301", "0302"]), ("anew", ["0001", "0002", "0003"])):
        frames = list_frames(SequenceFiles("s", tmp_path / folder, numbers=(300, 302)), expected=3)
        assert isinstance(frames, FrameFiles)
        assert [path.stem for path in frames.paths] == names


def test_numbers_of_names() -> None:
    assert [number_of(name) for name in ("img_00012.jpg", "7.png", "a3b04c.jpg", "cover.jpg")] == [
        12,
        7,
        4,
        None,
    ]


@settings(max_examples=50, deadline=None)
@given(numbers=st.sets(st.integers(0, 40), min_size=1))
def test_runs_of_numbers_say_each_number_once(numbers: set[int]) -> None:
    told = shown(sorted(numbers), most=99)
    said = []
    for piece in told.split(", "):
        begin, _, end = piece.partition(" to ")
        said += range(int(begin), int(end or begin) + 1)
    assert said == sorted(numbers)


def test_many_runs_are_cut_short() -> None:
    assert shown([1, 3, 5, 7], most=2) == "1, 3 and 2 stretches more"
