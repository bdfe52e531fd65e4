"""The axis-aligned bounds of VOT's regions: boxes, polygons and masks, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..metrics.errors import VotError
from ..metrics.regions import Mark, Polygon, Rectangle, Region, is_empty, read_regions
from .errors import SequenceError

NOTHING = (np.nan,) * 4


@dataclass(frozen=True)
class Bounds:
    """The bounds of regions, a row a line; T lines."""

    boxes: NDArray[np.float64]
    """[T, 4]: x, y, w, h; NaN for marks and for regions that are empty"""
    absent: NDArray[np.bool_]
    """[T]: the region is empty, which says that the target is absent"""


def read_bounds(path: Path) -> Bounds:
    """The bounds of each line of a file. Raises SequenceError for a line that is no region, or no such file."""
    try:
        regions = read_regions(path)
    except VotError as error:
        raise SequenceError(error.message, error.remedy) from error
    boxes = np.array([bounds_of(region) for region in regions], np.float64).reshape(-1, 4)
    return Bounds(boxes, np.array([is_empty(region) for region in regions], np.bool_))


def bounds_of(region: Region) -> tuple[float, ...]:
    """x, y, w, h: of a mask in whole pixels; NaN for a mark and for an empty region."""
    if isinstance(region, Mark) or is_empty(region):
        return NOTHING
    if isinstance(region, Rectangle):
        return region.x, region.y, region.width, region.height
    if isinstance(region, Polygon):
        across, down = zip(*region.points, strict=True)
        return min(across), min(down), max(across) - min(across), max(down) - min(down)
    rows, columns = np.nonzero(region.pixels)
    x, y = int(columns.min()), int(rows.min())
    return region.x + x, region.y + y, int(columns.max()) - x + 1, int(rows.max()) - y + 1
