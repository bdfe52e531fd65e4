"""Reading: what a user names (a video file, a folder, a pattern) as a source of frames."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from ..dsl.suggest import did_you_mean, nearest
from .errors import SourceError
from .images import ImageSource, is_image, is_pattern, open_folder, open_pattern, to_rgb
from .quiet import quiet
from .source import FrameSource, VideoFrame

DECODERS = ("opencv", "torchcodec", "nvdec")
"""What decodes video files; `nvdec` is torchcodec on a CUDA device, whose frames stay there."""

MOST_DAMAGED = 250
"""After so many frames in a row that cannot be decoded, the rest of a video is given up."""


@dataclass(frozen=True)
class FileSource:
    """A video file, decoded by OpenCV.

    A frame that cannot be decoded comes without pixels, where the decoder says so; damage that it conceals (a
    smeared picture) or skips cannot be told, and shows only in fewer frames than `length`.
    """

    name: str
    path: Path
    length: int | None
    rate: float | None

    def __iter__(self) -> Iterator[VideoFrame]:
        with quiet():
            capture = cv2.VideoCapture(str(self.path))
        try:
            yield from frames_of(capture, self.length)
        finally:
            capture.release()


def open_source(source: str | os.PathLike[str], decoder: str = "opencv") -> FrameSource:
    """Open a video file, a folder of images, one image, a glob (`img/*.png`) or a pattern (`img/%05d.jpg`).

    `decoder`: what decodes a video file, one of `DECODERS`; images are always read by OpenCV.

    Raises SourceError where there is nothing, or nothing that can be read.
    """
    if decoder not in DECODERS:
        meant = did_you_mean(nearest(decoder, list(DECODERS)))
        raise SourceError(f"there is no decoder `{decoder}`", meant or f"there are: {', '.join(DECODERS)}")
    text = os.fspath(source)
    path = Path(text)
    if path.is_dir():
        return open_folder(path)
    if path.is_file():
        return ImageSource(text, (path,)) if is_image(path) else open_video(path, decoder)
    if is_pattern(text):
        return open_pattern(text)
    raise SourceError(
        f"there is no video, folder or image at `{text}`",
        "check the path; a pattern of images is written img/%05d.jpg or 'img/*.jpg'",
    )


def open_video(path: Path, decoder: str = "opencv") -> FrameSource:
    """A video file. Raises SourceError unless its first frame can be decoded."""
    if path.stat().st_size == 0:
        raise SourceError(f"the video `{path}` is empty", "0 bytes: copy or record it again")
    if decoder != "opencv":
        from .torchcodec_video import open_by_torchcodec

        return open_by_torchcodec(path, decoder)
    with quiet():
        capture = cv2.VideoCapture(str(path))
        try:
            opened = capture.isOpened()
            readable = opened and capture.read()[0]
            count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        finally:
            capture.release()
    if not opened:
        raise SourceError(
            f"the video `{path}` cannot be opened: it is no video, is cut off, or has a format unknown here",
            "convert it with another program (H.264 in MP4 works), or give a folder of images",
        )
    if not readable:
        raise SourceError(
            f"the video `{path}` has no frame that can be decoded",
            "convert it with another program (H.264 in MP4 works), or give a folder of images",
        )
    return FileSource(
        str(path),
        path,
        int(count) if math.isfinite(count) and count > 0 else None,
        rate if math.isfinite(rate) and rate > 0 else None,
    )


def frames_of(capture: cv2.VideoCapture, length: int | None) -> Iterator[VideoFrame]:
    """The frames of an open video. A failure counts as a frame only where frames come after it.

    A decoder says "no" alike for a damaged frame and for the end, and the number that a file declares is
    often an estimate; so after a "no" it is asked again, as long as frames are still due.
    """
    index = 0
    while True:
        with quiet():
            missed = misses_before_next(capture, 0 if length is None else length - index)
            ok, image = (False, None) if missed is None else capture.retrieve()
        if missed is None:
            return
        for _ in range(missed):
            yield VideoFrame(index, f"frame {index}", None, "it cannot be decoded")
            index += 1
        if ok and image is not None:
            yield VideoFrame(index, f"frame {index}", to_rgb(image))
        else:
            yield VideoFrame(index, f"frame {index}", None, "it cannot be decoded")
        index += 1


def misses_before_next(capture: cv2.VideoCapture, due: int) -> int | None:
    """How many frames fail before one can be grabbed (0 as a rule); None where none comes any more."""
    for missed in range(1 + max(0, min(due - 1, MOST_DAMAGED))):
        if capture.grab():
            return missed
    return None
