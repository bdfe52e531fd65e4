"""Overlaps of regions as VOT takes them: both are drawn in pixels, and the pixels are counted.

Two conventions: that of vot-toolkit, and that of the library in C which older toolkits and PySOT use. They draw
rectangles differently ([0,0,10,10] and [5,0,10,10] overlap by 1/3 in the one and by 0.375 in the other), and the
older one leaves out the pixel of a polygon's topmost or lowest corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .regions import Mark, Mask, Polygon, Rectangle, Region

Drawing = Literal["vot-toolkit", "region-c"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """Pixels left .. right and top .. bottom, the last ones included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        return self.right < self.left or self.bottom < self.top

    @property
    def area(self) -> int:
        return 0 if self.is_empty else (self.right - self.left + 1) * (self.bottom - self.top + 1)


def both(one: Window, other: Window) -> Window:
    """What two windows share."""
    return Window(
        max(one.left, other.left),
        max(one.top, other.top),
        min(one.right, other.right),
        min(one.bottom, other.bottom),
    )


def around(one: Window, other: Window) -> Window:
    """What holds two windows."""
    return Window(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def region_overlap(drawing: Drawing, one: Region, other: Region, last: tuple[int, int]) -> float:
    """Intersection over union within the pixels 0 .. last (x and y, included).

    1 where both have no pixel there; 0 with a mark.
    """
    if isinstance(one, Mark) or isinstance(other, Mark):
        return 0.0
    frame = Window(0, 0, *last)
    mine, theirs = both(extent(drawing, one), frame), both(extent(drawing, other), frame)
    if mine.is_empty or theirs.is_empty:
        return float(mine.is_empty and theirs.is_empty)
    window = around(mine, theirs)
    if isinstance(one, Rectangle) and isinstance(other, Rectangle):
        mine, theirs = both(pixels_of(drawing, one), window), both(pixels_of(drawing, other), window)
        common, total = both(mine, theirs).area, mine.area + theirs.area
    else:
        drawn, beside = draw(drawing, one, window), draw(drawing, other, window)
        common, total = int((drawn & beside).sum()), int(drawn.sum()) + int(beside.sum())
    return common / (total - common) if total > common else 1.0


def pixels_of(drawing: Drawing, region: Rectangle | Mask) -> Window:
    """The pixels of a rectangle, or of the window of a mask."""
    if isinstance(region, Mask):
        height, width = region.pixels.shape
        return Window(region.x, region.y, region.x + width - 1, region.y + height - 1)
    if drawing == "vot-toolkit":  # position and size are rounded each by itself
        x, y, width, height = (round(value) for value in (region.x, region.y, region.width, region.height))
        return Window(x, y, x + width - 1, y + height - 1)
    (left, top), (right, bottom) = rounded(drawing, region)[[0, 2]].astype(int).tolist()
    return Window(left, top, right, bottom)


def extent(drawing: Drawing, region: Region) -> Window:
    """The window that a region is drawn in.

    The older library goes down to whole pixels on the left and up on the right. One pixel more on the left moves
    where edges are counted from, which decides whether a crossing at a whole number is rounded below it.
    """
    if isinstance(region, Mask) or (isinstance(region, Rectangle) and drawing == "vot-toolkit"):
        return pixels_of(drawing, region)
    if drawing == "vot-toolkit":
        points = rounded(drawing, region)
        low, high = points.min(axis=0), points.max(axis=0)
    else:
        points = corners(region)
        low, high = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    return Window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def corners(region: Region) -> NDArray[np.float64]:
    """[N, 2]: x, y; a rectangle goes from x to x + w, both included."""
    if isinstance(region, Polygon):
        return np.asarray(region.points, dtype=np.float64)
    assert isinstance(region, Rectangle)
    right, bottom = region.x + region.width, region.y + region.height
    return np.array([(region.x, region.y), (right, region.y), (right, bottom), (region.x, bottom)])


def rounded(drawing: Drawing, region: Region) -> NDArray[np.float64]:
    """Corners at whole pixels: halves to the even number in vot-toolkit, away from 0 in the older library."""
    points = corners(region)
    if drawing == "vot-toolkit":
        return np.rint(points)
    return np.asarray(np.trunc(points + np.copysign(0.5, points)))


def draw(drawing: Drawing, region: Region, window: Window) -> Bools:
    """The region's pixels in a window: [height, width]."""
    pixels = np.zeros((window.bottom - window.top + 1, window.right - window.left + 1), dtype=bool)
    if isinstance(region, Polygon):
        return drawn_polygon(drawing, rounded(drawing, region) - (window.left, window.top), pixels)
    assert not isinstance(region, Mark)
    reach = pixels_of(drawing, region)
    seen = both(reach, window)
    if seen.is_empty:
        return pixels
    rows = slice(seen.top - window.top, seen.bottom - window.top + 1)
    columns = slice(seen.left - window.left, seen.right - window.left + 1)
    if isinstance(region, Mask):
        inner = region.pixels[seen.top - reach.top :, seen.left - reach.left :]
        pixels[rows, columns] = inner[: seen.bottom - seen.top + 1, : seen.right - seen.left + 1]
    else:
        pixels[rows, columns] = True
    return pixels


def drawn_polygon(drawing: Drawing, points: NDArray[np.float64], pixels: Bools) -> Bools:
    """Fill a polygon of whole numbers, row by row, between the places where edges cross the row.

    A row through a corner is crossed twice in one place; the first of such a pair is passed over. Where it is all
    that a row has (the topmost corner, the lowest), vot-toolkit draws the pixel and the older library does not.
    """
    height, width = pixels.shape
    places, found = crossings(points, height)
    columns, rows = np.arange(width), np.arange(height)
    at = np.zeros(height, dtype=np.int64)
    spare = 2 if drawing == "vot-toolkit" else 1
    while (live := at < found - 1).any():
        here = np.where(live, at, 0)
        begin, end = places[rows, here], places[rows, here + 1]
        again = (begin == end) & (at < found - spare)
        end = np.where(live & ~again, end, -1)
        pixels |= (columns >= begin[:, None]) & (columns <= end[:, None])
        at += np.where(again, 1, 2)
    return pixels


def crossings(points: NDArray[np.float64], height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where edges cross each row, in order: columns [height, N], and how many of them there are: [height]."""
    rows = np.arange(height, dtype=np.float64)[:, None]
    before = np.roll(points, 1, axis=0)
    (x, y), (other_x, other_y) = points.T, before.T
    rise = other_y - y
    crossed = (np.minimum(y, other_y) <= rows) & (rows <= np.maximum(y, other_y)) & (rise != 0)
    place = np.trunc(x + (rows - y) / np.where(rise == 0, 1, rise) * (other_x - x)).astype(np.int64)
    far = np.iinfo(np.int64).max // 2
    return np.sort(np.where(crossed, place, far), axis=1), crossed.sum(axis=1)
