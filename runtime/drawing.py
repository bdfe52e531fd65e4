"""Boxes and scores drawn into a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Color: TypeAlias = tuple[int, int, int]

COLORS: tuple[Color, ...] = (
    (0, 220, 90),
    (255, 120, 0),
    (60, 140, 255),
    (255, 60, 160),
    (250, 220, 0),
    (0, 210, 220),
    (180, 110, 255),
    (255, 255, 255),
)
"""RGB; the targets in their order, then again from the first"""

HELD: Color = (150, 150, 150)
"""of a box that was held, not found"""

FURTHEST = 30_000.0
"""OpenCV draws with 16-bit coordinates; a box further out is not to be seen anyway."""


def draw(
    frame: Picture, boxes: Sequence[Sequence[float]], scores: Sequence[float] | None = None, note: str = ""
) -> Picture:
    """A copy of the frame (RGB `uint8`) with the boxes x, y, w, h drawn in.

    `scores` stand beside their boxes (a NaN is left out); where there are several targets, their numbers too.
    With a `note`, boxes are grey and the note stands in the corner: a frame in which nothing was found.
    """
    picture = frame.copy()
    thickness = max(2, round(min(picture.shape[:2]) / 240))
    for index, box in enumerate(boxes):
        color = HELD if note else COLORS[index % len(COLORS)]
        (left, top), (right, bottom) = corners(box)
        cv2.rectangle(picture, (left, top), (right, bottom), color, thickness)
        number = f"{index + 1}" if len(boxes) > 1 else ""
        score = f"{scores[index]:.2f}" if scores is not None and scores[index] == scores[index] else ""
        label = f"{number} {score}".strip()
        if label:
            write(picture, label, (left, top - 2 * thickness), color, thickness)
    if note:
        write(picture, note, (4 * thickness, picture.shape[0] - 4 * thickness), HELD, thickness)
    return picture


def corners(box: Sequence[float]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The corners of a box x, y, w, h as pixels, within what can be drawn."""
    x, y, width, height = np.nan_to_num(np.asarray(box, np.float64)).tolist()
    left, top, right, bottom = (
        np.clip((x, y, x + width, y + height), -FURTHEST, FURTHEST).round().astype(int).tolist()
    )
    return (left, top), (right, bottom)


def write(picture: Picture, text: str, corner: tuple[int, int], color: Color, thickness: int) -> None:
    """Text on a dark ground, its lower left corner at `corner` or as near as it is still to be seen."""
    scale, font = 0.25 * thickness, cv2.FONT_HERSHEY_SIMPLEX
    (width, height), base = cv2.getTextSize(text, font, scale, max(1, thickness // 2))
    left = int(np.clip(corner[0], 0, max(0, picture.shape[1] - width)))
    bottom = int(np.clip(corner[1], height + base, max(height + base, picture.shape[0])))
    cv2.rectangle(picture, (left, bottom - height - base), (left + width, bottom), (0, 0, 0), cv2.FILLED)
    cv2.putText(picture, text, (left, bottom - base), font, scale, color, max(1, thickness // 2), cv2.LINE_AA)
