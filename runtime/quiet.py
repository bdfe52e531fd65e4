"""OpenCV's and FFmpeg's own remarks on standard error, turned off: what they find is reported by us."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2

SILENT = 0
"""OpenCV's log level that says nothing."""

FFMPEG_QUIET = "-8"
"""FFmpeg's log level that says nothing; OpenCV reads it from the environment when it first opens a video."""


LOCK = threading.Lock()


@dataclass
class Silence:
    """How many are quiet at the moment, in whatever threads, and the level to go back to after the last of them."""

    count: int = 0
    level: int = SILENT


SILENCE = Silence()


@contextmanager
def quiet() -> Iterator[None]:
    """Within it OpenCV prints nothing, in no thread. A level that the user has set for FFmpeg stands."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", FFMPEG_QUIET)
    with LOCK:
        if SILENCE.count == 0:
            SILENCE.level = cv2.utils.logging.getLogLevel()
            cv2.utils.logging.setLogLevel(SILENT)
        SILENCE.count += 1
    try:
        yield
    finally:
        with LOCK:
            SILENCE.count -= 1
            if SILENCE.count == 0:
                cv2.utils.logging.setLogLevel(SILENCE.level)
