"""How well boxes follow the truth: overlap, and the area under the success curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

THRESHOLDS = np.arange(0, 1.05, 0.05)
"""21 thresholds, 0 to 1, as the toolkits of OTB take them (Wu, Lim, Yang, CVPR 2013, section 4)."""


def overlaps(boxes: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union, 0..1, of each pair of rows of [T, 4] x, y, w, h; 0 where the union is empty.

    Raises ValueError where the two are not both [T, 4].
    """
    first, second = (np.asarray(rows, dtype=np.float64) for rows in (boxes, truth))
    if first.shape != second.shape or first.ndim != 2 or first.shape[1] != 4:
        raise ValueError(
            f"boxes and truth must both be [T, 4], not {list(first.shape)} and {list(second.shape)}"
        )
    start = np.maximum(first[:, :2], second[:, :2])
    end = np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
    shared = (end - start).clip(min=0).prod(axis=1)
    union = first[:, 2:].prod(axis=1) + second[:, 2:].prod(axis=1) - shared
    found: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return found


def success_curve(boxes: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """[21]: the share of frames whose overlap is strictly above each threshold; the first frame counts.

    Raises ValueError where there is no frame.
    """
    found = overlaps(boxes, truth)
    if len(found) == 0:
        raise ValueError("there are no boxes to compare")
    curve: NDArray[np.float64] = (found[:, None] > THRESHOLDS).mean(axis=0)
    return curve


def success_auc(boxes: ArrayLike, truth: ArrayLike) -> float:
    """The mean of the success curve, 0 .. 20/21: at the threshold 1 no overlap is above."""
    return float(success_curve(boxes, truth).mean())
