"""Cut patches out of a frame on the CPU, as trackers do: slice, pad the patch, resize with OpenCV. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cut_rule import CutRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_PATCH = 4096
"""Side of the largest patch that is built in memory (48 MiB); beyond it only pixels that count are read."""

WEIGHT_BITS = 11
"""OpenCV's weights are multiples of 1/2048 (see `resize`, which does the same sums on tensors)."""


def cut(
    rule: CutRule, frame: NDArray[np.uint8], windows: NDArray[Any], border: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The windows of a frame as `rule` has them: `uint8` [N, 3, size, size] or [N, K, 3, size, size]."""
    if rule.kind == "squares":
        return squares(frame, windows, border, rule.size, rule.hidden)
    if rule.kind == "rectangles":
        return rectangles(frame, shortened(rule, frame, windows), border, rule.size, rule.hidden)
    return scales(frame, windows, rule.size)


def shortened(rule: CutRule, frame: NDArray[np.uint8], windows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The windows [..., 4], those beyond the frame's right side or bottom by a pixel less where the rule has it so."""
    import numpy as np

    if not rule.shorter:
        return windows
    beyond = windows[..., :2] + windows[..., 2:] > np.array((frame.shape[1], frame.shape[0]))
    return np.concatenate((windows[..., :2], np.maximum(windows[..., 2:] - beyond, 1)), -1)


def squares(
    frame: NDArray[np.uint8],
    windows: NDArray[np.int64],
    border: NDArray[np.uint8],
    size: int,
    hidden: int = 0,
) -> NDArray[np.uint8]:
    """Square windows (int64 [..., 3]: left, top, side), resized: `uint8` [..., 3, size, size].

    As `resize.sample_squares`, by OpenCV. Only the patch is padded, never the frame.
    """
    return rectangles(frame, windows[..., [0, 1, 2, 2]], border, size, hidden)


def rectangles(
    frame: NDArray[np.uint8],
    windows: NDArray[np.int64],
    border: NDArray[np.uint8],
    size: int,
    hidden: int = 0,
) -> NDArray[np.uint8]:
    """As `squares`, of windows int64 [..., 4]: left, top, width, height."""
    import numpy as np

    flat_windows = windows.reshape(-1, 4)
    patches = np.empty((len(flat_windows), 3, size, size), np.uint8)
    for patch, window in zip(patches, flat_windows.tolist(), strict=True):
        rectangle(frame, window, border, hidden, patch)
    return patches.reshape(*windows.shape[:-1], 3, size, size)


def rectangle(
    frame: NDArray[np.uint8],
    window: list[int],
    border: NDArray[np.uint8],
    hidden: int,
    into: NDArray[np.uint8],
) -> None:
    """One window (left, top, width, height), put into `uint8` [3, size, size]."""
    import cv2

    left, top, width, height = window
    size = into.shape[-1]
    if max(width, height) > LARGEST_PATCH:
        into[:] = vast_rectangle(frame, window, border, size, hidden)
        return
    first_row, last_row = seen(top, height, frame.shape[0] - hidden)
    first_column, last_column = seen(left, width, frame.shape[1] - hidden)
    patch: Any = frame[first_row:last_row, first_column:last_column]
    pads = (first_row - top, top + height - last_row, first_column - left, left + width - last_column)
    if patch.size == 0:
        into[:] = border[:, None, None]
        return
    if any(pads):
        patch = cv2.copyMakeBorder(patch, *pads, cv2.BORDER_CONSTANT, value=border.tolist())
    if (width, height) != (size, size):
        patch = cv2.resize(patch, (size, size), interpolation=cv2.INTER_LINEAR)
    cv2.split(patch, tuple(into))  # an eighth of the time of copying the transposed array


def seen(first: int, side: int, length: int) -> tuple[int, int]:
    """The part of `first .. first + side` that lies within `0 .. length`."""
    start = min(max(first, 0), max(length, 0))
    return start, max(min(first + side, length), start)


def vast_rectangle(
    frame: NDArray[np.uint8], window: list[int], border: NDArray[np.uint8], size: int, hidden: int
) -> NDArray[np.uint8]:
    """A window too large to be built: the same bytes from the four neighbours of each output pixel alone."""
    import numpy as np

    left, top, wide, high = window
    column, column_weight = taps(wide, size, inside=True)
    row, row_weight = taps(high, size, inside=False)
    column, row = column + left, row + top
    height, width = frame.shape[:2]
    row_seen = (row >= 0) & (row < height - hidden)
    column_seen = (column >= 0) & (column < width - hidden)
    pixels = frame[row.clip(0, height - 1)][:, column.clip(0, width - 1)]
    seen_pixels = (row_seen[:, None] & column_seen)[..., None]
    values: NDArray[np.int32] = np.where(seen_pixels, pixels, border).astype(np.int32)
    blended = (
        values[:, :size] * column_weight[:size, None] + values[:, size:] * column_weight[size:, None]
    ) >> 4
    upper = (blended[:size] * row_weight[:size, None, None]) >> 16
    lower = (blended[size:] * row_weight[size:, None, None]) >> 16
    result: NDArray[np.uint8] = ((upper + lower + 2) >> 2).clip(0, 255).astype(np.uint8).transpose(2, 0, 1)
    return result


def taps(side: int, size: int, inside: bool) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Source positions of all first, then all second neighbours [2 size], and their weights in units of 1/2048.

    `inside`: beyond the outermost source pixels the tap moves in and has all the weight (OpenCV's columns); else
    the outermost pixel is repeated (its rows).
    """
    import numpy as np

    step = 1.0 / (size / side)
    place = ((np.arange(size, dtype=np.float64) + 0.5) * step - 0.5).astype(np.float32)
    before = np.floor(place)
    first, fraction = before.astype(np.int64), place - before
    if inside:
        fraction = np.where((first < 0) | (first >= side - 1), np.float32(0), fraction)
        first = first.clip(0, side - 1)
    positions = np.concatenate((first, first + 1)).clip(0, side - 1)
    one = np.float32(1 << WEIGHT_BITS)
    weights = np.concatenate(((1 - fraction) * one, fraction * one))
    return positions, np.rint(weights).astype(np.int32)


def scales(frame: NDArray[np.uint8], windows: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """Sub-pixel windows (float64 [N, K, 3]: x, y, step), resampled: `uint8` [N, K, 3, size, size]."""
    import cv2
    import numpy as np

    patches = np.empty((*windows.shape[:2], size, size, 3), dtype=np.uint8)
    flat_patches = patches.reshape(-1, size, size, 3)
    for patch, (x, y, step) in zip(flat_patches, windows.reshape(-1, 3).tolist(), strict=True):
        cv2.warpAffine(
            frame,
            np.array([[step, 0.0, x], [0.0, step, y]]),
            (size, size),
            dst=patch,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return np.ascontiguousarray(patches.transpose(0, 1, 4, 2, 3))
