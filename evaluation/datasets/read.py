"""A sequence, read from its files; and the anchors of VOT's, for runs that start at several frames."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..sequence import FrameFiles, Sequence
from .errors import SequenceError
from .files import BoxFormat, SequenceFiles
from .truth import read_flags, read_truth


def read_sequence(files: SequenceFiles, first_pixel: int = 0) -> Sequence:
    """Frames listed, truth read. Raises SequenceError where something is missing or does not fit together."""
    frames, truth = read_truth(files)
    if not np.isfinite(truth.boxes[0]).all():
        raise SequenceError(
            f"`{files.name}` has no box in its first frame: {files.boxes or files.origin}",
            "a tracker is started there; give a range that begins with a box",
        )
    return Sequence(files.name, frames, truth, attributes_of(files), regions_of(files), first_pixel)


def regions_of(files: SequenceFiles) -> tuple[Path, ...]:
    """The file of regions, where the truth is more than boxes."""
    return (files.boxes,) if files.format is BoxFormat.REGIONS and files.boxes is not None else ()


def attributes_of(files: SequenceFiles) -> tuple[str, ...]:
    """The attributes of a sequence, in the data set's order; VOT's tags by name."""
    found = list(files.attributes)
    if files.attribute_flags is not None:
        flags = read_flags(files.attribute_flags)
        if len(flags) != len(files.attribute_names):
            raise SequenceError(
                f"`{files.attribute_flags}` has {len(flags)} flags for {len(files.attribute_names)} attributes",
                f"they are {' '.join(files.attribute_names)}",
            )
        found += [name for name, flag in zip(files.attribute_names, flags, strict=True) if flag]
    if files.attribute_words is not None:
        text = files.attribute_words.read_text(encoding="utf-8", errors="replace")
        found += text.replace(",", " ").split()
    if files.described and files.information is not None and files.information.is_file():
        found += described_by(files.information, files.described)
    if files.tags is not None and files.tags.is_dir():
        tags = sorted(path for path in files.tags.iterdir() if path.suffix in (".tag", ".label"))
        found += [path.stem for path in tags if read_flags(path, most=1).any()]
    return tuple(dict.fromkeys(found))


def described_by(path: Path, keys: tuple[str, ...]) -> list[str]:
    """The values of these entries, `key: value` or `key = value` a line, in the order of the keys."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    entries = dict(
        re.split(r"\s*[:=]\s*", line.strip(), maxsplit=1) for line in lines if re.search("[:=]", line)
    )
    return [entries[key] for key in keys if entries.get(key)]


def read_anchors(sequence: Sequence) -> NDArray[np.int64]:
    """[T] of a sequence of VOT: above zero where a run starts and goes on, below zero where it goes back.

    Without an `anchor.value` beside the regions, the only run starts at the first frame. Raises SequenceError.
    """
    frames = len(sequence)
    path = anchor_file(sequence)
    if path is None:
        return np.array([1] + [0] * (frames - 1), np.int64)
    try:
        anchors = np.array([int(float(line)) for line in path.read_text(encoding="utf-8").split()], np.int64)
    except ValueError:
        raise SequenceError(f"`{path}` is no file of anchors", "a whole number for each frame") from None
    if len(anchors) > frames or not anchors.any():
        raise SequenceError(
            f"`{path}` has {len(anchors)} anchors, and `{sequence.name}` {frames} frames",
            "a whole number for each frame is expected, not all of them 0",
        )
    return np.concatenate((anchors, np.zeros(frames - len(anchors), np.int64)))


def anchor_file(sequence: Sequence) -> Path | None:
    """`anchor.value` beside the regions of a sequence; None where there is none."""
    beside = next((path.parent for path in sequence.regions), None)
    if beside is None and isinstance(sequence.frames, FrameFiles):
        beside = sequence.frames.paths[0].parent
    path = None if beside is None else beside / "anchor.value"
    return path if path is not None and path.is_file() else None
