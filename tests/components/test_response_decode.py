"""The box of SiamFC: against OpenCV and numpy, written down as the paper has it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sotc.components.decoders.response_decode import ResponseDecode, cubic_upsampling
from sotc.components.types import View

torch.set_num_threads(1)

FACTORS = 1.0375 ** np.array([-1.0, 0.0, 1.0])

TARGET = np.array([100.3, 80.9, 30.0, 42.0])


def view_of(count: int = 1) -> View:
    """Windows of 200 pixels times the factors, in crops of 255."""
    target = torch.from_numpy(TARGET).expand(count, -1)
    scale = torch.from_numpy(255 / (200 * FACTORS))[None, :, None].expand(count, -1, 2)
    return View(target, scale, torch.tensor([320.0, 240.0], dtype=torch.float64))


def by_hand(responses: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """[3, 17, 17] -> the box and the highest response of the scale that is chosen."""
    fine = np.stack(
        [cv2.resize(response, (272, 272), interpolation=cv2.INTER_CUBIC) for response in responses]
    )
    tried = fine.max((1, 2)) * [0.9745, 1, 0.9745]
    chosen = int(tried.argmax())
    share = fine[chosen] - fine[chosen].min()
    share /= share.sum()
    hann = np.outer(np.hanning(272), np.hanning(272))
    row, column = np.unravel_index((0.824 * share + 0.176 * hann / hann.sum()).argmax(), (272, 272))
    moved = (np.array([column, row]) - 271 / 2) * 8 / 16 * 200 * FACTORS[chosen] / 255
    size = TARGET[2:] * (1 - 0.59 + 0.59 * FACTORS[chosen])
    return np.concatenate((TARGET[:2] + moved, size)), float(fine[chosen].max())


@pytest.mark.parametrize("seed", range(6))
def test_boxes_are_those_of_opencv(seed: int) -> None:
    """One target for each scale that may win, and all of them in one batch."""
    rng = np.random.default_rng(seed)
    responses = rng.normal(0, 1, (3, 3, 17, 17)).astype(np.float32)
    for index in range(3):
        responses[index, index, 3 + seed, 12 - index] += 6
    found = ResponseDecode()(torch.from_numpy(responses), view_of(3))
    for index in range(3):
        box, height = by_hand(responses[index])
        np.testing.assert_allclose(found.box[index], box, rtol=0, atol=1e-9)
        assert float(found.score[index]) == pytest.approx(1 / (1 + np.exp(-height)), abs=1e-5)
    assert len({float(width) for width in found.box[:, 2]}) == 3, "each scale won once"


@pytest.mark.parametrize(("size", "up"), [(17, 16), (5, 3), (1, 4)])
def test_upsampling_is_opencvs(size: int, up: int) -> None:
    values = np.random.default_rng(size).normal(0, 1, (size, size)).astype(np.float32)
    matrix = cubic_upsampling(size, up).numpy()
    expected = cv2.resize(values, (size * up, size * up), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(matrix @ values @ matrix.T, expected, rtol=0, atol=1e-5)


def test_one_scale_keeps_the_size() -> None:
    view = view_of()
    response = torch.zeros(1, 1, 17, 17)
    response[0, 0, 8, 8] = 1
    found = ResponseDecode()(response, View(view.target, view.scale[:, 1], view.frame_size))
    assert found.box[0, 2:].tolist() == pytest.approx(TARGET[2:].tolist(), abs=1e-12)
    assert found.box[0, :2].tolist() == pytest.approx(TARGET[:2].tolist(), abs=0.3)
