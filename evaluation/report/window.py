"""A scene in a window, by tkinter: the OpenCV that sotc depends on is built without windows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ...runtime.drawing import Picture
from .errors import PlayError
from .scene import Scene, pictures

if TYPE_CHECKING:
    import tkinter

REMEDY = "-o FILE.mp4 writes a video instead, -o FOLDER/ its pictures"

NAP = 0.005
"""Seconds between two looks at the keys."""
ROOM = 0.9
"""A picture takes no more than this share of the screen each way."""


def show(scene: Scene, rate: float) -> None:
    """Play it at so many frames a second, or as fast as it goes.

    Space holds and goes on, the right arrow shows the next frame while held; q, Escape or closing the window ends.
    Raises PlayError where no window can be opened, or no frame can be read.
    """
    with opened(f"{scene.sequence.name} - sotc") as window:
        due = time.monotonic()
        for frame in pictures(scene):
            window.put(frame)
            due = max(due + 1 / rate, time.monotonic())
            if not window.waited(due):
                return


@contextmanager
def opened(title: str) -> Iterator[Window]:
    """A window, closed at the end. Raises PlayError."""
    try:
        import tkinter
    except ImportError:
        raise PlayError(
            "windows are opened by tkinter, which this Python lacks",
            f"Linux has it as a package of its own (python3-tk); {REMEDY}",
        ) from None
    try:
        root = tkinter.Tk()
    except tkinter.TclError as error:
        raise PlayError(f"no window can be opened: {error}", REMEDY) from None
    try:
        root.title(title)
        yield Window(root)
    finally:
        with suppress(tkinter.TclError):  # the display is gone
            root.destroy()


class Window:
    """Shows pictures, and listens to keys."""

    def __init__(self, root: tkinter.Tk) -> None:
        import tkinter

        self._root = root
        self._label = tkinter.Label(root, borderwidth=0)
        self._label.pack()
        self._shown: tkinter.PhotoImage | None = None
        self._ended = self._held = self._one_more = False
        root.bind("<Key>", self._press)
        root.protocol("WM_DELETE_WINDOW", self._end)

    def put(self, frame: Picture) -> None:
        """Show a picture, made smaller where the screen is."""
        import tkinter

        height, width = frame.shape[:2]
        room = ROOM * min(self._root.winfo_screenwidth() / width, self._root.winfo_screenheight() / height)
        if room < 1:
            size = (max(1, int(width * room)), max(1, int(height * room)))
            frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        # the label shows it as long as somebody holds it
        self._shown = tkinter.PhotoImage(master=self._root, data=portable_pixmap(frame), format="PPM")
        self._label.configure(image=self._shown)

    def waited(self, due: float) -> bool:
        """Wait until a time, and as long as it is held; whether it goes on."""
        self._one_more = False
        while True:
            self._root.update()
            if self._ended:
                return False
            if self._one_more or (not self._held and time.monotonic() >= due):
                return True
            time.sleep(NAP)

    def _press(self, event: tkinter.Event[Any]) -> None:
        if event.keysym in ("q", "Q", "Escape"):
            self._end()
        elif event.keysym == "space":
            self._held = not self._held
        elif event.keysym == "Right":
            self._one_more = self._held

    def _end(self) -> None:
        self._ended = True


def portable_pixmap(frame: Picture) -> bytes:
    """RGB `uint8` as PPM, which Tk reads by itself."""
    height, width = frame.shape[:2]
    return b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(frame).tobytes()
