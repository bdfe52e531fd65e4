"""What VOT's measures work on, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .raster import Drawing, region_overlap
from .regions import FAILED, INITIALISED, UNKNOWN, Mark, Region, is_empty

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class VotRun:
    """One run of a tracker: a region for each frame, in the order in which the frames were shown."""

    regions: tuple[Region, ...]
    confidence: Floats | None = None
    """[T]: NaN where the tracker gave none"""
    anchor: int = 0
    """the frame that it was started on"""
    backward: bool = False


@dataclass(frozen=True)
class VotSequence:
    """A sequence of a VOT data set, and what a tracker made of it."""

    name: str
    truth: tuple[Region, ...]
    size: tuple[int, int]
    """width and height of the frames"""
    runs: tuple[VotRun, ...]


@dataclass(frozen=True)
class VotSequenceScore:
    """A tracker in one sequence."""

    measures: Mapping[str, float]
    curves: Mapping[str, Floats] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class VotScore:
    """A tracker on a VOT data set."""

    profile: str
    measures: Mapping[str, float]
    curves: Mapping[str, Floats]
    counts: Mapping[str, int]
    sequences: Mapping[str, VotSequenceScore]


def shown(sequence: VotSequence, run: VotRun) -> tuple[Region, ...]:
    """The truth in the order of a run's frames."""
    if run.backward:
        return sequence.truth[run.anchor :: -1]
    return sequence.truth[run.anchor :]


def overlaps_of(
    drawing: Drawing, truth: tuple[Region, ...], regions: tuple[Region, ...], last: tuple[int, int]
) -> Floats:
    """The overlap in each frame: [T]. 0 in frames with a mark."""
    pairs = zip(truth, regions, strict=True)
    return np.array([region_overlap(drawing, goal, found, last) for goal, found in pairs])


def without_region(region: Region) -> bool:
    """Whether no target is said to be in a frame."""
    return isinstance(region, Mark) or is_empty(region)


def overlaps_with_absence(sequence: VotSequence, run: VotRun) -> Floats:
    """As `overlaps_of`, but 1 where neither truth nor tracker has a target: [T]."""
    last = (sequence.size[0] - 1, sequence.size[1] - 1)
    truth = shown(sequence, run)
    overlaps = overlaps_of("vot-toolkit", truth, run.regions, last)
    agreed = [
        without_region(goal) and without_region(found) for goal, found in zip(truth, run.regions, strict=True)
    ]
    return np.where(agreed, 1.0, overlaps)


def marked(regions: tuple[Region, ...], code: int) -> Bools:
    """[T]: which frames have this mark."""
    return np.array([isinstance(region, Mark) and region.code == code for region in regions])


def initialised(regions: tuple[Region, ...]) -> list[int]:
    return np.flatnonzero(marked(regions, INITIALISED)).tolist()


def failed(regions: tuple[Region, ...]) -> list[int]:
    return np.flatnonzero(marked(regions, FAILED)).tolist()


def unknown(regions: tuple[Region, ...]) -> Bools:
    return marked(regions, UNKNOWN)


def target_there(truth: tuple[Region, ...]) -> Bools:
    """[T]"""
    return np.array([not without_region(region) for region in truth])


def weighted(values: list[float], weights: list[float]) -> float:
    """Their mean under weights; NaN where those sum to 0."""
    total = float(np.sum(weights))
    return float(np.dot(values, weights)) / total if total else float("nan")


def mean(values: Floats, of_nothing: float = float("nan")) -> float:
    return float(values.mean()) if len(values) else of_nothing
