"""Results of the VOT toolkit: a folder an experiment, in it one a sequence, with a file of regions a run.

The first line of a file is `1`, the start; `2` is a failure, after which a supervised experiment begins again. Only
runs without such are boxes for each frame; regions that are polygons or masks count by their bounds.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from ..box_files import read_numbers
from ..datasets.regions import bounds_of
from ..metrics.errors import VotError
from ..metrics.regions import BINARY, FAILED, Mark, Region, read_regions
from ..metrics.vot_files import ANCHOR_DIGITS, from_anchors, repetitions
from .errors import ResultsError
from .results import FileTable, Floats, Results, RunFiles

ANCHORED = re.compile(rf"_\d{{{ANCHOR_DIGITS}}}$")

OBJECT = re.compile(r"_\d{3}$")
"""Behind the name of an object: which run it is."""

UNBROKEN = ("unsupervised", "longterm", "baseline", "realtime")
"""Experiments that are looked for, the first that is there being taken."""


def experiments(folder: Path) -> tuple[Path, dict[str, tuple[Path, ...]]] | None:
    """The experiment in a tracker's folder whose boxes are looked at, with its files; None where there is none."""
    names = [place.name for place in sorted(folder.iterdir()) if place.is_dir()]
    for name in sorted(
        names, key=lambda name: (UNBROKEN.index(name) if name in UNBROKEN else len(UNBROKEN), name)
    ):
        found = vot_files(folder / name)
        if found:
            return folder / name, found
    return None


def vot_files(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files of runs by sequence: repetitions, or else those from anchors; none for what is no experiment."""
    found = {}
    for place in sorted(folder.iterdir()):
        if place.is_dir():
            for name, stem in ((place.name, place.name), *objects_in(place)):
                files = repetitions(place, stem) or from_anchors(place, stem)
                if files and begins_as_vot(files[0]):
                    found[name] = tuple(files)
    return found


def objects_in(place: Path) -> list[tuple[str, str]]:
    """`NAME.OBJECT` and `NAME_OBJECT` of each object of a sequence that has several."""
    stems = {OBJECT.sub("", path.stem) for path in place.glob(f"{glob.escape(place.name)}_*_*")}
    labels = sorted(stem.removeprefix(f"{place.name}_") for stem in stems)
    return [(f"{place.name}.{label}", f"{place.name}_{label}") for label in labels if label]


def begins_as_vot(path: Path) -> bool:
    """Whether it is the toolkit's binary form, or begins with its mark of a start, `1`."""
    if path.suffix == BINARY:
        return True
    with path.open(encoding="utf-8", errors="replace") as stream:
        return stream.readline().strip() in ("0", "1")


def vot_results(folder: Path, paths: Mapping[str, tuple[Path, ...]], named: Path) -> Results:
    """One experiment: `folder` is TRACKER/EXPERIMENT, and `named` what the user named of the two."""

    def run(index: int) -> RunFiles:
        own = {name: files[index] for name, files in paths.items() if index < len(files)}
        scores = {name: path.with_name(f"{path.stem}_confidence.value") for name, path in own.items()}
        times = {name: path.with_name(f"{path.stem}_time.value") for name, path in own.items()}
        return RunFiles(
            FileTable(own, read_unbroken),
            FileTable({name: path for name, path in scores.items() if path.is_file()}, read_numbers),
            FileTable({name: path for name, path in times.items() if path.is_file()}, read_numbers),
        )

    runs = tuple(run(index) for index in range(max(map(len, paths.values()))))
    return Results(folder.resolve().parent.name, None, "vot", folder, runs, None, named)


def read_unbroken(path: Path) -> Floats:
    """The bounds of each frame's region, NaN in the first.

    Raises ResultsError where the tracker was started again, or not at the first frame.
    """
    try:
        regions = read_regions(path)
    except VotError as error:
        raise ResultsError(error.message, error.remedy) from None
    if Mark(FAILED) in [region for region in regions if isinstance(region, Mark)] or ANCHORED.search(
        path.stem
    ):
        raise ResultsError(
            f"`{path}` is no single pass: the tracker was started again after failures, or from an anchor",
            "score such by VOT's own measures: `sotc metrics --profile vot-toolkit`, or vot-toolkit:vot2020",
        )
    return boxes_of(regions)


def boxes_of(regions: Iterable[Region]) -> Floats:
    """Bounds, NaN for marks and empty regions: [T, 4]"""
    return np.array([bounds_of(region) for region in regions], np.float64).reshape(-1, 4)
