"""Boxes as users give them, checked: x, y, w, h in pixels of the frame, (x, y) being the top left corner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import BoxError
from .frames import is_tensor

if TYPE_CHECKING:
    from torch import Tensor

BoxesLike: TypeAlias = "Tensor | NDArray[np.floating] | Sequence[float] | Sequence[Sequence[float]]"

EXAMPLE = "198,214,34,81"


def parse_box(text: str) -> tuple[float, float, float, float]:
    """`"x,y,w,h"` as four numbers. Raises BoxError where it is anything else, or has no size."""
    pieces = text.split(",")
    if len(pieces) != 4:
        raise BoxError(
            f"`{text}` is not a box: 4 numbers are needed, and it has {len(pieces)}",
            f"write x,y,w,h in pixels, for example {EXAMPLE}",
        )
    try:
        x, y, width, height = (float(piece) for piece in pieces)
    except ValueError:
        wrong = next(piece for piece in pieces if not is_number(piece))
        raise BoxError(
            f"`{text}` is not a box: `{wrong.strip()}` is no number",
            f"write x,y,w,h in pixels, for example {EXAMPLE}",
        ) from None
    check_box((x, y, width, height), None)
    return x, y, width, height


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def boxes_array(boxes: BoxesLike, frame_size: tuple[int, int] | None = None) -> NDArray[np.float64]:
    """One box (4 numbers) or N of them ([N, 4]) as float64 [N, 4]; x, y, w, h in pixels.

    `frame_size` is width and height; where it is given, a box that lies wholly outside is refused. A box that
    is partly outside is fine.

    Raises BoxError for no box at all, a wrong shape, NaN or infinite numbers, and a size of zero or less.
    """
    table = as_table(boxes)
    for box in table.tolist():
        check_box(box, frame_size)
    return table


def as_table(boxes: BoxesLike) -> NDArray[np.float64]:
    """[N, 4] float64, unchecked."""
    try:
        given = boxes.detach().cpu().numpy() if is_tensor(boxes) else boxes  # type: ignore[union-attr]
        table = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise BoxError(
            f"{boxes!r} is no box", f"give x, y, w, h, or a list of such: ({EXAMPLE})"
        ) from problem
    if table.size == 0:
        raise BoxError("no box is given", "give at least one target: x, y, w, h")
    if table.ndim == 1:
        table = table[None]
    if table.ndim != 2 or table.shape[1] != 4:
        raise BoxError(
            f"boxes of shape {list(table.shape)} are not [4] or [N, 4]", "give four numbers a box: x, y, w, h"
        )
    return table


def check_box(box: Sequence[float], frame_size: tuple[int, int] | None) -> None:
    """Raises BoxError unless the box is finite, has a size, and overlaps the frame."""
    shown = ",".join(f"{number:g}" for number in box)
    x, y, width, height = box
    if not all(math.isfinite(number) for number in box):
        raise BoxError(f"the box {shown} is not finite", "give x,y,w,h as finite numbers of pixels")
    if width <= 0 or height <= 0:
        raise BoxError(
            f"the box {shown} has no size: its width is {width:g} and its height {height:g}",
            "both must be above zero; a box is x,y,w,h, not the two corners x1,y1,x2,y2",
        )
    if frame_size is None:
        return
    frame_width, frame_height = frame_size
    if x >= frame_width or y >= frame_height or x + width <= 0 or y + height <= 0:
        raise BoxError(
            f"the box {shown} lies outside the frame, which is {frame_width} x {frame_height} pixels",
            "give a box that overlaps the first frame; x and y are its top left corner",
        )


def centre_size(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """x, y, w, h -> centre x, centre y, w, h: the centre is x + w/2, y + h/2. [N, 4]."""
    return np.concatenate((boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]), axis=1)


def format_box(box: Sequence[float]) -> str:
    """`x,y,w,h` with at most six decimals, and none that say nothing."""
    return ",".join(format_number(number) for number in box)


def format_number(number: float) -> str:
    text = f"{number:.6f}".rstrip("0").rstrip(".") if math.isfinite(number) else f"{number}"
    return "0" if text == "-0" else text
