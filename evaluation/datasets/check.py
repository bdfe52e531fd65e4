"""What is wrong with a data set: frames, boxes and flags that are missing, damaged, or do not fit together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compiler.user_error import UserError
from ..sequence import Frames, Truth
from .files import BoxFormat, SequenceFiles
from .find import Found
from .frames import image_paths, number_of, shown
from .read import attributes_of
from .truth import frame_sizes, published_boxes, read_truth

SEPARATORS = re.compile(r"[,;\t]| +")

SLACK = 1.0
"""pixels that a box may stick out: data sets count from 0 or from 1, and round"""

MOST_APART = 100
"""on the average; images further apart are named by times, not by counting"""

MOST_NAMED = 5
"""so many damaged images of a sequence are named one by one"""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. An error keeps a sequence from being used, or makes its numbers wrong."""

    is_error: bool
    sequence: str
    """empty where it is about the data set"""
    place: str
    """a file, with a line (`FILE:12`) where that is known, or a folder"""
    message: str


@dataclass(frozen=True)
class Checked:
    """A sequence that was looked at."""

    name: str
    frames: int
    findings: tuple[Finding, ...]


def check_dataset(found: Found) -> tuple[Finding, ...]:
    """What is wrong with the list of sequences: twins, and those that are not there."""
    findings = []
    places: dict[str, SequenceFiles] = {}
    for files in found.files:
        if files.name in places:
            first = places[files.name]
            message = f"a second sequence of this name; the first is {first.boxes or first.frames}"
            findings.append(Finding(True, files.name, str(files.boxes or files.frames), message))
        places.setdefault(files.name, files)
    for frames in found.without_boxes:
        findings.append(
            Finding(False, "", str(frames), "left out: there is no file of boxes beside it or within")
        )
    if found.missing:
        names = ", ".join(found.missing[:MOST_NAMED])
        more = f" and {len(found.missing) - MOST_NAMED} more" if len(found.missing) > MOST_NAMED else ""
        message = f"{len(found.missing)} of {found.expected} sequences are not there: {names}{more}"
        findings.append(Finding(False, "", str(found.root), message))
    elif found.expected and len(found.files) != found.expected:
        message = f"{len(found.files)} sequences are there, and there should be {found.expected}"
        findings.append(Finding(False, "", str(found.root), message))
    return tuple(findings)


def check_sequence(files: SequenceFiles, deep: bool = False) -> Checked:
    """All that can be told to be wrong with one sequence. `deep` reads every frame, else only the first is."""
    findings = list(check_images(files, deep))
    frames: Frames | None = None
    try:
        frames, truth = read_truth(files)
        findings.extend(check_boxes(files, truth))
        findings.extend(check_pixels(files, frames, truth, deep))
    except (UserError, OSError) as error:
        findings.append(told(files, error))
        findings.extend(check_unfitted(files))
    try:
        attributes_of(files)
    except (UserError, OSError) as error:
        findings.append(told(files, error))
    findings.extend(check_separators(files))
    unique = tuple(dict.fromkeys(findings))
    return Checked(files.name, 0 if frames is None else len(frames), unique)


def check_unfitted(files: SequenceFiles) -> tuple[Finding, ...]:
    """What can be told of the boxes of a sequence that cannot be read as a whole."""
    try:
        return tuple(check_boxes(files, Truth(published_boxes(files)[0])))
    except (UserError, OSError):
        return ()


def told(files: SequenceFiles, error: UserError | OSError) -> Finding:
    """An error of a reader. Its place is the file and line that it begins with, if it does."""
    if isinstance(error, OSError):
        return Finding(True, files.name, str(error.filename), str(error.strerror).lower())
    place = re.match(r"`([^`]+)`, line (\d+)", error.message)
    remedy = f" ({error.remedy})" if error.remedy else ""
    where = f"{place[1]}:{place[2]}" if place else files.origin or str(files.boxes or files.frames)
    return Finding(True, files.name, where, error.message + remedy)


def check_images(files: SequenceFiles, deep: bool) -> Iterator[Finding]:
    """Gaps in the numbers of a folder's images, and images that are empty, where none is to be read."""
    if not files.frames.is_dir():
        return
    try:
        paths = image_paths(files)
    except (UserError, OSError):
        return  # the reader tells of it
    numbers = [number for path in paths if (number := number_of(path.name)) is not None]
    if files.numbers is None and len({*numbers}) == len(paths):
        lost = gaps(numbers)
        if lost:
            message = f"the images are not numbered through: {shown(lost)} not there"
            yield Finding(False, files.name, str(files.frames), message)
    if deep:
        return
    with os.scandir(files.frames) as entries:
        sizes = {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    for path in paths:
        if sizes.get(path.name) == 0:
            yield Finding(True, files.name, str(path), "the frame cannot be read: it is empty")


def gaps(numbers: Sequence[int]) -> list[int]:
    """Which numbers between the first and the last are missing. Numbers far apart are times, and count nothing."""
    first, last = min(numbers), max(numbers)
    if last - first > MOST_APART * len(numbers):
        return []
    return sorted({*range(first, last + 1)} - {*numbers})


def check_boxes(files: SequenceFiles, truth: Truth) -> Iterator[Finding]:
    """Boxes that are NaN, have no size, or are missing where they are needed."""
    boxes = truth.boxes
    finite = np.isfinite(boxes)
    seen = np.ones(len(boxes), np.bool_) if truth.absent is None else ~truth.absent
    if len(boxes) > 1 and not finite[1:].any():  # the first frame alone is annotated
        boxes, finite, seen = boxes[:1], finite[:1], seen[:1]
    whole = row_all(finite)
    if not whole[0] or (boxes[0, 2:] <= 0).any():
        message = f"the first box is {numbers(boxes[0])}: a tracker cannot be started with it"
        yield Finding(True, files.name, line_of(files, 0), message)
    later = np.arange(len(boxes)) > 0
    none = ~row_any(finite)
    negative = whole & row_any(boxes[:, 2:] < 0)
    empty = whole & row_any(boxes[:, 2:] == 0) & ~negative
    for rows, is_error, what in (
        (~whole & ~none & later, True, "some of the four numbers are NaN or infinite"),
        (negative & later, True, "the width or the height is negative: are these corners x1,y1,x2,y2?"),
        (none & seen & later, False, "the box is NaN, and no flag says that the target is absent"),
        (empty & seen & later, False, "the box has no size, and no flag says that the target is absent"),
    ):
        yield from finding_of_rows(files, rows, is_error, what)


def finding_of_rows(
    files: SequenceFiles, rows: NDArray[np.bool_], is_error: bool, what: str
) -> Iterator[Finding]:
    """One finding for all rows with the same fault, at the first of them."""
    places = [int(row) for row in np.flatnonzero(rows)]
    if places:
        count = f" (in {len(places)} frames: {shown(places)}, counted from 0)" if len(places) > 1 else ""
        yield Finding(is_error, files.name, line_of(files, places[0]), what + count)


def line_of(files: SequenceFiles, row: int) -> str:
    """`FILE:LINE` of a box; just the file where not each line is a frame."""
    if files.boxes is None:
        return files.origin
    return str(files.boxes) if files.format is BoxFormat.NFS and row else f"{files.boxes}:{row + 1}"


def row_any(table: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[T, N] -> [T]"""
    return np.asarray(table.any(axis=1), np.bool_)


def row_all(table: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[T, N] -> [T]"""
    return np.asarray(table.all(axis=1), np.bool_)


def numbers(box: NDArray[np.float64]) -> str:
    return ",".join(f"{number:g}" for number in box)


def check_separators(files: SequenceFiles) -> Iterator[Finding]:
    """Lines of one file that are separated in different ways: two writers, or a damaged file."""
    if files.boxes is None or files.format is not BoxFormat.BOXES or not files.boxes.is_file():
        return
    first: list[str] | None = None
    text = files.boxes.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        found = {mark[0] for mark in SEPARATORS.findall(line.strip())}
        marks = sorted(found - {" "} or found)  # a space may follow a comma
        if marks and first is not None and marks != first:
            told = [" and ".join(map(repr, kinds)) for kinds in (marks, first)]
            message = f"numbers are separated by {told[0]} here, and by {told[1]} before"
            yield Finding(False, files.name, f"{files.boxes}:{number}", message)
            return
        first = first or marks


def check_pixels(files: SequenceFiles, frames: Frames, truth: Truth, deep: bool) -> Iterator[Finding]:
    """Frames that cannot be read or differ in size, and boxes that leave them."""
    sizes: list[tuple[int, int] | None] = []
    damaged = 0
    for name, size, problem in frame_sizes(frames, deep):
        sizes.append(size)
        if size is None:
            damaged += 1
            if damaged <= MOST_NAMED:
                yield Finding(True, files.name, name, f"the frame cannot be read: {problem}")
    if damaged > MOST_NAMED:
        yield Finding(True, files.name, str(files.frames), f"{damaged} frames in all cannot be read")
    known = list(dict.fromkeys(size for size in sizes if size is not None))
    if len(known) > 1:
        shapes = ", ".join(f"{width}x{height}" for width, height in known[:MOST_NAMED])
        yield Finding(False, files.name, str(files.frames), f"the frames differ in size: {shapes}")
    if deep and len(sizes) < len(frames):
        message = f"{len(sizes)} frames can be read, and {len(frames)} are expected"
        yield Finding(True, files.name, str(files.frames), message)
    if known:
        yield from check_inside(files, truth, np.array([size or known[0] for size in sizes], np.float64))


def check_inside(files: SequenceFiles, truth: Truth, sizes: NDArray[np.float64]) -> Iterator[Finding]:
    """Boxes wholly outside of their frame, or far enough across its border to make one doubt the numbers.

    `sizes` is [N, 2], N <= T: width and height; the last holds for the frames after it.
    """
    boxes = truth.boxes
    sizes = np.concatenate((sizes, np.repeat(sizes[-1:], max(0, len(boxes) - len(sizes)), axis=0)))
    sizes = sizes[: len(boxes)]
    with np.errstate(invalid="ignore"):
        usable = row_all(np.isfinite(boxes)) & row_all(boxes[:, 2:] > 0)
        near, far = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
        outside = usable & row_any((near > sizes + SLACK) | (far < -SLACK))
        across = usable & ~outside & row_any((near < -SLACK) | (far > sizes + 1 + SLACK))
        corners = usable & row_all(boxes[:, 2:] > near) & row_all(boxes[:, 2:] <= sizes + SLACK)
    if truth.absent is not None:
        outside = outside & ~truth.absent
    shape = f"{sizes[0, 0]:g}x{sizes[0, 1]:g}"
    yield from finding_of_rows(files, outside, True, f"the box lies outside of the frame, which is {shape}")
    if across.sum() > usable.sum() / 2 and corners[usable].all():
        what = (
            f"most boxes leave the frame ({shape}), and would not as corners x1,y1,x2,y2; x,y,w,h is expected"
        )
        yield from finding_of_rows(files, across, False, what)
    else:
        yield from finding_of_rows(files, across, False, f"the box leaves the frame, which is {shape}")
