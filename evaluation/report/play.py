"""A scene as a video, or as a folder of pictures; what is stopped leaves no half of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

from ...runtime.render import DEFAULT_RATE, check_suffix, video_beside
from ...runtime.video import open_video
from ...runtime.writing import told_of, write_bytes
from ..sequence import VideoRange
from .errors import PlayError
from .scene import Scene, pictures

OnFrame = Callable[[int], None]
"""Told how many frames are done."""


def rate_of(scene: Scene) -> float:
    """Frames a second: the video's own, or the usual."""
    frames = scene.sequence.frames
    own = open_video(frames.path).rate if isinstance(frames, VideoRange) else None
    return own or DEFAULT_RATE


def write_video(scene: Scene, path: Path, rate: float, on_frame: OnFrame | None = None) -> None:
    """Raises WriteError, SourceError, PlayError."""
    check_suffix(path)
    with video_beside(path, rate) as video:
        for done, frame in enumerate(pictures(scene), start=1):
            video.write(frame)
            if on_frame is not None:
                on_frame(done)


def write_pictures(scene: Scene, folder: Path, on_frame: OnFrame | None = None) -> None:
    """00000001.jpg and so on, in a folder that is new or empty. Raises PlayError, WriteError, SourceError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PlayError(f"`{folder}` is there already, and not empty", "name a new folder")
    with folder_beside(folder) as beside:
        for done, frame in enumerate(pictures(scene), start=1):
            _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            write_bytes(beside / f"{done:08d}.jpg", data.tobytes())
            if on_frame is not None:
                on_frame(done)


@contextlib.contextmanager
def folder_beside(folder: Path) -> Iterator[Path]:
    """A folder that becomes `folder` when the block ends well, and is gone otherwise. Raises WriteError."""
    with told_of(folder):
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        yield beside
        with told_of(folder):
            beside.chmod(0o777 & ~mask())
            if folder.is_dir():
                folder.rmdir()
            beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def mask() -> int:
    """What the user's new files may not be."""
    found = os.umask(0)
    os.umask(found)
    return found
