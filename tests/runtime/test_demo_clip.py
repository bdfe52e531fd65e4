"""The demo's clip: the same each time, with boxes that are where the target is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sotc.runtime.demo_clip import draw, make_clip
from sotc.runtime.success import success_auc


def test_it_repeats_itself() -> None:
    first, boxes = make_clip(frames=4)
    second, again = make_clip(frames=4)
    assert first.shape == (4, 240, 320, 3)
    assert first.dtype == np.uint8
    assert boxes.shape == (4, 4)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(boxes, again)
    assert not np.array_equal(make_clip(frames=1, seed=1)[0], first[:1])


@pytest.mark.parametrize(("width", "height"), [(320, 240), (64, 64), (120, 400)])
def test_the_target_stays_in_the_frame_moves_and_changes_its_size(width: int, height: int) -> None:
    _, boxes = make_clip(150, width, height) if width < 320 else make_clip()
    assert (boxes[:, :2] > 0).all()
    assert (boxes[:, 0] + boxes[:, 2] < width).all()
    assert (boxes[:, 1] + boxes[:, 3] < height).all()
    assert boxes[:, 2].max() > 1.5 * boxes[:, 2].min()
    assert (np.abs(np.diff(np.log(boxes[:, 2]))) < 0.02).all()


def test_the_demos_target_is_no_faster_than_can_be_followed() -> None:
    _, boxes = make_clip()
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    assert (np.abs(np.diff(centres, axis=0)) < 0.25 * boxes[1:, 2:]).all()


@pytest.mark.parametrize("box", [(10.0, 20.0, 16.0, 8.0), (10.3, 19.6, 15.5, 9.25)])
def test_a_target_covers_its_box_exactly(box: tuple[float, ...]) -> None:
    """White on black: the sums of rows and columns give back place and size to a fraction of a pixel."""
    picture = np.zeros((48, 64, 3), dtype=np.float32)
    draw(picture, np.full((128, 128, 3), 255, dtype=np.float32), np.array(box))
    cover = picture[:, :, 0].astype(np.float64) / 255
    assert cover.sum() == pytest.approx(box[2] * box[3], rel=1e-5)
    assert cover.sum(axis=1).max() == pytest.approx(box[2], rel=1e-5)
    centre = [
        (cover.sum(axis=axis) * (np.arange(cover.shape[1 - axis]) + 0.5)).sum() / cover.sum()
        for axis in (0, 1)
    ]
    # a pixel at the edge, covered in part, counts at its middle
    assert centre == pytest.approx([box[0] + box[2] / 2, box[1] + box[3] / 2], abs=0.01)


def mean_change(frames: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> float:
    """Mean change from the first to the last frame, in grey levels, of what is not hidden in either."""
    return float(np.abs(frames[0].astype(float) - frames[-1])[~hidden].mean())


def test_the_ground_moves_and_standing_still_is_not_enough() -> None:
    frames, boxes = make_clip()
    hidden = np.zeros(frames.shape[1:3], dtype=bool)
    for x, y, width, height in boxes[[0, 30]]:
        hidden[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1] = True
    assert mean_change(frames[:31], hidden) > 4 * mean_change(np.stack((frames[0], frames[0])), hidden) + 4
    assert success_auc(np.repeat(boxes[:1], len(boxes), axis=0), boxes) < 0.2


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"width": 63}, {"height": 10}])
def test_clips_that_hold_nothing_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a clip needs"):
        make_clip(**wrong)
