"""Success against values worked out by hand and against the table of the originals' runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sotc.runtime.success import THRESHOLDS, overlaps, success_auc, success_curve

TABLE = {
    "nanotrackv1": {"Crossing": 0.704, "bag": 0.826, "Human3": 0.121, "Basketball": 0.590},
    "nanotrackv2": {"Crossing": 0.742, "bag": 0.823, "Human3": 0.626, "Basketball": 0.592},
    "nanotrackv3": {"Crossing": 0.717, "bag": 0.828, "Human3": 0.620, "Basketball": 0.589},
    "held still": {"Crossing": 0.040, "bag": 0.035, "Human3": 0.222, "Basketball": 0.144},
}
"""From the README of the stored data."""


def read(path: Path) -> NDArray[np.float64]:
    return np.loadtxt(path, delimiter=",")


def test_overlaps_are_worked_out_by_hand() -> None:
    boxes = [[0, 0, 2, 2], [0, 0, 1, 1], [3, 3, 2, 1], [0, 0, 0, 0], [0, 0, 4, 4]]
    truth = [[1, 0, 2, 2], [2, 0, 1, 1], [3, 3, 2, 1], [0, 0, 0, 0], [1, 1, 2, 2]]
    assert overlaps(boxes, truth).tolist() == [2 / 6, 0, 1, 0, 0.25]


def test_the_curve_counts_what_is_strictly_above() -> None:
    truth = np.tile([0.0, 0.0, 4.0, 4.0], (4, 1))
    boxes = truth.copy()
    boxes[1] = [0, 0, 2, 4]  # an overlap of exactly one half
    boxes[2] = [9, 9, 4, 4]
    curve = success_curve(boxes, truth)
    assert len(THRESHOLDS) == len(curve) == 21
    assert curve.tolist() == [0.75] * 10 + [0.5] * 10 + [0.0]
    assert success_auc(boxes, truth) == pytest.approx((0.75 * 10 + 0.5 * 10) / 21)


def test_a_perfect_run_misses_only_the_last_threshold() -> None:
    boxes = np.random.default_rng(0).uniform(1, 50, (30, 4))
    boxes[:, :2] = boxes[:, :2].round()
    boxes[:, 2:] = boxes[:, 2:].round()
    assert success_auc(boxes, boxes) == pytest.approx(20 / 21)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[2, 4\] and \[3, 4\]"):
        overlaps(np.zeros((2, 4)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="no boxes"):
        success_auc(np.zeros((0, 4)), np.zeros((0, 4)))


@pytest.mark.parametrize("sequence", ["Crossing", "bag", "Human3", "Basketball"])
@pytest.mark.parametrize("tracker", TABLE)
def test_it_is_the_measure_of_the_stored_table(data_folder: Path, tracker: str, sequence: str) -> None:
    truth = read(data_folder / "sequences" / sequence / "groundtruth.txt")
    if tracker == "held still":
        boxes = np.repeat(truth[:1], len(truth), axis=0)
    else:
        boxes = read(data_folder / "reference" / tracker / f"{sequence}.txt")
    assert success_auc(boxes, truth) == pytest.approx(TABLE[tracker][sequence], abs=0.0005)
