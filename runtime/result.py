"""What one step of tracking gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Result:
    """The targets in one frame. All tensors stay on the tracker's device; reading them is the caller's.

    Shapes: N is the number of targets, in the order in which they were given at the start.
    """

    boxes: Tensor
    """[N, 4] float64: x, y, w, h in pixels of the frame, (x, y) being the top left corner"""
    scores: Tensor | None
    """[N], the spec's output `score`; None where it has none"""
    held: Tensor
    """[N] bool: the step gave no usable box (NaN, infinite, no size), so the target's last one was kept"""
    outputs: Mapping[str, Tensor]
    """every output of the spec by name, as the step gave it (`box` is centre-size, before holding)"""
