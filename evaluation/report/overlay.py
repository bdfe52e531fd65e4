"""Boxes of several trackers, and the truth's, drawn into a picture so that each can be seen on any ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...runtime.drawing import Picture, corners, write
from .palette import TRUTH, Color

Floats = NDArray[np.float64]

DARK: Color = (0, 0, 0)


@dataclass(frozen=True)
class Drawn:
    """A box in a picture's pixels, and its colour."""

    box: Sequence[float]
    color: Color


def draw_boxes(picture: Picture, boxes: Sequence[Drawn], thickness: int) -> Picture:
    """A copy of the picture (RGB `uint8`) with the boxes that can be drawn, each with a dark edge."""
    drawn = picture.copy()
    for one in boxes:
        if not can_be_drawn(one.box):
            continue
        begin, end = corners(one.box)
        cv2.rectangle(drawn, begin, end, DARK, thickness + 2)
        cv2.rectangle(drawn, begin, end, one.color, thickness)
    return drawn


def draw_truth(picture: Picture, box: Sequence[float], thickness: int) -> Picture:
    """A copy with the truth's box: white corners, which no tracker's box hides."""
    drawn = picture.copy()
    if not can_be_drawn(box):
        return drawn
    (left, top), (right, bottom) = corners(box)
    across = max((right - left) // 4, 3 * thickness)
    down = max((bottom - top) // 4, 3 * thickness)
    for x, inward in ((left, across), (right, -across)):
        for y, downward in ((top, down), (bottom, -down)):
            for color, width in ((DARK, thickness + 2), (TRUTH, thickness)):
                cv2.line(drawn, (x, y), (x + inward, y), color, width)
                cv2.line(drawn, (x, y), (x, y + downward), color, width)
    return drawn


def can_be_drawn(box: Sequence[float]) -> bool:
    """Whether it has a size, and numbers."""
    return bool(np.isfinite(box).all() and box[2] > 0 and box[3] > 0)


def legend(lines: Sequence[tuple[str, Color]], width: int, thickness: int) -> Picture:
    """Lines of text, each in its colour, on a dark band that goes below a picture of this width."""
    step = 9 * thickness + 4
    height = len(lines) * step + 2 * thickness
    band = np.zeros((height + height % 2, width, 3), np.uint8)
    for place, (text, color) in enumerate(lines, start=1):
        write(band, printable(text), (3 * thickness, place * step), color, thickness)
    return band


def printable(text: str) -> str:
    """OpenCV's letters are those of ASCII."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)


def overlap_of_each(boxes: Floats, truth: Floats, absent: NDArray[np.bool_] | None) -> Floats:
    """Intersection over union in every frame: [T, 4], [T, 4] -> [T]; NaN where the truth has no box.

    A box without numbers overlaps nothing. For pictures; scores come from the profile.
    """
    predicted = np.nan_to_num(boxes)
    there = np.isfinite(truth).all(axis=1) & (truth[:, 2:] > 0).all(axis=1)
    if absent is not None:
        there &= ~absent
    begin = np.maximum(predicted[:, :2], truth[:, :2])
    end = np.minimum(predicted[:, :2] + predicted[:, 2:], truth[:, :2] + truth[:, 2:])
    common = np.clip(end - begin, 0, None).prod(axis=1)
    union = np.clip(predicted[:, 2:], 0, None).prod(axis=1) + truth[:, 2:].prod(axis=1) - common
    with np.errstate(all="ignore"):
        return np.where(there, common / union, np.nan)
