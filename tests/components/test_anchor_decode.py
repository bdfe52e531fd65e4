"""The decode of anchor-based trackers, against numpy, target by target, and the original's own output."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sotc.components.decoders.anchor_decode import AnchorDecode, box_of_offsets
from sotc.components.decoders.point_decode import target_probability
from sotc.components.decoders.window import hann_map
from sotc.components.layers.anchor_grid import AnchorGrid
from sotc.components.types import View

torch.set_num_threads(1)

PENALTY, WINDOW, RATE = 0.055, 0.42, 0.39

Doubles = NDArray[np.float64]


def change(ratio: Doubles) -> Doubles:
    return np.maximum(ratio, 1 / ratio)


def side(width: Doubles, height: Doubles) -> Doubles:
    return np.sqrt((width + (width + height) / 2) * (height + (width + height) / 2))


def decode_one(
    cls: Doubles, loc: Doubles, anchors: Doubles, target: Doubles, scale: float, frame: tuple[float, float]
) -> tuple[Doubles, float]:
    """One target in double precision: its box and score. The order of the anchors is (anchor, row, column)."""
    odds = np.exp(cls)
    score = (odds[1] / odds.sum(0)).ravel()
    x, y = (loc[axis] * anchors[axis + 2] + anchors[axis] for axis in (0, 1))
    w, h = (np.exp(loc[axis + 2]) * anchors[axis + 2] for axis in (0, 1))
    x, y, w, h = (value.ravel() for value in (x, y, w, h))
    _, count, height, width = anchors.shape
    window = np.tile(np.outer(np.hanning(height), np.hanning(width)).ravel(), count)
    area = change(side(w, h) / side(target[2:3] * scale, target[3:] * scale))
    ratio = change((target[2] / target[3]) / (w / h))
    penalty = np.exp(-(ratio * area - 1) * PENALTY)
    best = int(np.argmax(penalty * score * (1 - WINDOW) + window * WINDOW))
    rate = penalty[best] * score[best] * RATE
    box = [
        np.clip(x[best] / scale + target[0], 0, frame[0]),
        np.clip(y[best] / scale + target[1], 0, frame[1]),
        max(10, min(target[2] * (1 - rate) + w[best] / scale * rate, frame[0])),
        max(10, min(target[3] * (1 - rate) + h[best] / scale * rate, frame[1])),
    ]
    return np.array(box), float(score[best])


@pytest.mark.parametrize(("height", "width"), [(25, 25), (8, 8), (7, 10)])
def test_each_target_as_written_out(height: int, width: int) -> None:
    rng = np.random.default_rng(height * width)
    count, frame = 6, (320.0, 240.0)
    cls = rng.normal(0, 2, (count, 2, 5, height, width)).astype(np.float32)
    loc = rng.normal(0, 0.4, (count, 4, 5, height, width)).astype(np.float32)
    target = np.concatenate([rng.uniform(0, 300, (count, 2)), rng.uniform(5, 200, (count, 2))], 1)
    scale = rng.uniform(0.3, 3.0, count)
    anchors = AnchorGrid()(torch.empty(1, height, width))
    view = View(
        torch.from_numpy(target),
        torch.from_numpy(scale)[:, None].expand(-1, 2),
        torch.tensor(frame, dtype=torch.float64),
    )
    pick = AnchorDecode(PENALTY, WINDOW, RATE)(torch.from_numpy(cls), torch.from_numpy(loc), anchors, view)
    assert pick.box.dtype == torch.float64
    for index in range(count):
        single = (cls[index].astype(np.float64), loc[index].astype(np.float64), anchors.double().numpy())
        box, score = decode_one(*single, target[index], float(scale[index]), frame)
        np.testing.assert_allclose(pick.box[index].numpy(), box, rtol=1e-5)
        assert float(pick.score[index]) == pytest.approx(score, rel=1e-5)


def test_mmtracking_bounds_how_much_a_box_differs_from_its_anchor() -> None:
    """A hundred times as wide as the anchor, and a 500th of its height: 62.5 times, a 62.5th."""
    anchors = AnchorGrid(ratios=[1.0])(torch.empty(1, 1, 1))
    loc = torch.zeros(1, 4, 1, 1, 1)
    loc[0, 2], loc[0, 3] = math.log(100), -math.log(500)
    view = View(
        torch.tensor([[50.0, 40, 64, 64]]).double(),
        torch.ones(1, 2).double(),
        torch.tensor([1e4, 1e4]).double(),
    )
    sizes = {}
    for convention in ("pysot", "mmtracking"):
        decode = AnchorDecode(0.0, 0.0, 1.0, convention)  # type: ignore[arg-type]
        cls = torch.tensor([-200.0, 200.0]).reshape(1, 2, 1, 1, 1)
        sizes[convention] = decode(cls, loc, anchors, view).box[0, 2:].tolist()
    assert sizes["pysot"] == pytest.approx([6400, 10], rel=1e-5)
    assert sizes["mmtracking"] == pytest.approx([4000, 10], rel=1e-5)
    _, size = box_of_offsets(loc, anchors, AnchorDecode(convention="mmtracking").limit)
    assert size.flatten().tolist() == pytest.approx([64 * 62.5, 64 / 62.5], rel=1e-5)


def test_the_originals_scores_boxes_and_window(parity_folder: Path) -> None:
    """To the last bit where only additions and products are made, else within rounding."""
    stored = np.load(parity_folder / "siamrpnpp_r50.npz")
    cls = torch.from_numpy(stored["cls"]).unflatten(1, (2, 5))
    loc = torch.from_numpy(stored["loc"]).unflatten(1, (4, 5))
    np.testing.assert_allclose(target_probability(cls).flatten().numpy(), stored["decoded_score"], rtol=1e-5)
    anchors = torch.from_numpy(stored["anchors"]).T.reshape(4, 5, 25, 25)
    centre, size = box_of_offsets(loc, anchors)
    found = torch.cat((centre[0], size[0])).numpy()
    assert np.array_equal(found[:2], stored["decoded_bbox"][:2])
    np.testing.assert_allclose(found[2:], stored["decoded_bbox"][2:], rtol=1e-6)
    window = hann_map(25, 25).expand(5, -1, -1).flatten().numpy()
    np.testing.assert_allclose(window, stored["window"], rtol=0, atol=1e-7)
