"""OSTrack's decode: against Python numbers, target by target, and the original's own output."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from sotc.components.decoders.centre_box import CentreBox
from sotc.components.decoders.centre_decode import CentreDecode
from sotc.components.decoders.window import inner_hann_map
from sotc.components.types import View

torch.set_num_threads(1)

STRIDE = 16

FRAME = (320.0, 240.0)


def view_of(target: np.ndarray, scale: np.ndarray) -> View:
    scales = torch.from_numpy(scale)[:, None].expand(-1, 2)
    return View(torch.from_numpy(target), scales, torch.tensor(FRAME, dtype=torch.float64))


def maps(count: int, height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed + height * width)
    score = rng.uniform(0.01, 0.99, (count, 1, height, width)).astype(np.float32)
    size = rng.uniform(0.02, 0.9, (count, 2, height, width)).astype(np.float32)
    return score, size, rng.normal(0.5, 0.4, (count, 2, height, width)).astype(np.float32)


def hann(index: int, size: int) -> float:
    return 0.5 * (1 - math.cos(2 * math.pi * (index + 1) / (size + 1)))


def decode_one(
    score: np.ndarray, size: np.ndarray, offset: np.ndarray, target: np.ndarray, scale: float
) -> tuple[list[float], float]:
    """One target, cell by cell: the box as left, top, width, height, and the score."""
    _, height, width = score.shape
    ranks = {
        (row, column): float(score[0, row, column]) * hann(row, height) * hann(column, width)
        for row in range(height)
        for column in range(width)
    }
    row, column = max(ranks, key=lambda cell: ranks[cell])
    # in pixels of the frame, from the corner of the crop
    x = (column + float(offset[0, row, column])) * STRIDE / scale
    y = (row + float(offset[1, row, column])) * STRIDE / scale
    w, h = (float(size[axis, row, column]) * (width, height)[axis] * STRIDE / scale for axis in (0, 1))
    left = target[0] - width * STRIDE / scale / 2 + x - w / 2
    top = target[1] - height * STRIDE / scale / 2 + y - h / 2
    right, bottom = left + w, top + h
    left, top = min(max(0.0, left), FRAME[0] - 10), min(max(0.0, top), FRAME[1] - 10)
    right, bottom = min(max(10.0, right), FRAME[0]), min(max(10.0, bottom), FRAME[1])
    return [left, top, max(10.0, right - left), max(10.0, bottom - top)], float(score[0, row, column])


@pytest.mark.parametrize(("height", "width"), [(16, 16), (15, 15), (7, 10)])
def test_each_target_as_written_out(height: int, width: int) -> None:
    """Some of the boxes reach beyond the frame, some lie there."""
    count = 24
    score, size, offset = maps(count, height, width)
    rng = np.random.default_rng(height)
    target = np.concatenate([rng.uniform(-40, 340, (count, 2)), rng.uniform(5, 200, (count, 2))], 1)
    scale = rng.uniform(0.3, 3.0, count)
    pick = CentreDecode(STRIDE)(*map(torch.from_numpy, (score, size, offset)), view_of(target, scale))
    assert (pick.box.dtype, pick.score.dtype) == (torch.float64, torch.float32)
    cut = 0
    for index in range(count):
        box, best = decode_one(score[index], size[index], offset[index], target[index], scale[index])
        x, y, w, h = pick.box[index].tolist()
        assert [x - w / 2, y - h / 2, w, h] == pytest.approx(box, rel=1e-5, abs=1e-3)
        assert float(pick.score[index]) == best
        cut += 10 in box or 0 in box
    assert 0 < cut < count


def test_a_box_beyond_the_frame_keeps_ten_pixels_of_it() -> None:
    target = np.array([[900.0, 900.0, 40.0, 40.0], [-500.0, -500.0, 40.0, 40.0]])
    score, size, offset = maps(2, 16, 16)
    pick = CentreDecode()(*map(torch.from_numpy, (score, size, offset)), view_of(target, np.ones(2)))
    assert pick.box.tolist() == [[315.0, 235.0, 10.0, 10.0], [5.0, 5.0, 10.0, 10.0]]


def test_the_window_decides_between_equals() -> None:
    """A distant cell with a slightly higher score loses to the middle one, and its score is told unchanged."""
    score, size, offset = (
        torch.full((1, 1, 15, 15), 0.1),
        torch.full((1, 2, 15, 15), 0.25),
        torch.zeros(1, 2, 15, 15),
    )
    score[0, 0, 7, 7], score[0, 0, 1, 1] = 0.8, 0.9
    target = np.array([[160.0, 120.0, 40.0, 40.0]])
    pick = CentreDecode(STRIDE)(score, size, offset, view_of(target, np.ones(1)))
    # cell 7 of 15 begins half a cell before the middle of the crop
    assert pick.box[0].tolist() == pytest.approx([152.0, 112.0, 60.0, 60.0])
    assert float(pick.score[0]) == pytest.approx(0.8)
    corners = CentreBox()(score, size, offset)
    assert corners[0].tolist() == pytest.approx(
        [1 / 15 - 1 / 8, 1 / 15 - 1 / 8, 1 / 15 + 1 / 8, 1 / 15 + 1 / 8]
    )


def test_the_window_has_no_zeros() -> None:
    for size in (1, 2, 3, 15, 16):
        expected = [
            [hann(row, size) * hann(column, size + 2) for column in range(size + 2)] for row in range(size)
        ]
        assert np.allclose(inner_hann_map(size, size + 2).numpy(), expected, rtol=0, atol=1e-15)


def test_the_originals_box(parity_folder: Path) -> None:
    """Where the score alone is highest, as the fixture has it: centre and size, as shares of the crop."""
    with np.load(parity_folder / "ostrack_vitb256.npz") as stored:
        score, size, offset = (
            torch.from_numpy(stored[f"{name}_map"]) for name in ("score", "size", "offset")
        )
        expected = stored["pred_boxes"][0, 0]
    corners = CentreBox()(score, size, offset)[0].double()
    found = torch.cat(((corners[:2] + corners[2:]) / 2, corners[2:] - corners[:2]))
    assert np.allclose(found.numpy(), expected, rtol=0, atol=1e-6)


def test_what_the_box_teaches() -> None:
    """Gradients reach size and offset of the best cell, and nothing else."""
    score, size, offset = (torch.from_numpy(array).requires_grad_() for array in maps(1, 5, 5))
    CentreBox()(score, size, offset).square().sum().backward()
    assert score.grad is None or not score.grad.any()
    best = int(score.flatten().argmax())
    for one in (size, offset):
        assert one.grad is not None
        assert one.grad.flatten(2)[0].any(0).nonzero().flatten().tolist() == [best]
