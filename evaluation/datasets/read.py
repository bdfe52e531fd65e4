"""A sequence, read from its files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..sequence import Sequence
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
