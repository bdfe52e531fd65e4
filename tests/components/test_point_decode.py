"""The decode of point-based trackers, against numpy, target by target, and the originals' own output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sotc.components.decoders.point_decode import PointDecode, box_of_distances, target_probability
from sotc.components.decoders.window import hann_map, point_grid
from sotc.components.types import View

torch.set_num_threads(1)

STRIDE, PENALTY, WINDOW, RATE = 16, 0.148, 0.462, 0.39


def view_of(target: np.ndarray, scale: np.ndarray, frame_size: tuple[float, float]) -> View:
    scales = torch.from_numpy(scale)[:, None].expand(-1, 2)
    return View(torch.from_numpy(target), scales, torch.tensor(frame_size, dtype=torch.float64))


def decode_one(
    cls: np.ndarray, loc: np.ndarray, target: np.ndarray, scale: float, frame_size: tuple[float, float]
) -> tuple[np.ndarray, float, np.ndarray]:
    """One target, cell by cell: the box, its score and the ranking of all cells."""
    _, height, width = loc.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    best, rank = None, np.empty((height, width))
    for row in range(height):
        for column in range(width):
            x = np.float32((column - width // 2) * STRIDE)
            y = np.float32((row - height // 2) * STRIDE)
            left, top, right, bottom = x - loc[0, row, column], y - loc[1, row, column], None, None
            right, bottom = x + loc[2, row, column], y + loc[3, row, column]
            w, h = right - left, bottom - top
            odds = np.exp(cls[:, row, column].astype(np.float64))
            score = odds[1] / odds.sum()

            def side(a: float, b: float) -> float:
                return float(np.sqrt((a + (a + b) / 2) * (b + (a + b) / 2)))

            area = side(w, h) / side(target[2] * scale, target[3] * scale)
            ratio = (target[2] / target[3]) / (w / h)
            change = max(area, 1 / area) * max(ratio, 1 / ratio)
            penalty = np.exp(-(change - 1) * PENALTY)
            rank[row, column] = penalty * score * (1 - WINDOW) + window[row, column] * WINDOW
            if best is None or rank[row, column] > best[0]:
                best = (rank[row, column], (left + right) / 2, (top + bottom) / 2, w, h, penalty, score)
    assert best is not None
    _, cx, cy, w, h, penalty, score = best
    rate = penalty * score * RATE
    x = min(max(cx / scale + target[0], 0), frame_size[0])
    y = min(max(cy / scale + target[1], 0), frame_size[1])
    grown_w = target[2] * (1 - rate) + w / scale * rate
    grown_h = target[3] * (1 - rate) + h / scale * rate
    box = [x, y, max(10, min(grown_w, frame_size[0])), max(10, min(grown_h, frame_size[1]))]
    return np.array(box), score, rank


@pytest.mark.parametrize(("height", "width"), [(16, 16), (15, 15), (7, 10)])
def test_each_target_as_written_out(height: int, width: int) -> None:
    rng = np.random.default_rng(height * width)
    count = 6
    cls = rng.normal(0, 2, (count, 2, height, width)).astype(np.float32)
    loc = np.exp(rng.normal(3.4, 0.5, (count, 4, height, width))).astype(np.float32)
    target = np.concatenate([rng.uniform(0, 300, (count, 2)), rng.uniform(5, 200, (count, 2))], 1)
    scale = rng.uniform(0.3, 3.0, count)
    frame_size = (320.0, 240.0)
    decode = PointDecode(STRIDE, PENALTY, WINDOW, RATE)
    pick = decode(torch.from_numpy(cls), torch.from_numpy(loc), view_of(target, scale, frame_size))
    assert pick.box.dtype == torch.float64
    for index in range(count):
        box, score, _ = decode_one(cls[index], loc[index], target[index], scale[index], frame_size)
        assert np.allclose(pick.box[index].numpy(), box, rtol=1e-5)
        assert float(pick.score[index]) == pytest.approx(score, rel=1e-5)


@pytest.mark.parametrize(
    ("target", "frame_size"),
    [
        ([5.0, 5.0, 12.0, 11.0], (320.0, 240.0)),
        ([318.0, 239.0, 300.0, 230.0], (320.0, 240.0)),
        ([-50.0, 400.0, 900.0, 900.0], (320.0, 240.0)),
        ([2.0, 2.0, 3.0, 3.0], (6.0, 4.0)),
    ],
)
def test_the_box_is_held(target: list[float], frame_size: tuple[float, float]) -> None:
    rng = np.random.default_rng(3)
    cls = rng.normal(0, 2, (1, 2, 9, 9)).astype(np.float32)
    loc = np.exp(rng.normal(3.4, 1.5, (1, 4, 9, 9))).astype(np.float32)
    scale = np.array([0.5])
    pick = PointDecode(STRIDE, PENALTY, WINDOW, RATE)(
        torch.from_numpy(cls), torch.from_numpy(loc), view_of(np.array([target]), scale, frame_size)
    )
    box, _, _ = decode_one(cls[0], loc[0], np.array(target), 0.5, frame_size)
    assert np.allclose(pick.box[0].numpy(), box, rtol=1e-5)
    x, y, width, height = pick.box[0].tolist()
    assert 0 <= x <= frame_size[0]
    assert 0 <= y <= frame_size[1]
    assert 10 <= width <= max(10, frame_size[0])
    assert 10 <= height <= max(10, frame_size[1])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_originals_scores_boxes_points_and_window(parity_folder: Path, version: int) -> None:
    stored = np.load(parity_folder / f"nanotrack_v{version}.npz")
    cls, loc = torch.from_numpy(stored["cls"]), torch.from_numpy(stored["loc"])
    height, width = loc.shape[-2:]
    score = target_probability(cls).flatten()
    assert np.allclose(score.numpy(), stored["decoded_score"], rtol=1e-6)
    points = point_grid(height, width, 16)
    assert np.array_equal(points.flatten(1).T.numpy(), stored["points"])
    centre, size = box_of_distances(loc, points)
    assert np.array_equal(torch.cat((centre[0], size[0])).numpy(), stored["decoded_bbox"])
    window = hann_map(height, width).flatten().numpy()
    assert np.allclose(window, stored["window"], rtol=0, atol=1e-7)


def test_one_logit_is_a_sigmoid() -> None:
    cls = torch.tensor([-1.0, 0.0, 2.0, 5.0]).reshape(1, 1, 2, 2)
    expected = 1 / (1 + np.exp(-cls.numpy()))
    assert np.allclose(target_probability(cls)[0].numpy(), expected[0, 0], rtol=1e-6)


def test_the_window_is_numpys() -> None:
    for size in (1, 2, 3, 15, 16, 25):
        expected = np.outer(np.hanning(size), np.hanning(size + 2))
        assert np.allclose(hann_map(size, size + 2).numpy(), expected, rtol=0, atol=1e-15)
