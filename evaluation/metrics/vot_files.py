"""Folders in VOT's layout: sequences with regions, and a tracker's runs over them.

Truth: NAME/groundtruth.txt, NAME/sequence (width, height) and, for runs from anchors, NAME/anchor.value; with several
objects NAME/groundtruth_OBJECT.txt, and each is a sequence `NAME.OBJECT`.
Results: NAME/NAME_001.txt, with NAME_001_confidence.value; NAME/NAME_00000050.txt for the run from anchor 50; of
several objects NAME/NAME_OBJECT_001.txt; or the same in the toolkit's binary form, `.bin`. They may stand in a folder
of their experiment (`baseline`, `longterm`).
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..box_files import read_numbers
from ..sequence import LARGEST_SIDE, is_frame_size
from .errors import UngradableError, UnmatchedError, VotError
from .regions import BINARY, read_regions
from .vot_profile import VotProfile
from .vot_score import VotRun, VotSequence

Floats = NDArray[np.float64]

TRUTH = "groundtruth"
SUFFIXES = (".txt", BINARY)
ANCHOR_DIGITS = 8
SHOWN = 5


def read_vot(
    profile: VotProfile, truth: Path, results: Path, size: tuple[int, int] | None = None
) -> tuple[list[VotSequence], list[str]]:
    """The sequences that have results, and the names of those that have none.

    `truth` is a folder of sequences or one of them; `size`, width and height, is for those that do not say theirs.

    Raises UnmatchedError where none has results, VotError for what does not read.
    """
    targets = targets_in(truth)
    runs_in = experiment(profile, results)
    sequences, missing = [], []
    for target in targets:
        files = runs_of(profile, target, runs_in)
        if files:
            sequences.append(read_sequence(profile, target, files, size))
        else:
            missing.append(target.name)
    if not sequences:
        raise UnmatchedError(
            f"`{runs_in}` has no run over any of {listed(missing)}",
            "results are NAME/NAME_001.txt, or NAME/NAME_00000050.txt for the run from anchor 50; or .bin",
        )
    return sequences, missing


@dataclass(frozen=True)
class Target:
    """What is tracked in a folder: its one object, or one of several."""

    folder: Path
    truth: Path
    """its file of regions"""
    label: str = ""
    """of the object, where there are several"""

    @property
    def name(self) -> str:
        """`ball`, or `ball.01` of several"""
        return f"{self.folder.name}.{self.label}" if self.label else self.folder.name

    @property
    def stem(self) -> str:
        """What the names of its files of results begin with."""
        return f"{self.folder.name}_{self.label}" if self.label else self.folder.name


def targets_in(truth: Path) -> list[Target]:
    """Those of a folder of sequences, or of one sequence. Raises UnmatchedError."""
    found = targets_of(truth) or [
        target for place in sorted(truth.glob("*")) if place.is_dir() for target in targets_of(place)
    ]
    if not found:
        raise UnmatchedError(f"`{truth}` has no sequence", "a folder of VOT has NAME/groundtruth.txt in it")
    return found


def targets_of(folder: Path) -> list[Target]:
    """Of one sequence; none where it is no sequence."""
    if (alone := folder / f"{TRUTH}.txt").is_file():
        return [Target(folder, alone)]
    files = sorted(folder.glob(f"{TRUTH}_*.txt"))
    if len(files) == 1:
        return [Target(folder, files[0])]
    return [Target(folder, path, path.stem.removeprefix(f"{TRUTH}_")) for path in files]


def experiment(profile: VotProfile, results: Path) -> Path:
    """The folder of the profile's experiment, or `results` itself."""
    if not results.is_dir():
        raise UnmatchedError(
            f"`{results}` is no folder of results", f"{profile.name} grades folders of VOT's layout"
        )
    return next((results / name for name in profile.folders if (results / name).is_dir()), results)


def runs_of(profile: VotProfile, target: Target, results: Path) -> list[Path]:
    """The files of a target's runs, in order; none where there is none. Raises VotError for a part of them."""
    folder, stem = target.folder, target.stem
    place = results / folder.name if (results / folder.name).is_dir() else results
    if profile.protocol != "multistart":
        return repetitions(place, stem) or one_of(place, stem)
    if not any(place.glob(f"{glob.escape(stem)}_*")):
        return []
    stems = [f"{stem}_{anchor:0{ANCHOR_DIGITS}d}" for anchor, _ in anchors(folder)]
    files = [one_of(place, stem) for stem in stems]
    lacking = [stem for stem, found in zip(stems, files, strict=True) if not found]
    if lacking and len(lacking) < len(files):
        raise VotError(
            f"`{place / lacking[0]}.txt` is not there", "each anchor needs its run: run the sequence again"
        )
    return [] if lacking else [file for (file,) in files]


def repetitions(place: Path, name: str) -> list[Path]:
    """`NAME_001` and further ones, each as text where both forms are there."""
    return numbered(place, name, 3)


def from_anchors(place: Path, name: str) -> list[Path]:
    """`NAME_00000000` and further ones, each as text where both forms are there."""
    return numbered(place, name, ANCHOR_DIGITS)


def numbered(place: Path, name: str, digits: int) -> list[Path]:
    by_stem: dict[str, Path] = {}
    for suffix in SUFFIXES:
        for path in place.glob(f"{glob.escape(name)}_{'[0-9]' * digits}{suffix}"):
            by_stem.setdefault(path.stem, path)
    return [by_stem[stem] for stem in sorted(by_stem)]


def one_of(place: Path, stem: str) -> list[Path]:
    """The one file of this name, as text where both forms are there; or none."""
    return [path for suffix in SUFFIXES if (path := place / f"{stem}{suffix}").is_file()][:1]


def anchors(folder: Path) -> list[tuple[int, bool]]:
    """The frames that runs start on, and whether they go backward. Raises VotError."""
    path = folder / "anchor.value"
    if not path.is_file():
        raise VotError(
            f"`{path}` is not there", "runs from anchors need it: 1 forward, -1 backward, 0 no anchor"
        )
    values = read_numbers(path)
    return [(int(frame), bool(values[frame] < 0)) for frame in np.flatnonzero(np.nan_to_num(values))]


def read_sequence(
    profile: VotProfile, target: Target, files: list[Path], size: tuple[int, int] | None
) -> VotSequence:
    folder = target.folder
    starts = anchors(folder) if profile.protocol == "multistart" else [(0, False)] * len(files)
    if profile.protocol in ("longterm", "vots", "unsupervised"):
        files = files[:1]  # further repetitions are not looked at there
    runs = []
    for file, (anchor, backward) in zip(files, starts, strict=False):
        regions = read_regions(file)
        confidence = confidence_of(file, len(regions)) if profile.protocol == "longterm" else None
        runs.append(VotRun(regions, confidence, anchor, backward))
    truth = read_regions(target.truth)
    return VotSequence(target.name, truth, size_of(folder, size), tuple(runs), folder.name)


def confidence_of(file: Path, frames: int) -> Floats | None:
    """[T] of a run's file, NaN from where the toolkit had no more to write; None without such. Raises VotError."""
    path = file.with_name(f"{file.stem}_confidence.value")
    if not path.is_file():
        return None
    values = read_numbers(path)
    if len(values) > frames:
        raise VotError(f"`{path}` has {len(values)} lines, and `{file.name}` {frames}", "run it again")
    return np.concatenate((values, np.full(frames - len(values), np.nan)))


def size_of(folder: Path, size: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height. Raises UngradableError."""
    path = folder / "sequence"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    try:
        found = int(said["width"]), int(said["height"])
    except (KeyError, ValueError):
        if size is not None:
            return size
    else:
        if is_frame_size(*found):
            return found
        raise UngradableError(
            f"`{path}` says that frames are {found[0]}x{found[1]} pixels",
            f"a side has 1 to {LARGEST_SIDE} pixels: mend it",
        )
    raise UngradableError(
        f"regions are cut at the frame, and `{path}` does not say its width and height",
        "say --size WIDTHxHEIGHT",
    )


def listed(names: list[str]) -> str:
    """`a, b, c and 4 more`"""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
