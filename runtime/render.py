"""Videos written through OpenCV: the codec is tried before it is used, and the file read back after."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from .drawing import Picture
from .errors import WriteError
from .quiet import quiet
from .writing import told_of, written_beside

CODECS: dict[str, tuple[str, ...]] = {
    ".mp4": ("avc1", "mp4v"),
    ".m4v": ("avc1", "mp4v"),
    ".mov": ("avc1", "mp4v"),
    ".mkv": ("X264", "mp4v"),
    ".avi": ("MJPG", "XVID"),
    ".webm": ("VP90", "VP80"),
}
"""By suffix, the best first. H.264 plays everywhere, but OpenCV's wheels for Linux do not bring it; MPEG-4
part 2 (`mp4v`) plays in players, not in browsers; VP9 in `.webm` plays in both, and is slow to write."""

DEFAULT_RATE = 30.0
"""Frames per second where the source tells none (a folder of images)."""

LITTLE_ROOM = 1 << 20
"""With fewer bytes free than these, a video that is not whole failed for want of room."""


class VideoFile:
    """A video that is being written. Frames get the size of the first, made even; others are fitted in."""

    def __init__(self, path: str | os.PathLike[str], beside: Path, rate: float | None) -> None:
        self.path, self.beside = path, beside
        self.rate = min(max(rate or DEFAULT_RATE, 1.0), 240.0)
        self.frames = 0
        self.codec = ""
        self._size = (0, 0)
        self._writer: cv2.VideoWriter | None = None

    def write(self, frame: Picture) -> None:
        """Add a frame, RGB `uint8` [H, W, 3]. Raises WriteError where no codec works."""
        if self._writer is None:
            self._size = (frame.shape[1] + frame.shape[1] % 2, frame.shape[0] + frame.shape[0] % 2)
            self.codec = working_codec(self.path, self._size, self.rate)
            self._writer = open_writer(self.beside, self.codec, self.rate, self._size)
        with quiet():  # a full disk shows when the file is checked, and is told then
            self._writer.write(cv2.cvtColor(fit(frame, self._size), cv2.COLOR_RGB2BGR))
        self.frames += 1

    def close(self) -> None:
        if self._writer is not None:
            with quiet():
                self._writer.release()

    def check(self) -> None:
        """Raises WriteError unless the file plays and has all its frames."""
        if self.frames == 0:
            raise WriteError(f"`{self.path}` would be a video without frames", "give it at least one")
        found = playable_frames(self.beside)
        if found == self.frames:
            return
        if shutil.disk_usage(self.beside.parent).free < LITTLE_ROOM:
            raise WriteError(
                f"`{self.path}` cannot be written: the disk is full", "make room, or write elsewhere"
            )
        raise WriteError(
            f"`{self.path}` was not written whole: {found} of {self.frames} frames can be read back",
            f"the encoder ({self.codec}) failed, or there was no room; write elsewhere, or another format: "
            f"{', '.join(sorted(CODECS))}",
        )


@contextmanager
def video_beside(path: str | os.PathLike[str], rate: float | None = None) -> Iterator[VideoFile]:
    """A video that becomes `path` when the block ends well; its suffix chooses the format.

    Raises WriteError for a suffix that is no video's, before anything is written; where no codec works; and
    where the file, read back, is not whole.
    """
    check_suffix(path)
    with written_beside(path) as beside:
        video = VideoFile(path, beside, rate)
        try:
            yield video
        finally:
            video.close()
        video.check()


def check_suffix(path: str | os.PathLike[str]) -> None:
    """Raises WriteError unless videos are written to files named so."""
    if Path(path).suffix.lower() not in CODECS:
        raise WriteError(f"`{path}` does not name a video", f"end it in one of {', '.join(sorted(CODECS))}")


def working_codec(path: str | os.PathLike[str], size: tuple[int, int], rate: float) -> str:
    """The first codec for this suffix with which a few frames of this size can be written and read back."""
    suffix = Path(path).suffix.lower()
    with told_of(path), tempfile.TemporaryDirectory() as folder:
        for codec in CODECS[suffix]:
            trial = Path(folder) / f"{codec}{suffix}"
            writer = open_writer(trial, codec, rate, size)
            for shade in (0, 128, 255):
                writer.write(np.full((size[1], size[0], 3), shade, np.uint8))
            with quiet():
                writer.release()
            if playable_frames(trial) == 3:
                return codec
    raise WriteError(
        f"`{path}` cannot be written: OpenCV has no codec here for {suffix}",
        f"try another format: {', '.join(other for other in sorted(CODECS) if other != suffix)}",
    )


def open_writer(path: Path, codec: str, rate: float, size: tuple[int, int]) -> cv2.VideoWriter:
    with quiet():
        return cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, size)


def playable_frames(path: Path) -> int:
    """How many frames a video has: what it declares, once its first frame was decoded; 0 where that fails.

    Where that number is an estimate (WebM declares none), frames are counted.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return 0
    with quiet():
        capture = cv2.VideoCapture(str(path))
        try:
            if not capture.isOpened() or not capture.read()[0]:
                return 0
            if path.suffix.lower() not in (".webm", ".mkv"):
                return int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
            count = 1
            while capture.grab():
                count += 1
            return count
        finally:
            capture.release()


def fit(frame: Picture, size: tuple[int, int]) -> Picture:
    """The frame in a picture of `size` (width, height): scaled down or up where it differs, on black."""
    width, height = size
    rows, columns = frame.shape[:2]
    if width - columns in (0, 1) and height - rows in (0, 1):
        edge = cv2.copyMakeBorder(frame, 0, height - rows, 0, width - columns, cv2.BORDER_REPLICATE)
        return np.asarray(edge, np.uint8)
    scale = min(width / columns, height / rows)
    inner = (max(1, min(width, round(columns * scale))), max(1, min(height, round(rows * scale))))
    picture = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    picture[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        frame, inner, interpolation=cv2.INTER_AREA
    )
    return picture
