"""Accuracy, robustness and expected average overlap (EAO) of runs from anchors, none of which is stopped.

VOT2020 to VOT2022: Kristan et al., "The Eighth Visual Object Tracking VOT2020 Challenge Results", section 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .vot_profile import VotProfile
from .vot_score import (
    Sums,
    VotScore,
    VotSequence,
    VotSequenceScore,
    added,
    mean_between,
    numbers,
    overlaps_of,
    quotient,
    shown,
    target_there,
)

Floats = NDArray[np.float64]

FAILED_AT = 0.1
"""an overlap no larger than this may be the beginning of a failure"""
PATIENCE = 10
"""so many of them in a row are one, on frames with a target"""


def multistart(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Measures and the curve of EAO."""
    scores = {sequence.name: one(profile, sequence, profile.interval[1]) for sequence in sequences}
    sums = added(scores.values())
    return VotScore(profile.name, numbers(read(profile, sums)), {"eao": curve(sums)}, {}, scores)


def one(profile: VotProfile, sequence: VotSequence, longest: int) -> VotSequenceScore:
    """A sequence's score, with its curve of overlaps by length, and how many runs are in each value of it."""
    last = (sequence.size[0] - 1, sequence.size[1] - 1)
    total, active = np.zeros(longest), np.zeros(longest)
    overlap, kept, frames = 0.0, 0, 0
    for run in sequence.runs:
        truth = shown(sequence, run)
        overlaps = overlaps_of(profile.drawing, truth, run.regions, last)
        end = failure(overlaps, target_there(truth))
        # The frame of the start has no region, and so counts as an overlap of 0.
        overlap, kept, frames = overlap + float(overlaps[:end].sum()), kept + end, frames + len(overlaps)
        values = by_length(overlaps, end, longest)
        total[: len(values)] += values
        active[1 : len(values)] += 1
    measures = {
        "accuracy": overlap / kept if kept else 0.0,  # as the toolkit has it where every run fails at once
        "robustness": kept / frames if frames else float("nan"),
    }
    length = len(sequence.truth)
    scalars = {
        "kept_overlap": overlap,
        "kept": float(kept),
        "frames": float(length),
        "weighted_robustness": measures["robustness"] * length,
    }
    sums = {key: np.array(value) for key, value in scalars.items()} | {"overlap": total, "active": active}
    counts = {"frames_before_failure": kept, "frames": frames}
    return VotSequenceScore(measures, {"eao": curve(sums)}, counts, sums)


def read(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measures of a set, off the sums over its sequences."""
    low, high = profile.interval
    return {
        "eao": mean_between(curve(sums), low, high),
        "accuracy": quotient(sums["kept_overlap"], sums["kept"], 0.0),
        "robustness": quotient(sums["weighted_robustness"], sums["frames"]),
    }


def curve(sums: Sums) -> Floats:
    """The expected overlap of a run by its length."""
    return sums["overlap"] / np.maximum(sums["active"], 1)


def failure(overlaps: Floats, there: NDArray[np.bool_]) -> int:
    """The frame at which a run fails: the first of ten poor ones in a row; its length where it never does."""
    poor = 0
    for frame, (overlap, has_target) in enumerate(zip(overlaps.tolist(), there.tolist(), strict=True)):
        poor = poor + 1 if overlap <= FAILED_AT and has_target else 0
        if poor == PATIENCE:
            return frame - PATIENCE + 1
    return len(overlaps)


def by_length(overlaps: Floats, end: int, longest: int) -> Floats:
    """The mean overlap of frames 1 .. j at index j; after a failure with overlaps of 0, for all lengths."""
    kept = np.where(np.arange(len(overlaps)) < end, overlaps, 0.0)
    reached = min(len(kept), longest)
    values = np.zeros(longest if end < len(kept) else reached)
    values[1:reached] = np.cumsum(kept[1:reached]) / np.arange(1, reached)
    if len(values) > reached:
        # Past the sequence's own end vot-toolkit divides by one less than the length.
        beyond = np.arange(reached, longest)
        values[reached:] = kept[1:].sum() / np.maximum(beyond - 1, 1)
    return values
