"""OpenCV's and FFmpeg's own remarks on standard error, turned off: what they find is reported by us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

SILENT = 0
"""OpenCV's log level that says nothing."""

FFMPEG_QUIET = "-8"
"""FFmpeg's log level that says nothing; OpenCV reads it from the environment when it first opens a video."""


@contextmanager
def quiet() -> Iterator[None]:
    """Within it OpenCV prints nothing. A level that the user has set for FFmpeg stands."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", FFMPEG_QUIET)
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
