"""What VOT's measures work on, and what they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .raster import Drawing, region_overlap
from .regions import FAILED, INITIALISED, UNKNOWN, Mark, Region, is_empty

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Sums = Mapping[str, Floats]
"""by name; of many sets at once, each has their number in front: [D] or [D, N]"""


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
    video: str = ""
    """that it is an object of, where a video has several; empty for one that is a sequence by itself"""


@dataclass(frozen=True)
class VotSequenceScore:
    """A tracker in one sequence."""

    measures: Mapping[str, float]
    curves: Mapping[str, Floats] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    """what of a sequence can be added up: the measures of a set are read off the sums over its sequences"""


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


def added(scores: Iterable[VotSequenceScore]) -> Sums:
    """The sums over these sequences."""
    of = [score.sums for score in scores]
    return {key: np.sum([sums[key] for sums in of], axis=0) for key in of[0]}


def quotient(part: Floats, whole: Floats, of_nothing: float = float("nan")) -> Floats:
    """Element by element; `of_nothing` where the whole is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    found = np.full(np.broadcast_shapes(part.shape, whole.shape), of_nothing)
    np.divide(part, whole, out=found, where=whole != 0)
    return found


def mean_between(curve: Floats, low: int, high: int) -> Floats:
    """The mean of curve[low:high], or of as much of it as there is; NaN of nothing: [..., N] -> [...]"""
    kept = curve[..., low:high]
    return np.asarray(kept.mean(axis=-1)) if kept.shape[-1] else np.full(curve.shape[:-1], np.nan)


def numbers(measures: Mapping[str, Floats]) -> dict[str, float]:
    """Those of one set."""
    return {key: float(value) for key, value in measures.items()}


def mean(values: Floats, of_nothing: float = float("nan")) -> float:
    return float(values.mean()) if len(values) else of_nothing
