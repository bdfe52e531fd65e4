"""The frames of a sequence, by listing its folder once: no file is opened, and none is asked about alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...runtime.errors import SourceError
from ...runtime.images import SUFFIXES, is_pattern, natural_key, open_pattern
from ...runtime.video import FileSource, open_source
from ..image_paths import ImagePaths
from ..sequence import FrameFiles, Frames, VideoRange
from .errors import SequenceError
from .files import SequenceFiles

MOST_NUMBERED = 10_000_000
"""frames of one sequence; a range beyond is a slip, of which the first numbers that are missing tell enough"""

LAST_NUMBER = re.compile(r"(\d+)\D*$")


def list_frames(files: SequenceFiles, expected: int | None = None) -> Frames:
    """The frames of a sequence, those of its range alone.

    `expected` is the number of boxes: a copy of a data set that holds just the frames of the range, numbered
    anew, is told by having as many. Raises SequenceError where there are none, or some of the range are not
    there.
    """
    if files.frames.is_file():
        return list_video(files)
    paths = image_paths(files)
    if files.numbers is not None and len(paths) != expected:
        paths = numbered(files, paths, *files.numbers)
    end = None if files.length is None else files.start + files.length
    chosen = paths[files.start : end]
    if not chosen or (files.length is not None and len(chosen) != files.length):
        raise beyond(files, len(paths))
    return FrameFiles(chosen)


def image_paths(files: SequenceFiles) -> Sequence[Path]:
    """All images of the folder, or those that fit the pattern, in natural order."""
    if files.frames.is_dir():
        found = images_of(files.frames)
        if found:
            return found
        raise SequenceError(
            f"`{files.name}` has no frames: there is no image in `{files.frames}`",
            f"images are told by their names: {', '.join(SUFFIXES)}",
        )
    if is_pattern(str(files.frames)):
        try:
            return open_pattern(str(files.frames)).paths
        except SourceError as error:
            raise SequenceError(f"`{files.name}` has no frames: {error.message}", error.remedy) from error
    raise SequenceError(
        f"`{files.name}` has no frames: there is no folder, video or pattern of images at `{files.frames}`",
        named_by(files) or "check the path",
    )


def images_of(folder: Path) -> ImagePaths:
    """The images of a folder, frame9 before frame10. Raises OSError."""
    names = sorted(filter(is_image_name, os.listdir(folder)))  # noqa: PTH208 (names are enough)
    # names of one length that are in order by letter are in order by number, too; most data sets have such
    if len(set(map(len, names))) > 1:
        names.sort(key=lambda name: natural_key(Path(name)))
    return ImagePaths(folder, names)


def is_image_name(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def numbered(files: SequenceFiles, paths: Sequence[Path], first: int, last: int) -> tuple[Path, ...]:
    """The images of which the names end in `first` .. `last`. Raises SequenceError where some are not there."""
    by_number = {number_of(path.name): path for path in paths}
    lost = [
        number for number in range(first, min(last, first + MOST_NUMBERED) + 1) if number not in by_number
    ]
    if lost:
        raise SequenceError(
            f"`{files.name}` is frames {first} to {last} of `{files.frames}`, and {shown(lost)} "
            f"{'is' if len(lost) == 1 else 'are'} not there",
            "unpack the sequence again",
        )
    return tuple(by_number[number] for number in range(first, last + 1))


def number_of(name: str) -> int | None:
    """The last number in a file's name: 12 in `img_00012.jpg`."""
    found = LAST_NUMBER.search(name.rpartition(".")[0])
    return int(found[1]) if found else None


def shown(numbers: list[int], most: int = 5) -> str:
    """`4, 7 to 9` ...: numbers in order, runs shortened."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = [f"{begin}" if begin == end else f"{begin} to {end}" for begin, end in runs[:most]]
    return ", ".join(told) + (f" and {len(runs) - most} stretches more" if len(runs) > most else "")


def list_video(files: SequenceFiles) -> Frames:
    """A range of a video file. Raises SequenceError where it cannot be read, or its length is not known."""
    try:
        source = open_source(files.frames)
    except SourceError as error:
        raise SequenceError(f"`{files.name}`: {error.message}", error.remedy) from error
    if not isinstance(source, FileSource):
        return FrameFiles((files.frames,))
    length = files.length
    if length is None:
        if source.length is None:
            raise SequenceError(
                f"`{files.name}`: the video `{files.frames}` does not say how many frames it has",
                "give `length` in the manifest",
            )
        length = source.length - files.start
    if length < 1 or (source.length is not None and files.start + length > source.length):
        raise beyond(files, source.length or 0)
    return VideoRange(files.frames, files.start, length)


def beyond(files: SequenceFiles, there: int) -> SequenceError:
    """A range that the frames do not have."""
    wanted = f"{files.length} frames" if files.length is not None else "all frames"
    return SequenceError(
        f"`{files.name}` is to be {wanted} from frame {files.start} on, and `{files.frames}` has {there}",
        named_by(files) or "check the range",
    )


def named_by(files: SequenceFiles) -> str:
    return f"it is named in {files.origin}" if files.origin else ""
