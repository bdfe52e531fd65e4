"""Which cells lie beyond the frame, against masks that OpenCV resizes, as the original's code does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from sotc.components.crops.area_crop import AreaCrop
from sotc.components.layers.beyond_frame import BeyondFrame

torch.set_num_threads(1)

WIDTH, HEIGHT = 90, 70

TARGETS = [
    (45.0, 35.0, 10.0, 10.0),
    (8.0, 30.0, 20.0, 14.0),
    (80.5, 61.0, 31.0, 22.0),
    (40.0, -3.0, 17.0, 9.0),
    (45.0, 35.0, 60.0, 55.0),
    (2.0, 68.0, 12.8, 12.8),
]


def resized_mask(target: tuple[float, ...], size: int, factor: float) -> np.ndarray:
    """1 beyond the frame, cut out like the pixels, resized, then any share counts; every sixteenth element."""
    x, y, w, h = target
    side = int(np.ceil(np.sqrt(w * h) * factor))
    left, top = round(x - side * 0.5), round(y - side * 0.5)
    mask = np.ones((side, side))
    columns, rows = np.arange(left, left + side), np.arange(top, top + side)
    inside = ((rows >= 0) & (rows < HEIGHT - 1))[:, None] & ((columns >= 0) & (columns < WIDTH - 1))
    mask[inside] = 0
    return cv2.resize(mask, (size, size)).astype(bool)[::16, ::16]


@pytest.mark.parametrize(("size", "factor"), [(128, 2.0), (320, 5.0), (64, 6.4)])
def test_cells_are_those_of_a_resized_mask(size: int, factor: float) -> None:
    crop, cells = AreaCrop(size, factor), size // 16
    targets = torch.tensor(TARGETS, dtype=torch.float64)
    view = crop.view(targets, torch.tensor([WIDTH, HEIGHT], dtype=torch.float64))
    found = BeyondFrame()(torch.zeros(len(TARGETS), 5, cells, cells), view)
    assert found.shape == (len(TARGETS), 1, cells, cells)
    for row, target in zip(found[:, 0], TARGETS, strict=True):
        assert np.array_equal(row.numpy(), resized_mask(target, size, factor)), target
    assert found.any()
    assert not found.all()
