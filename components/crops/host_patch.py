"""Cut one square window out of a frame on the CPU, as trackers do: slice, pad the patch, `cv2.resize`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .resize import sample_squares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_PATCH = 4096
"""Side of the largest patch that is built in memory (48 MiB); beyond it only pixels that count are read."""


def host_squares(
    frame: NDArray[np.uint8], windows: torch.Tensor, border: NDArray[np.uint8], size: int, hidden: int = 0
) -> NDArray[np.uint8]:
    """The windows (int64 [M, 3]: left, top, side) of a frame, resized: `uint8` [M, 3, size, size].

    As `resize.sample_squares`, by OpenCV. Only the patch is padded, never the frame.
    """
    import numpy as np

    patches = np.empty((len(windows), 3, size, size), np.uint8)
    for patch, (left, top, side) in zip(patches, windows.tolist(), strict=True):
        patch[:] = host_square(frame, left, top, side, border, size, hidden)
    return patches


def host_square(
    frame: NDArray[np.uint8],
    left: int,
    top: int,
    side: int,
    border: NDArray[np.uint8],
    size: int,
    hidden: int,
) -> NDArray[np.uint8]:
    """One window as `uint8` [3, size, size]."""
    import cv2

    if side > LARGEST_PATCH:
        return in_tensors(frame, left, top, side, border, size, hidden)
    height, width = frame.shape[0] - hidden, frame.shape[1] - hidden
    first_row, last_row = seen(top, side, height)
    first_column, last_column = seen(left, side, width)
    patch: Any = frame[first_row:last_row, first_column:last_column]
    pads = (first_row - top, top + side - last_row, first_column - left, left + side - last_column)
    if patch.size == 0:
        return flat(border, size)
    if any(pads):
        patch = cv2.copyMakeBorder(patch, *pads, cv2.BORDER_CONSTANT, value=border.tolist())
    if side != size:
        patch = cv2.resize(patch, (size, size), interpolation=cv2.INTER_LINEAR)
    result: NDArray[np.uint8] = patch.transpose(2, 0, 1)
    return result


def seen(first: int, side: int, length: int) -> tuple[int, int]:
    """The part of `first .. first + side` that lies within `0 .. length`."""
    start = min(max(first, 0), max(length, 0))
    return start, max(min(first + side, length), start)


def flat(border: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A patch of nothing but border."""
    import numpy as np

    return np.broadcast_to(border[:, None, None], (3, size, size))


def in_tensors(
    frame: NDArray[np.uint8],
    left: int,
    top: int,
    side: int,
    border: NDArray[np.uint8],
    size: int,
    hidden: int,
) -> NDArray[np.uint8]:
    """A window too large to be built: the same bytes from the four neighbours of each output pixel alone."""
    import numpy as np

    window = torch.tensor([[left, top, side]])
    pixels = sample_squares(
        torch.from_numpy(np.array(frame)),
        window[:, 0],
        window[:, 1],
        window[:, 2],
        torch.from_numpy(np.array(border)),
        size,
        hidden,
    )
    result: NDArray[np.uint8] = pixels[0].numpy()
    return result
