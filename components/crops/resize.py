"""Cut square windows out of a frame and resize them, in the graph, with the very pixels of OpenCV.

`cv2.resize(..., INTER_LINEAR)` on `uint8` works in fixed point: weights are rounded to 1/2048, rows are
blended in 32-bit integers, columns with four bits dropped. Doing the same sums on tensors gives the same
bytes (checked against OpenCV 5.0 on x86), so that a tracker whose crops run on a GPU follows the path of the
original. An exact halving, for which OpenCV turns to averaging, comes out of the same sums.
"""

from __future__ import annotations

import torch
from torch import Tensor

WEIGHT_BITS = 11
"""OpenCV's INTER_RESIZE_COEF_BITS: weights are multiples of 1/2048."""

LARGEST = 2**20
"""Sides and centres are held within this many pixels, so that no sum of coordinates leaves its type."""


def bounded_side(side: Tensor) -> Tensor:
    """Sides of windows [...] float64, rounded half to even, as int64 within 1..LARGEST; NaN gives 1."""
    return torch.nan_to_num(side, nan=1.0).round().clamp(1, LARGEST).to(torch.int64)


def bounded_corner(corner: Tensor) -> Tensor:
    """First columns or rows of windows [...] float64, whole, as int64 within +-LARGEST; NaN gives 0."""
    return torch.nan_to_num(corner, nan=0.0).clamp(-LARGEST, LARGEST).to(torch.int64)


def sample_squares(
    frame: Tensor, left: Tensor, top: Tensor, side: Tensor, border: Tensor, size: int, hidden: int = 0
) -> Tensor:
    """Square windows of a frame, resized: `uint8` [M, 3, size, size]; see `sample_rectangles`."""
    return sample_rectangles(frame, (left, top, side, side), border, size, hidden)


def sample_rectangles(
    frame: Tensor,
    windows: tuple[Tensor, Tensor, Tensor, Tensor],
    border: Tensor,
    size: int,
    hidden: int = 0,
    shorter: bool = False,
) -> Tensor:
    """Windows of a frame, resized to squares: `uint8` [M, 3, size, size].

    frame: `uint8` [H, W, 3]. windows: first column, first row, width and height, int64 [M] each, in pixels of the
    frame; a window may lie anywhere, also wholly outside. border: `uint8` [3], seen beyond the frame. hidden: so many
    columns at the right and rows at the bottom of the frame count as beyond it. shorter: a window that reaches beyond
    the frame's right side is a pixel narrower, one beyond its bottom a pixel lower.
    """
    left, top, wide, high = windows
    height, width = frame.shape[0], frame.shape[1]
    if shorter:
        wide = (wide - (left + wide > width).to(torch.int64)).clamp(min=1)
        high = (high - (top + high > height).to(torch.int64)).clamp(min=1)
    column, column_weight = column_taps(wide, size)
    row, row_weight = row_taps(high, size)
    column = column + left[:, None, None]
    row = row + top[:, None, None]
    column_seen = ((column >= 0) & (column < width - hidden)).to(torch.int32)
    row_seen = ((row >= 0) & (row < height - hidden)).to(torch.int32)

    line = (row.clamp(0, height - 1) * width).flatten(1).to(torch.int32)
    place = line[:, :, None] + column.clamp(0, width - 1).flatten(1).to(torch.int32)[:, None, :]
    pixels = frame.reshape(-1, 3).index_select(0, place.flatten())
    pixels = pixels.view(-1, 2 * size, 2 * size * 3).to(torch.int32)
    rows = blend_columns(pixels, column_weight, column_seen, row_seen, border.to(torch.int32))
    blended = blend_rows(rows, row_weight)
    return blended.view(-1, size, size, 3).permute(0, 3, 1, 2).contiguous()


def blend_columns(pixels: Tensor, weight: Tensor, seen: Tensor, row_seen: Tensor, border: Tensor) -> Tensor:
    """Weighted sums of two neighbours in each row: int32 [M, 2 size, 3 size], in units of 1/2048.

    pixels: int32 [M, 2 size, 6 size], columns with their channels, the first neighbours of all, then the second
    ones. weight, seen, row_seen: int32 [M, 2, size]; where `seen` is 0 there is the border. Instead of putting
    the border into the pixels, its share is added to the sums, which is a quarter of the work.
    """
    half = pixels.shape[2] // 2
    first, second = (weight * seen).repeat_interleave(3, 2)[:, None].unbind(2)
    visible = pixels[:, :, :half] * first + pixels[:, :, half:] * second
    whole = (weight.sum(1)[:, :, None] * border).flatten(1)[:, None]
    hidden = ((weight * (1 - seen)).sum(1)[:, :, None] * border).flatten(1)[:, None]
    row_seen = row_seen.flatten(1)[:, :, None]
    return visible * row_seen + torch.where(row_seen > 0, hidden, whole)


def blend_rows(rows: Tensor, weight: Tensor) -> Tensor:
    """Weighted sums of two neighbouring rows, as grey levels: `uint8` [M, size, 3 size].

    rows: int32 [M, 2 size, 3 size], the first neighbours of all, then the second ones. weight: int32 [M, 2, size].
    """
    half = rows.shape[1] // 2
    rows = rows >> 4
    upper = (rows[:, :half] * weight[:, 0, :, None]) >> 16
    lower = (rows[:, half:] * weight[:, 1, :, None]) >> 16
    return ((upper + lower + 2) >> 2).clamp(0, 255).to(torch.uint8)


def column_taps(side: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The two source columns of each output column (int64 [M, 2, size]) and their weights (int32, alike).

    Beyond the first and last column OpenCV moves the tap inside and gives it all the weight.
    """
    first, fraction = taps(side, size)
    last = (side - 1)[:, None]
    fraction = torch.where((first < 0) | (first >= last), 0.0, fraction)
    first = torch.minimum(first.clamp(min=0), last)
    return torch.stack((first, torch.minimum(first + 1, last)), 1), weights(fraction)


def row_taps(side: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The two source rows of each output row and their weights, as `column_taps`.

    For rows OpenCV keeps the weights and repeats the outermost row.
    """
    first, fraction = taps(side, size)
    last = (side - 1)[:, None]
    rows = torch.stack((first, first + 1), 1)
    return torch.minimum(rows.clamp(min=0), last[:, None]), weights(fraction)


def taps(side: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Where output pixels fall in the window: the pixel before (int64 [M, size]) and how far beyond it.

    Pixel centres are at halves; the step is double precision and the place is single, as in OpenCV.
    """
    step = 1.0 / (size / side.to(torch.float64))
    centre = torch.arange(size, dtype=torch.float64, device=side.device) + 0.5
    place = (centre * step[:, None] - 0.5).to(torch.float32)
    before = place.floor()
    return before.to(torch.int64), place - before


def weights(fraction: Tensor) -> Tensor:
    """Weights of the two neighbours in units of 1/2048, rounded half to even: int32 [M, 2, size]."""
    one = float(1 << WEIGHT_BITS)
    return torch.stack(((1.0 - fraction) * one, fraction * one), 1).round().to(torch.int32)
