"""Clips: the generated one, a user's, and what makes one unusable."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.measure.clip import GENERATED, Clip, ClipError, generated_clip, read_clip


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 15 images of which each is one grey; the sixth is damaged."""
    folder = tmp_path_factory.mktemp("clip")
    for index in range(15):
        cv2.imwrite(str(folder / f"{index:04d}.png"), np.full((48, 64, 3), 10 * index, dtype=np.uint8))
    (folder / "0005.png").write_bytes(b"no image")
    return folder


BOX = (10.0, 12.0, 20.0, 16.0)


def lines(count: int) -> str:
    return "".join(f"{index}\t12,20 16\n" for index in range(count))


def test_the_generated_clip_is_labelled() -> None:
    clip = generated_clip(14)
    assert (clip.name, len(clip.frames), clip.boxes.shape) == (GENERATED, 14, (1, 4))
    assert clip.truth is not None
    np.testing.assert_array_equal(clip.truth[0], clip.boxes[0])


def test_a_box_makes_a_clip_without_labels(video: Path) -> None:
    clip = read_clip(video, BOX)
    assert not clip.labelled
    assert clip.boxes.tolist() == [list(BOX)]
    assert [int(frame[0, 0, 0]) // 10 for frame in clip.frames] == [0, 1, 2, 3, 4, *range(6, 15)]


def test_a_file_of_boxes_labels_the_frames_that_were_read(video: Path, tmp_path: Path) -> None:
    (tmp_path / "boxes.txt").write_text(lines(15))
    clip = read_clip(video, tmp_path / "boxes.txt")
    assert clip.truth is not None
    assert clip.truth[:, 0].tolist() == [0, 1, 2, 3, 4, *range(6, 15)]
    assert clip.boxes.tolist() == [[0, 12, 20, 16]]


def test_a_file_of_one_box_is_a_first_box(video: Path, tmp_path: Path) -> None:
    (tmp_path / "box.txt").write_text(lines(1))
    assert not read_clip(video, tmp_path / "box.txt").labelled


def test_no_more_frames_than_asked_for(video: Path) -> None:
    assert len(read_clip(video, BOX, most=13).frames) == 12


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (None, "there is no box for the clip"),
        ((10.0, 12.0, 0.0, 16.0), "has no size"),
        ((200.0, 12.0, 5.0, 16.0), "lies outside the frame"),
        ("missing.txt", "cannot be read"),
        ("words.txt", "its line 2 is no box"),
        ("empty.txt", "it is empty"),
        ("few.txt", "has 14 lines, and 15 frames"),
    ],
)
def test_boxes_that_cannot_be_used(video: Path, boxes: object, said: str, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("1,2,3,4\n1,2,three,4\n")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "few.txt").write_text(lines(14))
    given = tmp_path / boxes if isinstance(boxes, str) else boxes
    with pytest.raises(ClipError, match=said) as caught:
        read_clip(video, given)  # type: ignore[arg-type]
    assert caught.value.code == "SOT618"
    assert caught.value.remedy
    assert boxes is not None or "--gate-box" in caught.value.remedy, "the options are told by name"


def test_videos_that_cannot_be_used(video: Path, tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="the clip cannot be read: there is no video"):
        read_clip(tmp_path / "none.mp4", BOX)
    with pytest.raises(ClipError, match="too short: 4 of its frames"):
        read_clip(video, BOX, most=4)
    (tmp_path / "0001.png").write_bytes(b"no image")
    with pytest.raises(ClipError):
        read_clip(tmp_path, BOX)


def test_targets_that_are_not_given_stand_beside_the_first() -> None:
    clip = Clip("c", (np.zeros((48, 64, 3), dtype=np.uint8),), np.array([BOX]))
    many = clip.with_targets(9).boxes
    assert many.shape == (9, 4)
    assert len({tuple(row) for row in many.tolist()}) == 9
    np.testing.assert_array_equal(many[:, 2:], np.tile((20.0, 16.0), (9, 1)))
    centre = many[:, :2] + many[:, 2:] / 2
    assert ((centre >= 0) & (centre <= (64, 48))).all()
    np.testing.assert_array_equal(clip.with_targets(9).with_targets(1).boxes, clip.boxes)
