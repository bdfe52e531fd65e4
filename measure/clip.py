"""The clip that a compiled tracker is compared over: a generated one, or a user's video with a first box."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..compiler.user_error import UserError
from ..runtime.boxes import boxes_array
from ..runtime.demo_clip import make_clip
from ..runtime.errors import BoxError, SourceError
from ..runtime.video import open_source

Picture = NDArray[np.uint8]
"""RGB [H, W, 3]."""

GENERATED = "the bundled generated clip"
GENERATED_FRAMES = 60
FEWEST_FRAMES = 12
MOST_FRAMES = 150
MOST_BYTES = 512 << 20
"""A clip is held in memory: of a large video fewer frames are taken."""

SPREAD = 0.35
"""Further targets of a clip with one box lie this far from it, in its own sizes, on a circle."""


class ClipError(UserError):
    """A clip that nothing can be compared or calibrated on."""

    code: ClassVar[str] = "SOT618"


@dataclass(frozen=True)
class Clip:
    """Frames, where the targets are in the first one, and where the first target is in all, if that is known."""

    name: str
    frames: tuple[Picture, ...]
    boxes: NDArray[np.float64]
    """[N, 4] x, y, w, h in pixels, in the first frame"""
    truth: NDArray[np.float64] | None = None
    """[frames, 4] boxes of the first target; a row of NaN where it is not labelled. None without labels"""

    @property
    def labelled(self) -> bool:
        return self.truth is not None

    def with_targets(self, count: int) -> Clip:
        """The clip with so many targets: boxes beside the first one stand for those that are not given."""
        if count <= len(self.boxes):
            return Clip(self.name, self.frames, self.boxes[:count], self.truth)
        height, width = self.frames[0].shape[:2]
        beside = [beside_box(self.boxes[0], place, width, height) for place in range(len(self.boxes), count)]
        return Clip(self.name, self.frames, np.concatenate((self.boxes, np.array(beside))), self.truth)

    def first(self, count: int) -> Clip:
        """Its first frames."""
        truth = None if self.truth is None else self.truth[:count]
        return Clip(self.name, self.frames[:count], self.boxes, truth)


def beside_box(box: NDArray[np.float64], place: int, width: int, height: int) -> NDArray[np.float64]:
    """A box of the same size near another, its centre within the frame; places go round in golden angles."""
    angle = 2.399963 * place
    shift = SPREAD * (1 + place % 3) * box[2:] * np.array((np.cos(angle), np.sin(angle)))
    centre = np.clip(box[:2] + box[2:] / 2 + shift, 0, (width, height))
    return np.concatenate((centre - box[2:] / 2, box[2:]))


def generated_clip(frames: int = GENERATED_FRAMES) -> Clip:
    """The clip that every installation has, made by arithmetic, with its exact boxes."""
    pictures, boxes = make_clip(frames)
    return Clip(GENERATED, tuple(pictures), boxes[:1], boxes)


def read_clip(
    video: str | os.PathLike[str],
    boxes: Sequence[float] | Sequence[Sequence[float]] | str | os.PathLike[str] | None,
    most: int = MOST_FRAMES,
) -> Clip:
    """The first frames of a user's video. `boxes` is the first box (or several), or a file of boxes.

    A file has a line a frame, four numbers x, y, w, h; with a line for every frame that is read the clip is
    labelled, with one line it gives the first box. Frames that cannot be read are left out, with their labels.

    Raises ClipError without a box, for a video or a file that cannot be read, and for a clip that is too short.
    """
    name = os.fspath(video)
    if boxes is None:
        raise ClipError(
            f"there is no box for the clip `{name}`",
            "say where the target is in its first frame, x,y,w,h in pixels, in the option beside the clip's "
            "(--gate-box, --calibrate-box, --box); --gate-boxes takes a file with a line a frame",
        )
    table = read_boxes(boxes) if isinstance(boxes, (str, os.PathLike)) else None
    frames, places = read_frames(name, most)
    size = (frames[0].shape[1], frames[0].shape[0])
    try:
        first = boxes_array(table[0] if table is not None else boxes, size)  # type: ignore[arg-type]
    except BoxError as error:
        raise ClipError(f"the clip `{name}` cannot be used: {error.message}", error.remedy) from error
    if table is None or len(table) == 1:
        return Clip(name, frames, first)
    if len(table) <= places[-1]:
        raise ClipError(
            f"the file of boxes `{os.fspath(boxes)}` has {len(table)} lines, and {places[-1] + 1} frames of "  # type: ignore[arg-type]
            f"`{name}` were read",
            "give a line for each frame (nan,nan,nan,nan where the target is not labelled), or one for the first",
        )
    return Clip(name, frames, first, table[list(places)])


def read_frames(name: str, most: int) -> tuple[tuple[Picture, ...], tuple[int, ...]]:
    """The frames that can be read of the first `most`, and their places. Raises ClipError."""
    frames: list[Picture] = []
    places: list[int] = []
    try:
        for item in open_source(name):
            held = sum(frame.nbytes for frame in frames)
            if item.index >= most or (frames and held + frames[0].nbytes > MOST_BYTES):
                break
            if item.pixels is None and item.index == 0:
                raise ClipError(
                    f"the first frame of the clip `{name}` cannot be read: {item.problem}",
                    "give another clip",
                )
            if item.pixels is not None:
                frames.append(item.pixels)
                places.append(item.index)
    except SourceError as error:
        raise ClipError(f"the clip cannot be read: {error.message}", error.remedy) from error
    if len(frames) < FEWEST_FRAMES:
        raise ClipError(
            f"the clip `{name}` is too short: {len(frames)} of its frames can be read",
            f"give one of at least {FEWEST_FRAMES} frames",
        )
    return tuple(frames), tuple(places)


def read_boxes(path: str | os.PathLike[str]) -> NDArray[np.float64]:
    """[T, 4] from a text: four numbers a line, with commas, tabs or blanks between them. Raises ClipError."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ClipError(
            f"the file of boxes `{os.fspath(path)}` cannot be read", "check the path; it is a plain text"
        ) from error
    rows = [numbers_of(line) for line in text.splitlines() if line.strip()]
    wrong = next((index for index, row in enumerate(rows) if row is None), None)
    if not rows or wrong is not None:
        where = f"its line {wrong + 1} is no box" if wrong is not None else "it is empty"
        raise ClipError(
            f"the file of boxes `{os.fspath(path)}` cannot be used: {where}",
            "write four numbers a line: x,y,w,h in pixels",
        )
    return np.array(rows, dtype=np.float64)


def numbers_of(line: str) -> list[float] | None:
    """Four numbers of a line; None where it is no box."""
    try:
        numbers = [float(piece) for piece in re.split(r"[,;\s]+", line.strip())]
    except ValueError:
        return None
    return numbers if len(numbers) == 4 else None
