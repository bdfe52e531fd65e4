"""FEAR's crop: windows of whole pixels, stretched to squares, by both lowerings; and the box that comes back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from sotc.components.crops.host_patch import LARGEST_PATCH
from sotc.components.crops.stretched_crop import StretchedCrop
from sotc.components.decoders.best_cell_decode import BestCellDecode

torch.set_num_threads(1)

FRAME = np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8)

SIZE = torch.tensor([120.0, 90.0], dtype=torch.float64)


def both(crop: StretchedCrop, target: torch.Tensor) -> np.ndarray:
    border = crop.border(torch.from_numpy(FRAME))
    host = crop.sample_host(FRAME, target.numpy(), border.numpy())
    graph = crop.sample(torch.from_numpy(FRAME), target, border)
    assert np.array_equal(host, graph.numpy())
    return host


@pytest.mark.parametrize("offset", [0.2, 2.0])
@pytest.mark.parametrize("box", [(40, 30, 21, 13), (3, 60, 33, 20), (100, 2, 18, 30)])
def test_patches_are_padded_and_stretched(offset: float, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    crop = StretchedCrop(64, offset)
    left, top = int(x - width * offset), int(y - height * offset)
    wide, high = int(width * (1 + 2 * offset)), int(height * (1 + 2 * offset))
    padded = cv2.copyMakeBorder(
        FRAME, *[200] * 4, cv2.BORDER_CONSTANT, value=FRAME.mean((0, 1)).round().tolist()
    )
    expected = cv2.resize(padded[top + 200 : top + 200 + high, left + 200 : left + 200 + wide], (64, 64))
    target = crop.start(torch.tensor([box], dtype=torch.float64))
    assert np.array_equal(both(crop, target)[0], expected.transpose(2, 0, 1))
    assert crop.view(target, SIZE).scale.tolist() == [[64 / wide, 64 / high]]


@pytest.mark.parametrize(
    "target",
    [
        [60.0, 40.0, float(LARGEST_PATCH), 30.0],
        [float("nan"), 40.0, 20.0, 30.0],
        [1e300, 40.0, 20.0, float("inf")],
        [60.0, 40.0, 0.0, 0.0],
    ],
)
def test_any_target_gives_a_patch(target: list[float]) -> None:
    patches = both(StretchedCrop(32, 2.0), torch.tensor([target], dtype=torch.float64))
    assert patches.shape == (1, 3, 32, 32)


def test_the_given_box_is_made_whole_and_held_in_the_frame() -> None:
    """Cut towards 0 at each number, what lies left of the frame first; three pixels wide and high at least."""
    boxes = torch.tensor([[10.6, 20.4, 30.9, 9.2], [-4.0, 5.5, 20.0, 8.0], [50.0, 60.0, 1.0, 2.9]]).double()
    found = StretchedCrop(64).start(boxes)
    corners = torch.cat((found[:, :2] - found[:, 2:] / 2, found[:, 2:]), 1)
    assert corners.tolist() == [[10, 20, 30, 9], [0, 5, 16, 8], [50, 60, 3, 3]]


def test_boxes_come_back_in_whole_pixels() -> None:
    """By hand: the window is 100 x 50 at 10, 15, a crop of 256; the cell (9, 8) lies 16 to the right of its middle."""
    crop, target = StretchedCrop(256, 2.0), torch.tensor([[60.0, 40.0, 20.0, 10.0]], dtype=torch.float64)
    cls, loc = torch.zeros(1, 1, 16, 16), torch.full((1, 4, 16, 16), 32.0)
    cls[0, 0, 8, 9] = 3
    loc[0, 0, 8, 9] = 48
    found = BestCellDecode()(cls, loc, crop.view(target, SIZE))
    left, right = 60 + (16 - 48) * 100 / 256, (48 + 32) * 100 / 256  # 47.5 and 31.25
    assert (left, right) == (47.5, 31.25)
    top, height = 40 - 32 * 50 / 256, 64 * 50 / 256  # 33.75 and 12.5
    assert (top, height) == (33.75, 12.5)
    assert found.box.tolist() == [[48 + 31 / 2, 34 + 12 / 2, 31.0, 12.0]]
    assert found.score.tolist() == pytest.approx([1 / (1 + np.exp(-3.0))])


def test_boxes_are_cut_off_at_the_frame() -> None:
    crop, target = StretchedCrop(256, 2.0), torch.tensor([[119.0, 2.0, 20.0, 10.0]], dtype=torch.float64)
    loc = torch.full((1, 4, 16, 16), 40.0)
    loc[0, 0], loc[0, 3] = -2.0, 30.0
    cls = torch.zeros(1, 1, 16, 16)
    cls[0, 0, 8, 8] = 1
    found = BestCellDecode()(cls, loc, crop.view(target, SIZE))
    x, y, width, height = found.box[0].tolist()
    assert (x + width / 2, width) == (120.0, 3.0)  # one pixel is left: three are kept
    assert (y - height / 2, height) == (0.0, 8.0)


def test_an_offset_is_not_negative() -> None:
    with pytest.raises(ValueError, match="offset"):
        StretchedCrop(64, -0.1)
