"""How a crop is cut on the host, as data: what OpenCV must be told, beside the windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CutRule:
    """What `host_patch.cut` needs beside the windows that a crop computes.

    `squares`: windows are int64 [N, 3] (or [N, K, 3], K patches a target), first column, first row and side, in
    whole pixels of the frame; beyond it there is the border. `rectangles`: the same with [N, 4], first column, first
    row, width and height. `scales`: windows are float64 [N, K, 3]: x and y of the first sample and the step between
    samples, in pixel indices; beyond the frame its edge is repeated.
    """

    kind: Literal["squares", "rectangles", "scales"]
    size: int
    """side of the patch, in pixels"""
    hidden: int = 0
    """so many columns at the right and rows at the bottom of the frame count as beyond it"""
    shorter: bool = False
    """one of `rectangles` that reaches beyond the frame's right side is a pixel narrower, beyond its bottom a pixel
    lower"""
