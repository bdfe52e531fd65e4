"""Overlaps and distances of boxes, frame by frame, in each toolkit's order of operations.

The order matters: the curves ask for overlaps above a threshold, and boxes of round numbers meet it exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rules import CentreRule, OverlapRule

Floats = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
UNION_FLOOR = 1e-6
"""of MMDetection's bbox_overlaps"""
SIZE_EPSILON = 1e-16
"""that PySOT adds to the truth's size"""


def overlaps(rule: OverlapRule, one: Floats, other: Floats, size: tuple[int, int] | None = None) -> Floats:
    """Intersection over union of boxes x, y, w, h: [T, 4] twice -> [T]. NaN where a box has NaN, or 0 / 0.

    `size`, width and height of the frame, is for rules that clip to it.
    """
    if rule.in_frame:
        assert size is not None, "whoever calls this has looked"
        one, other = in_frame(one, size), in_frame(other, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = single(one, other) if rule.single else double(rule, one, other)
    return np.asarray(np.clip(found, 0.0, 1.0)) if rule.clip else found


def double(rule: OverlapRule, one: Floats, other: Floats) -> Floats:
    """In float64."""
    x, y, width, height = one.T
    other_x, other_y, other_width, other_height = other.T
    across = shared(rule.inclusive, x, width, other_x, other_width)
    down = shared(rule.inclusive, y, height, other_y, other_height)
    common = across * down
    union = width * height + other_width * other_height - common
    if rule.guard == "epsilon":
        union = union + EPSILON
    elif rule.guard == "floor":
        union = np.maximum(union, UNION_FLOOR)
    return np.asarray(common / union)


def shared(
    inclusive: bool, start: Floats, length: Floats, other_start: Floats, other_length: Floats
) -> Floats:
    """The length that two intervals have in common."""
    begin = np.maximum(start, other_start)
    if not inclusive:
        return np.asarray(np.maximum(np.minimum(start + length, other_start + other_length) - begin, 0.0))
    end = np.minimum(start + length - 1.0, other_start + other_length - 1.0)
    return np.asarray(np.maximum(end - begin + 1.0, 0.0))


def single(one: Floats, other: Floats) -> Floats:
    """In float32 from the corners on, which shows at exact ties only."""
    left, top, right, bottom = corners(one).T
    other_left, other_top, other_right, other_bottom = corners(other).T
    across = np.maximum(np.minimum(right, other_right) - np.maximum(left, other_left), 0)
    down = np.maximum(np.minimum(bottom, other_bottom) - np.maximum(top, other_top), 0)
    common = across * down
    area = (right - left) * (bottom - top)
    union = area + (other_right - other_left) * (other_bottom - other_top) - common
    return np.asarray(common / np.maximum(union, np.float32(UNION_FLOOR)), dtype=np.float64)


def corners(boxes: Floats) -> NDArray[np.float32]:
    """left, top, right, bottom"""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(np.float32)


def in_frame(boxes: Floats, size: tuple[int, int]) -> Floats:
    """Clipped to the frame as the got10k toolkit does: moving the left side in leaves the width as it is."""
    start = np.clip(boxes[:, :2], 0, size)
    return np.concatenate([start, np.clip(boxes[:, 2:], 0, np.asarray(size) - start)], axis=1)


def centres(rule: CentreRule, boxes: Floats) -> Floats:
    """[T, 4] -> [T, 2]"""
    start, size = boxes[:, :2], boxes[:, 2:]
    if rule.offset == 0.0:  # through the corners, as MMTracking has it
        return np.asarray((start + (start + size)) / 2.0)
    return np.asarray(start + (size + rule.offset) / 2.0)


def divisors(rule: CentreRule, truth: Floats) -> Floats:
    """What distances are divided by, for each axis: [T, 4] -> [T, 2]"""
    size: Floats = truth[:, 2:]
    if rule.divisor == "size-epsilon":
        return size + SIZE_EPSILON
    return np.maximum(1.0, size) if rule.divisor == "at-least-one" else size


def distances(rule: CentreRule, truth: Floats, boxes: Floats, divide: bool) -> Floats:
    """Between the centres, in pixels or (`divide`) in sizes of the truth: [T, 4] twice -> [T]."""
    goal, found = centres(rule, truth), centres(rule, boxes)
    with np.errstate(all="ignore"):
        if not divide:
            apart = goal - found
        elif rule.divides == "difference":
            apart = (goal - found) / divisors(rule, truth)
        else:
            apart = goal / divisors(rule, truth) - found / divisors(rule, truth)
        return np.asarray(np.sqrt((apart * apart).sum(axis=1)))
