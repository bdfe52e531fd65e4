"""Filmstrips: the worst frames of a sequence as small pictures, with the truth's box and every tracker's."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...compiler.user_error import UserError
from ...runtime.drawing import Picture
from ...runtime.images import read_image
from ..runs.job import Job, frames_of
from ..sequence import FrameFiles
from ..sequence import Sequence as DataSequence
from .contest import Contest
from .overlay import Drawn, can_be_drawn, draw_boxes, draw_truth, overlap_of_each
from .palette import rgb

Floats = NDArray[np.float64]
View = tuple[int, int, int, int]
"""x, y, width and height, in the frame's pixels"""

FRAMES = 4
"""of a sequence"""
SIZE = (336, 252)
"""width and height of a picture at most; it is shown at two thirds of that"""
QUALITY = 68
"""of JPEG, 0 .. 100"""
ROOM = 10_000_000
"""bytes of pictures in a page; the worst sequences come first"""
APART = 0.08
"""two frames of a strip are further apart than this share of the sequence"""


@dataclass(frozen=True)
class Still:
    """A frame of a strip."""

    index: int
    """from 0"""
    overlaps: tuple[float, ...]
    """of each tracker with the truth"""
    uri: str
    """the picture: `data:image/jpeg;base64,...`"""
    size: tuple[int, int]


@dataclass(frozen=True)
class Films:
    """Strips by sequence, and why others have none."""

    strips: Mapping[str, tuple[Still, ...]]
    notes: tuple[str, ...] = ()


def make_films(
    contest: Contest,
    order: Sequence[str],
    on_done: Callable[[int], None] | None = None,
    room: int = ROOM,
) -> Films:
    """Strips of the sequences in this order, as many as there is room for. Frames that are gone are noted."""
    by_name = {sequence.name: sequence for sequence in contest.sequences}
    strips: dict[str, tuple[Still, ...]] = {}
    gone: list[str] = []
    used = full = 0
    for done, name in enumerate(order, start=1):
        if used < room:
            strip = strip_of(by_name[name], boxes_of(contest, name))
            used += sum(len(still.uri) for still in strip)
            if strip:
                strips[name] = strip
            else:
                gone.append(name)
        else:
            full += 1
        if on_done is not None:
            on_done(done)
    notes = []
    if gone:
        notes.append(
            f"{len(gone)} sequences have no filmstrip, such as {gone[0]}: their frames cannot be read"
        )
    if full:
        notes.append(f"{full} sequences with better scores have no filmstrip, to keep the page small")
    return Films(strips, tuple(notes))


def boxes_of(contest: Contest, name: str) -> list[Floats]:
    """Each tracker's boxes in a sequence, as many as the truth has rows; NaN for those that are missing."""
    length = len(next(each for each in contest.sequences if each.name == name).truth)
    return [fitted(entry.results.boxes[entry.files[name]], length) for entry in contest.entries]


def fitted(boxes: Floats, length: int) -> Floats:
    missing = np.full((max(length - len(boxes), 0), 4), np.nan)
    return np.concatenate((boxes[:length], missing))


def strip_of(sequence: DataSequence, boxes: Sequence[Floats]) -> tuple[Still, ...]:
    """The worst frames of a sequence, in their order; those that cannot be read are left out."""
    truth = sequence.truth
    overlaps = np.stack([overlap_of_each(one, truth.boxes, truth.absent) for one in boxes])
    chosen = worst(overlaps.mean(axis=0))
    stills, corner = [], corner_of(sequence)
    for index, frame in frames_at(sequence, chosen):
        picture = still(frame, truth.boxes[index] - corner, [one[index] - corner for one in boxes])
        done, data = cv2.imencode(
            ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        )
        if done:
            uri = f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"
            of = tuple(float(value) for value in overlaps[:, index])
            stills.append(Still(index, of, uri, (picture.shape[1], picture.shape[0])))
    return tuple(stills)


def corner_of(sequence: DataSequence) -> Floats:
    """What is taken off boxes to draw them, where pixels count from 0: [4]"""
    return np.array([sequence.first_pixel, sequence.first_pixel, 0, 0], np.float64)


def worst(overlaps: Floats, most: int = FRAMES) -> list[int]:
    """The frames of the least overlap, apart from each other, in their order; of equal ones the first.

    The first frame, in which the box was given, is left out; so are frames without a target (NaN).
    """
    apart = APART * len(overlaps)
    order = [int(index) for index in np.argsort(overlaps, kind="stable") if not math.isnan(overlaps[index])]
    chosen: list[int] = []
    for index in order:
        if index and all(abs(index - other) > apart for other in chosen):
            chosen.append(index)
            if len(chosen) == most:
                break
    return sorted(chosen)


def frames_at(sequence: DataSequence, indices: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """Frames that can be read, with their indices; of a video all up to the last are decoded."""
    if isinstance(sequence.frames, FrameFiles):
        for index in indices:
            pixels = readable(sequence.frames.paths[index]) if index < len(sequence.frames) else None
            if pixels is not None:
                yield index, pixels
        return
    wanted, last = set(indices), max(indices, default=-1)
    try:
        for index, frame in enumerate(frames_of(Job(sequence.name, sequence.frames, sequence.start))):
            if index in wanted and frame.pixels is not None:
                yield index, frame.pixels
            if index >= last:
                return
    except (UserError, OSError):  # the video is gone; a page without this strip is still a page
        return


def readable(path: Path) -> Picture | None:
    return read_image(0, path).pixels


# ---------------------------------------------------------------- one picture


def still(frame: Picture, truth: Floats, boxes: Sequence[Floats]) -> Picture:
    """The part of the frame in which all boxes are, scaled, with the boxes drawn in."""
    height, width = frame.shape[:2]
    x, y, across, down = view_of([truth, *boxes], truth, (width, height))
    scale = min(SIZE[0] / across, SIZE[1] / down)
    size = (max(1, round(across * scale)), max(1, round(down * scale)))
    picture = cv2.resize(
        frame[y : y + down, x : x + across],
        size,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    moved = [Drawn(moved_box(box, x, y, scale), rgb(place)) for place, box in enumerate(boxes)]
    drawn = draw_boxes(np.asarray(picture, np.uint8), moved[::-1], thickness=2)
    return draw_truth(drawn, moved_box(truth, x, y, scale), thickness=2)


def moved_box(box: Floats, x: int, y: int, scale: float) -> list[float]:
    left, top, width, height = (float(value) for value in box)
    return [(left - x) * scale, (top - y) * scale, width * scale, height * scale]


def view_of(boxes: Sequence[Floats], truth: Floats, size: tuple[int, int]) -> View:
    """The part of a frame (width, height) that shows all boxes with some ground around, in the shape of SIZE.

    At least a third of the frame: where the target is should be seen, too.
    """
    shown = np.stack([box for box in boxes if can_be_drawn([float(value) for value in box])] or [truth])
    bounds = np.array([*size, *size], np.float64)
    edges = np.clip(np.concatenate((shown[:, :2], shown[:, :2] + shown[:, 2:]), axis=1), 0, bounds)
    low, high = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    room = 0.75 * truth[2:]
    wanted = np.maximum(high - low + 2 * room, np.array(size) / 3)
    wide = min(max(wanted[0], wanted[1] * SIZE[0] / SIZE[1]), size[0])
    tall = min(max(wanted[1], wide * SIZE[1] / SIZE[0]), size[1])
    middle = (low + high) / 2
    left = int(np.clip(middle[0] - wide / 2, 0, size[0] - wide))
    top = int(np.clip(middle[1] - tall / 2, 0, size[1] - tall))
    return left, top, max(1, int(wide)), max(1, int(tall))
