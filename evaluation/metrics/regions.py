"""Regions as VOT writes them: rectangles, polygons, masks, and marks for frames without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..sequence import LARGEST_SIDE
from .errors import VotError

UNKNOWN, INITIALISED, FAILED = 0, 1, 2

BINARY = ".bin"
"""how the names of the toolkit's binary files end"""


@dataclass(frozen=True)
class Mark:
    """A frame without a region: `UNKNOWN` (skipped, or not annotated), `INITIALISED` or `FAILED`."""

    code: int


@dataclass(frozen=True)
class Rectangle:
    """In pixels; x and y are the top left corner. Without width or height it is empty: the target is not there."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Polygon:
    """Corners x, y in pixels, in order around it."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Mask:
    """Pixels of a window whose top left pixel is x, y."""

    x: int
    y: int
    pixels: NDArray[np.bool_]
    """[height, width]"""


Region = Mark | Rectangle | Polygon | Mask


def is_empty(region: Region) -> bool:
    """Whether it says that the target is not there; a mark says nothing."""
    if isinstance(region, Rectangle):
        return not (region.width > 0 and region.height > 0)
    return isinstance(region, Mask) and not region.pixels.any()


def parse_region(text: str) -> Region:
    """One line of a VOT file. Raises ValueError, with what is wrong.

    `1`, `2`, `0`: marks. Four numbers: a rectangle. Six or more, in pairs: a polygon. `m x,y,w,h,run,run,...`: a mask
    by runs of pixels, row by row, the first outside. NaN: not annotated.
    """
    text = text.strip()
    if text.startswith("m"):
        return parse_mask(text[1:])
    try:
        numbers = [float(piece) for piece in text.replace("\t", ",").split(",")]
    except ValueError:
        raise ValueError("that is no list of numbers") from None
    if len(numbers) == 1:
        return Mark(int(numbers[0])) if math.isfinite(numbers[0]) else Mark(UNKNOWN)
    return region_of_numbers(numbers)


def region_of_numbers(numbers: Sequence[float]) -> Region:
    """A rectangle of four numbers, a polygon of six or more, a mark of what is not annotated. Raises ValueError."""
    if any(math.isnan(number) for number in numbers):
        return Mark(UNKNOWN)
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a region cannot be infinite")
    if len(numbers) == 4:
        return Rectangle(*numbers)
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(
            f"{len(numbers)} numbers are no region: a mark has 1, a rectangle 4, a polygon pairs"
        )
    return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def parse_mask(text: str) -> Mask:
    """`x,y,w,h,run,run,...`. Raises ValueError."""
    try:
        x, y, width, height, *runs = (int(piece) for piece in text.strip().split(","))
    except ValueError:
        raise ValueError("a mask is m x,y,w,h,run,run,... in whole numbers") from None
    return mask_of_runs(x, y, width, height, runs)


def mask_of_runs(x: int, y: int, width: int, height: int, runs: Sequence[int]) -> Mask:
    """A mask by runs of pixels, row by row, the first outside. Raises ValueError."""
    if width < 0 or height < 0 or any(run < 0 for run in runs):
        raise ValueError("a mask has a negative number")
    if max(width, height) > LARGEST_SIDE:
        raise ValueError(f"a mask of {width} x {height} pixels is larger than any frame")
    if sum(runs) > width * height:
        raise ValueError(f"the runs of a mask have {sum(runs)} pixels, more than its {width} x {height}")
    inside = np.arange(len(runs)) % 2 == 1
    pixels = np.repeat(inside, runs)
    whole = np.zeros(width * height, dtype=bool)
    whole[: len(pixels)] = pixels
    return Mask(x, y, whole.reshape(height, width))


def read_regions(path: Path) -> tuple[Region, ...]:
    """The regions of a file, a line for each frame; of the toolkit's binary form where it ends in .bin.

    Raises VotError with the line, or what breaks the file.
    """
    if path.suffix == BINARY:
        return read_binary(path)
    try:
        lines = path.read_text(encoding="utf-8").rstrip().splitlines()
    except (UnicodeDecodeError, OSError) as error:
        reason = "it is no text" if isinstance(error, UnicodeDecodeError) else (error.strerror or "").lower()
        raise VotError(
            f"`{path}` cannot be read: {reason}", "copy it again, or run the sequence again"
        ) from error
    regions = []
    for number, line in enumerate(lines, start=1):
        try:
            regions.append(parse_region(line))
        except ValueError as error:
            raise VotError(
                f"`{path}`, line {number}: `{line[:60]}`: {error}", "mend the line, or run the sequence again"
            ) from error
    return tuple(regions)


def read_binary(path: Path) -> tuple[Region, ...]:
    """Raises VotError."""
    from .region_binary import parse_regions

    try:
        return parse_regions(path.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        reason = "it breaks off" if isinstance(error, EOFError) else getattr(error, "strerror", None) or error
        raise VotError(
            f"`{path}` cannot be read: {reason}", "run the sequence again with the VOT toolkit"
        ) from None
