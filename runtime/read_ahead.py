"""Frames decoded in a thread of their own while the tracker works on those before.

OpenCV lets go of Python's lock while it decodes, so one thread is enough to hide the decoding behind the step.
torchcodec, where it is installed, decodes no faster on the CPU (both call FFmpeg), but on a CUDA device it can.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from .frames import FrameLike
from .source import FrameSource, VideoFrame

AHEAD = 4
"""Frames decoded beforehand: enough for one that takes longer, and little memory."""

PATIENCE = 0.1
"""Seconds after which a thread that cannot go on looks whether it is still wanted."""

LEAVING = 5.0
"""Seconds that a thread is waited for at the end: it may be in the middle of a frame."""

T = TypeVar("T")


@dataclass(frozen=True)
class End:
    """After the last item; with the error that ended them, if one did."""

    error: BaseException | None


def read_ahead(items: Iterable[T], ahead: int = AHEAD) -> Iterator[T]:
    """The items in order, taken from `items` by a thread, at most `ahead` of them beforehand.

    What `items` raises is raised here, in its place. When this iterator ends, is closed or breaks off (Ctrl-C
    included), the thread closes `items`, if that can be closed, and ends.
    """
    if ahead < 1:
        raise ValueError(f"`ahead` is {ahead}: at least one item must be read beforehand")
    waiting: queue.Queue[T | End] = queue.Queue(ahead)
    leave = threading.Event()
    reader = threading.Thread(target=read, args=(items, waiting, leave), name="sotc-read-ahead", daemon=True)
    reader.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        leave.set()
        reader.join(LEAVING)


def read(items: Iterable[T], waiting: queue.Queue[T | End], leave: threading.Event) -> None:
    """The thread: pass items on until they end or nobody wants them any more."""
    error: BaseException | None = None
    try:
        iterator = iter(items)
        try:
            for item in iterator:
                if not passed_on(item, waiting, leave):
                    return
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
    except BaseException as problem:  # whatever it is, it belongs to who asked for the items
        error = problem
    passed_on(End(error), waiting, leave)


def passed_on(item: T | End, waiting: queue.Queue[T | End], leave: threading.Event) -> bool:
    """Whether the item could be put into the queue before it was time to leave."""
    while not leave.is_set():
        try:
            waiting.put(item, timeout=PATIENCE)
        except queue.Full:
            continue
        return True
    return False


def read_frames(
    frames: str | os.PathLike[str] | FrameSource | Iterable[FrameLike],
    skip: int = 0,
    ahead: int = AHEAD,
    decoder: str = "opencv",
) -> Iterator[FrameLike | None]:
    """Frames of what `open_source` takes, of a source, or of an iterable; None for one that cannot be read."""
    if isinstance(frames, (str, os.PathLike)):
        from .video import open_source

        frames = open_source(frames, decoder)
    with closing(read_ahead(islice(frames, skip, None), ahead)) as items:  # type: ignore[arg-type,type-var]
        for item in items:
            yield item.pixels if isinstance(item, VideoFrame) else item
