"""Where the files of one sequence lie, and how they are to be read; nothing is opened here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class BoxFormat(Enum):
    """What the lines of a file of boxes hold."""

    BOXES = "x, y, w, h"
    NFS = "an index, then x1, y1, x2, y2, at eight times the rate of the 30 frames a second"
    REGIONS = "boxes, polygons or masks, as VOT writes them"


class Surplus(Enum):
    """What becomes of frames without a box, or boxes without a frame."""

    REFUSED = "an error: one cannot know which belong together"
    FRAMES_CUT = "the frames after the last box are left out"
    ONE_CUT = "one more of either is left out at the end"


@dataclass(frozen=True)
class SequenceFiles:
    """A sequence before it is read. What is not said holds for most: all frames, a box for each."""

    name: str
    frames: Path
    """a folder of images, a video file, or a pattern of images (`img/%05d.jpg`)"""
    boxes: Path | None = None
    """a line a frame; None where `box` is all that is known"""
    box: tuple[float, float, float, float] | None = None
    """x, y, w, h in the first frame"""
    format: BoxFormat = BoxFormat.BOXES
    numbers: tuple[int, int] | None = None
    """the first and the last frame, by the numbers in the images' names"""
    start: int = 0
    """the first frame, by its place from 0"""
    length: int | None = None
    """how many frames from `start` on; None for all"""
    absent: tuple[Path, ...] = ()
    """files of 0 and 1; the target is absent where any has a 1"""
    cover: Path | None = None
    """a file of 0 .. 8: how much of the target is seen (GOT-10k)"""
    information: Path | None = None
    """a file that tells the size of the frames: `meta_info.ini` of GOT-10k, `sequence` of VOT"""
    sized: bool = False
    """whether measures need the size of the frames, so that it is taken from the first of them if nowhere else"""
    attributes: tuple[str, ...] = ()
    attribute_flags: Path | None = None
    """a file of 0 and 1, one for each of `attribute_names`"""
    attribute_names: tuple[str, ...] = ()
    attribute_words: Path | None = None
    """a file of attributes by their names, with spaces or commas between (TC128)"""
    described: tuple[str, ...] = ()
    """entries of `information` whose values are attributes (GOT-10k's classes)"""
    tags: Path | None = None
    """a folder with NAME.tag files of 0 and 1 for each frame (VOT): an attribute where any frame has it"""
    first_only: bool = False
    """the truth may have the first frame alone, as test sets of servers do"""
    surplus: Surplus = Surplus.REFUSED
    origin: str = ""
    """who says all this: `data.csv:3`"""
