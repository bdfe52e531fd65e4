"""A folder of own sequences, as most people have them: videos or folders of images, boxes beside or within."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from ...runtime.writing import write_text
from .errors import DataRootError
from .files import SequenceFiles
from .frames import is_image_name

INNER = ("", "img", "imgs", "images", "frames", "color")
"""where the images of a sequence's folder may lie"""

WITHIN = ("groundtruth.txt", "groundtruth_rect.txt", "gt.txt", "boxes.txt", "boxes.csv")
"""names of a file of boxes in the folder of a sequence"""

BESIDE = ("{name}.txt", "{name}_gt.txt", "{name}.csv", "anno/{name}.txt")
"""names of a file of boxes beside a video, or beside the folder of a sequence"""

ABSENT = ("absent.txt", "absent.label", "absence.label")

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")


@dataclass(frozen=True)
class Scanned:
    """What a folder holds."""

    sequences: tuple[SequenceFiles, ...]
    without_boxes: tuple[Path, ...]
    """videos and folders of images that have none"""


def scan_folder(folder: Path) -> Scanned:
    """The sequences of a folder, in order of their names; of itself, where it is one. Raises OSError."""
    itself = sequence_at(folder)
    if itself is not None and itself.boxes is not None:
        return Scanned((itself,), ())
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    found = [sequence for sequence in map(sequence_at, entries) if sequence is not None]
    with_boxes = tuple(sequence for sequence in found if sequence.boxes is not None)
    if itself is not None and not with_boxes:
        return Scanned((), (itself.frames,))
    return Scanned(with_boxes, tuple(sequence.frames for sequence in found if sequence.boxes is None))


def sequence_at(path: Path) -> SequenceFiles | None:
    """A video or a folder with images as a sequence; None for anything else."""
    if path.is_file() and path.suffix.lower() in VIDEOS:
        boxes = first_of(path.parent, beside(path.stem))
        return SequenceFiles(path.stem, path, boxes, sized=True, first_only=True)
    if not path.is_dir():
        return None
    frames = next((path / inner for inner in INNER if has_images(path / inner)), None)
    if frames is None:
        return None
    boxes = first_of(path, WITHIN) or first_of(path.parent, beside(path.name))
    absent = first_of(path, ABSENT)
    return SequenceFiles(
        path.resolve().name, frames, boxes, absent=(absent,) if absent else (), sized=True, first_only=True
    )


def beside(name: str) -> tuple[str, ...]:
    return tuple(pattern.format(name=name) for pattern in BESIDE)


def first_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def has_images(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    with os.scandir(folder) as entries:
        return any(is_image_name(entry.name) for entry in entries)


def scan_own(folder: Path) -> Scanned:
    """The sequences of a folder that is to have some. Raises DataRootError where it has none."""
    scanned = scan_folder(folder)
    if scanned.sequences:
        return scanned
    if scanned.without_boxes:
        first = scanned.without_boxes[0]
        raise DataRootError(
            f"`{folder}` has frames, and no boxes: nothing says where the target is in `{first}`",
            f"put a file of boxes beside it, a line x,y,w,h a frame or one for the first: {first.stem}.txt",
        )
    raise DataRootError(
        f"`{folder}` has no sequences: it has neither videos nor folders of images",
        "a data set that is known is named, and its folder given: NAME --root DIR; `sotc data list` names them",
    )


def write_manifest(sequences: tuple[SequenceFiles, ...], path: Path) -> None:
    """A manifest of these sequences, with paths relative to it. Raises WriteError."""
    flagged = any(files.absent for files in sequences)
    names = ("name", "frames", "boxes", *(("absent",) if flagged else ()))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for files in sequences:
        absent = files.absent[0] if files.absent else None
        places = (files.frames, files.boxes, *((absent,) if flagged else ()))
        writer.writerow((files.name, *(relative(place, path.parent) for place in places)))
    write_text(path, text.getvalue())


def relative(place: Path | None, folder: Path) -> str:
    """A path as it is written into a manifest in `folder`."""
    return "" if place is None else Path(os.path.relpath(place, folder)).as_posix()
