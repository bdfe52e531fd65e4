"""A scene as a video, as a folder of pictures, or in a window; what is stopped leaves no half of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
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

REMEDY = "-o FILE.mp4 writes a video instead, -o FOLDER/ its pictures"

ESCAPE = 27


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


def show(scene: Scene, rate: float) -> None:
    """In a window: space holds, q or Escape ends. Raises PlayError where there is no display."""
    name = f"{scene.sequence.name} - sotc"
    open_window(name)
    try:
        wait = max(1, round(1000 / rate))
        for frame in pictures(scene):
            cv2.imshow(name, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            pressed = cv2.waitKey(wait) & 0xFF
            while pressed == ord(" "):
                pressed = cv2.waitKey(0) & 0xFF
                if pressed == ord(" "):
                    break
            if pressed in (ord("q"), ESCAPE):
                return
    finally:
        cv2.destroyWindow(name)


def open_window(name: str) -> None:
    """Raises PlayError."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise PlayError("there is no display to open a window on", REMEDY)
    try:
        cv2.namedWindow(name, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
    except cv2.error:
        raise PlayError(
            "this OpenCV was built without windows (opencv-python-headless)",
            f"{REMEDY}; or pip install opencv-python in its place",
        ) from None
