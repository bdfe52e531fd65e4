"""The truth of a sequence, from the files that a data set gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...runtime.images import read_image
from ...runtime.source import VideoFrame
from ...runtime.video import open_source
from ..box_files import read_boxes, whole_numbers
from ..sequence import FrameFiles, Frames, Truth
from .errors import SequenceError
from .files import BoxFormat, SequenceFiles, Surplus
from .frames import list_frames
from .regions import read_bounds

NFS_RATE = 8
"""NfS has boxes at 240 frames a second; its videos of 30 have every eighth frame"""


def read_truth(files: SequenceFiles) -> tuple[Frames, Truth]:
    """Frames and truth, of one length. Raises SequenceError; the reader of boxes raises its own UserError."""
    given, empty = published_boxes(files)
    frames = list_frames(files, len(given))
    if files.format is BoxFormat.NFS:
        given = at_rate_of(given, len(frames))
    frames, boxes = fitted(files, frames, given)
    size = size_of(files, frames)
    absent = absent_flags(files, len(frames), len(given))
    if empty is not None and len(empty) == len(frames):
        absent = empty if absent is None else absent | empty
    cover = None
    if files.cover is not None and files.cover.is_file():
        cover = flags_of(files, files.cover, len(frames), len(given), most=8)
    return frames, Truth(boxes, absent, cover, size)


def published_boxes(files: SequenceFiles) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """[N, 4] as the file has them, and where a region says that the target is absent, [N]."""
    if files.boxes is None:
        if files.box is None:
            raise SequenceError(f"`{files.name}` has no box", "give `boxes`: a file, or the first x,y,w,h")
        return np.array([files.box], np.float64), None
    if not files.boxes.is_file():
        what = f"`{files.boxes}` is a folder" if files.boxes.is_dir() else f"there is no file `{files.boxes}`"
        raise SequenceError(
            f"`{files.name}` has no boxes: {what}",
            "unpack the annotations beside the frames, or check the path",
        )
    if files.format is BoxFormat.REGIONS:
        bounds = read_bounds(files.boxes)
        found, empty = bounds.boxes, bounds.absent if bounds.absent.any() else None
    else:
        found = read_corners(files) if files.format is BoxFormat.NFS else read_boxes(files.boxes)
        empty = None
    if not len(found):
        raise SequenceError(
            f"`{files.boxes}` is empty", "it needs a line for each frame, or one for the first"
        )
    return found, empty


def read_corners(files: SequenceFiles) -> NDArray[np.float64]:
    """NfS: `index x1 y1 x2 y2 ...` a line, as x, y, w, h."""
    assert files.boxes is not None
    rows = []
    text = files.boxes.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            left, top, right, bottom = (float(piece) for piece in line.split()[1:5])
        except ValueError:
            raise SequenceError(
                f"`{files.boxes}`, line {number}: `{line[:60]}` is not of NfS",
                f"lines are {BoxFormat.NFS.value}",
            ) from None
        rows.append((left, top, right - left, bottom - top))
    return np.array(rows, np.float64).reshape(-1, 4)


def at_rate_of(boxes: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Every eighth box, where there are about eight for each frame."""
    return boxes[::NFS_RATE] if abs(len(boxes) / frames - NFS_RATE) < 1 else boxes


def fitted(
    files: SequenceFiles, frames: Frames, boxes: NDArray[np.float64]
) -> tuple[Frames, NDArray[np.float64]]:
    """Frames and boxes of one length. Raises SequenceError where it cannot be known how they belong together."""
    count, given = len(frames), len(boxes)
    if count == given:
        return frames, boxes
    if given == 1 and files.first_only:
        return frames, np.concatenate((boxes, np.full((count - 1, 4), np.nan)))
    if files.surplus is Surplus.FRAMES_CUT and given < count:
        return first_frames(frames, given), boxes
    if files.surplus is Surplus.ONE_CUT and abs(count - given) == 1:
        return first_frames(frames, min(count, given)), boxes[:count]
    raise SequenceError(
        f"`{files.name}` has {count} frames and {given} boxes: {files.frames} and {files.boxes}",
        "unpack the sequence again"
        if files.origin == str(files.boxes)
        else "each frame needs a line (NaN where there is no box), or one is enough: the first; "
        "a manifest takes a part of the frames by `start` and `length`",
    )


def first_frames(frames: Frames, count: int) -> Frames:
    assert isinstance(frames, FrameFiles)
    return FrameFiles(frames.paths[:count])


def absent_flags(files: SequenceFiles, frames: int, given: int) -> NDArray[np.bool_] | None:
    """[T]: any of the files of flags says so; None without such files."""
    if not files.absent:
        return None
    absent = np.zeros(frames, np.bool_)
    for path in files.absent:
        absent |= flags_of(files, path, frames, given, most=1) > 0
    return absent


def flags_of(files: SequenceFiles, path: Path, frames: int, given: int, most: int) -> NDArray[np.int64]:
    """[T] numbers 0 .. `most`, one a frame. Raises SequenceError."""
    flags = read_flags(path, most)
    if len(flags) == frames:
        return flags
    if len(flags) == given and files.surplus is not Surplus.REFUSED:
        return flags[:frames]
    raise SequenceError(
        f"`{files.name}` has {frames} frames and {len(flags)} flags in `{path}`",
        "it needs a number for each frame",
    )


def read_flags(path: Path, most: int = 1) -> NDArray[np.int64]:
    """Whole numbers 0 .. `most`, one in a line or all in one. Raises SequenceError, BoxFileError."""
    if not path.is_file():
        raise SequenceError(f"there is no file of flags `{path}`", "unpack the annotations again")
    return whole_numbers(path, most)


def size_of(files: SequenceFiles, frames: Frames) -> tuple[int, int] | None:
    """Width and height of the frames, where measures need them: from the data set, else from the first frame."""
    if not files.sized:
        return None
    text = ""
    if files.information is not None and files.information.is_file():
        text = files.information.read_text(encoding="utf-8", errors="replace")
    resolution = re.search(r"resolution\s*[:=]\s*\(\s*(\d+)\D+(\d+)", text)
    if resolution:
        return int(resolution[1]), int(resolution[2])
    width, height = (re.search(rf"^{side}\s*=\s*(\d+)\s*$", text, re.M) for side in ("width", "height"))
    if width and height:
        return int(width[1]), int(height[1])
    return next((size for _, size, _ in frame_sizes(frames)), None)


def frame_sizes(
    frames: Frames, all_frames: bool = False
) -> Iterator[tuple[str, tuple[int, int] | None, str]]:
    """Name, width and height, and what is wrong, of the first frame or of all; they are read and decoded."""
    if isinstance(frames, FrameFiles):
        for index, path in enumerate(frames.paths if all_frames else frames.paths[:1]):
            frame = read_image(index, path)
            yield str(path), size_in(frame), frame.problem or ""
        return
    last = frames.start + (frames.length if all_frames else 1)
    for frame in open_source(frames.path):
        if frame.index >= last:
            return
        if frame.index >= frames.start:
            yield f"{frames.path}, {frame.name}", size_in(frame), frame.problem or ""


def size_in(frame: VideoFrame) -> tuple[int, int] | None:
    """Width and height; None where the frame cannot be read."""
    return None if frame.pixels is None else (frame.pixels.shape[1], frame.pixels.shape[0])
