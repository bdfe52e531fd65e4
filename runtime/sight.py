"""What the targets of a video look at, and the patches that OpenCV cuts out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compiler.archive import REMEDY, ArtifactError
from ..compiler.backends.engine import Value
from ..compiler.plan import CropInput
from ..components.crops.host_patch import cut
from .frames import FrameLike, host_pixels

Store: TypeAlias = dict[str, Value]
"""Values by the names of their places."""


@dataclass
class Sight:
    """What the targets of a video look at: its frame now, and what counts as lying beyond it."""

    pixels: FrameLike
    values: Store = field(default_factory=dict)
    """`frame_size`, the crops' borders, and `frame` where a program reads it"""
    borders: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    """by crop, where patches are cut on the host"""


Seen: TypeAlias = Sequence[tuple[Sight, Sequence[int]]]
"""Frames, each with the rows of the targets in it."""


def refuse_other_windows(crop: CropInput, windows: NDArray[Any]) -> None:
    """Raises ArtifactError where a program gives other windows than the crop's rule cuts: they are of two trackers."""
    assert crop.rule is not None
    kind, axes, numbers = WINDOWS[crop.rule.kind]
    if windows.dtype.kind != kind or windows.ndim not in axes or windows.shape[-1] != numbers:
        raise ArtifactError(
            f"the windows of `{crop.name}` are {windows.dtype} {list(windows.shape)}, which its rule "
            f"`{crop.rule.kind}` does not cut: the plan and the programs do not belong together",
            REMEDY,
        )


WINDOWS: Mapping[str, tuple[str, tuple[int, ...], int]] = {
    "squares": ("i", (2, 3), 3),
    "rectangles": ("i", (2, 3), 4),
    "scales": ("f", (3,), 3),
}
"""Of each kind of rule: kind of number, numbers of axes, and numbers a window."""


def patches(crop: CropInput, rows: Sequence[int], windows: NDArray[Any], seen: Seen) -> NDArray[np.uint8]:
    """A crop of each row out of its own frame, padded as `windows` is."""
    assert crop.rule is not None
    refuse_other_windows(crop, windows)
    if len(seen) == 1 and len(windows) == len(rows):
        sight = seen[0][0]
        return cut(crop.rule, host_pixels(sight.pixels), windows, sight.borders[crop.name])
    place_of = {row: place for place, row in enumerate(rows)}
    result: NDArray[np.uint8] | None = None
    for sight, own in seen:
        places = [place_of[row] for row in own if row in place_of]
        if not places:
            continue
        piece = cut(crop.rule, host_pixels(sight.pixels), windows[places], sight.borders[crop.name])
        if result is None:
            result = np.empty((len(windows), *piece.shape[1:]), np.uint8)
        result[places] = piece
    assert result is not None
    result[len(rows) :] = result[0]
    return result
