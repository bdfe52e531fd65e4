"""Truth and boxes in two files, or in two folders whose names match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..box_files import Polygons, read_boxes, read_covers, read_flags
from ..sequence import Truth
from .errors import UnmatchedError
from .vot_files import listed

BESIDE = re.compile(r"_(gt|pred|absent|cover|times?|scores?|confidence)$")
"""endings of files that belong to a sequence NAME; `_gt` and `_pred` are taken off"""

Sizes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Pair:
    """One sequence on disk."""

    name: str
    truth: Path
    boxes: Path
    absent: Path | None = None
    cover: Path | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Pairs:
    """What two folders have in common, and what only one of them has."""

    pairs: tuple[Pair, ...]
    only_truth: tuple[str, ...] = ()
    only_boxes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What is known of sequences besides their boxes: files, or folders of files; a size for all, or one for each."""

    absent: Path | None = None
    cover: Path | None = None
    size: tuple[int, int] | None = None
    sizes: Sizes = field(default_factory=dict)


def pair_up(truth: Path, boxes: Path, beside: Beside | None = None) -> Pairs:
    """Raises UnmatchedError where there is nothing to pair, or one is a file and the other a folder."""
    beside = Beside() if beside is None else beside
    for path in (truth, boxes, beside.absent, beside.cover):
        if path is not None and not path.exists():
            raise UnmatchedError(f"`{path}` is not there", "look at the path")
    if truth.is_dir() != boxes.is_dir():
        one, other = (truth, boxes) if truth.is_dir() else (boxes, truth)
        raise UnmatchedError(f"`{one}` is a folder and `{other}` a file", "name two files, or two folders")
    if not truth.is_dir():
        name = BESIDE.sub("", boxes.stem if truth.stem.startswith("groundtruth") else truth.stem)
        size = beside.sizes.get(name, beside.size)
        return Pairs((Pair(name, truth, boxes, beside.absent, beside.cover, size),))
    goals, found = truths_in(truth), boxes_in(boxes)
    for folder, files in ((truth, goals), (boxes, found)):
        if not files:
            raise UnmatchedError(
                f"`{folder}` has no file of boxes", "NAME.txt, NAME_gt.txt, NAME/groundtruth.txt; see --help"
            )
    names = sorted(goals.keys() & found.keys())
    if not names:
        raise UnmatchedError(
            f"no name in `{truth}` is one in `{boxes}`: {listed(sorted(goals))}; {listed(sorted(found))}",
            "names match as NAME.txt, NAME_gt.txt and NAME_pred.txt, NAME/groundtruth.txt, NAME/NAME_001.txt",
        )
    pairs = []
    for name in names:
        absent = beside_of(beside.absent, name, "absent", "absence.label")
        cover = beside_of(beside.cover, name, "cover", "cover.label")
        size = beside.sizes.get(name, beside.size)
        pairs.append(Pair(name, goals[name], found[name], absent, cover, size))
    return Pairs(
        tuple(pairs), tuple(sorted(goals.keys() - found.keys())), tuple(sorted(found.keys() - goals.keys()))
    )


def truths_in(folder: Path) -> dict[str, Path]:
    """NAME_gt.txt where there is one; otherwise NAME.txt and NAME/groundtruth.txt, CLASS/NAME/groundtruth.txt."""
    marked = {path.stem.removesuffix("_gt"): path for path in sorted(folder.glob("*_gt.txt"))}
    if marked:
        return marked
    deep = [*folder.glob("*/groundtruth*.txt"), *folder.glob("*/*/groundtruth*.txt")]
    return {**{path.parent.name: path for path in sorted(deep, reverse=True)}, **plain_in(folder)}


def boxes_in(folder: Path) -> dict[str, Path]:
    """NAME_pred.txt where there is one; otherwise NAME.txt and NAME/NAME_001.txt."""
    marked = {path.stem.removesuffix("_pred"): path for path in sorted(folder.glob("*_pred.txt"))}
    if marked:
        return marked
    deep = {
        path.parent.name: path
        for path in folder.glob("*/*_001.txt")
        if path.stem == f"{path.parent.name}_001"
    }
    return {**deep, **plain_in(folder)}


def plain_in(folder: Path) -> dict[str, Path]:
    """NAME.txt, but not NAME_time.txt and the like."""
    files = {path.stem: path for path in sorted(folder.glob("*.txt")) if path.is_file()}
    return {
        name: path
        for name, path in files.items()
        if BESIDE.sub("", name) == name or BESIDE.sub("", name) not in files
    }


def beside_of(place: Path | None, name: str, ending: str, label: str) -> Path | None:
    """A sequence's file in a folder of them. Raises UnmatchedError where there is none."""
    if place is None:
        return None
    if not place.is_dir():
        raise UnmatchedError(
            f"`{place}` is a file, and there are several sequences", f"name a folder with NAME_{ending}.txt"
        )
    candidates = (
        place / f"{name}_{ending}.txt",
        place / name / label,
        place / name / f"{ending}.txt",
        place / f"{name}.txt",
    )
    for path in candidates:
        if path.is_file():
            return path
    raise UnmatchedError(
        f"`{place}` has none for {name}", f"{name}_{ending}.txt, {name}/{label} or {name}.txt is looked for"
    )


def read_truth(pair: Pair, polygons: Polygons = "refuse") -> Truth:
    """Raises BoxFileError."""
    absent = None if pair.absent is None else read_flags(pair.absent)
    cover = None if pair.cover is None else read_covers(pair.cover)
    return Truth(read_boxes(pair.truth, polygons), absent, cover, pair.size)


def padded(boxes: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """With boxes 0,0,0,0 for the frames that have none."""
    missing = max(0, length - len(boxes))
    return np.concatenate([boxes, np.zeros((missing, 4))]) if missing else boxes
