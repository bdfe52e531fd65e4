"""The measures of vot_supervised.py as PySOT has them: frames pooled, and fragments cut elsewhere."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .regions import Mark
from .vot_profile import VotProfile
from .vot_score import (
    Sums,
    VotRun,
    VotScore,
    VotSequence,
    VotSequenceScore,
    added,
    failed,
    mean_between,
    numbers,
    overlaps_of,
    quotient,
)
from .vot_supervised import counts

Floats = NDArray[np.float64]

AFTER_FAILURE = 5
"""so many frames after a failure the tracker is started again; PySOT counts on it, vot-toolkit reads the marks"""


def supervised_pysot(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """As PySOT has it: accuracy over all frames of all sequences at once, and fragments cut elsewhere."""
    longest = max(len(sequence.truth) for sequence in sequences)
    scores = {sequence.name: one(profile, sequence, longest) for sequence in sequences}
    sums = added(scores.values())
    return VotScore(profile.name, numbers(read_pysot(profile, sums)), {"eao": curve(sums)}, {}, scores)


def one(profile: VotProfile, sequence: VotSequence, longest: int) -> VotSequenceScore:
    """A sequence's score."""
    (width, height), frames = sequence.size, len(sequence.truth)
    whole_runs = [regions_or_nan(profile, sequence, run, (width, height)) for run in sequence.runs]
    for of, run in zip(whole_runs, sequence.runs, strict=True):
        of[~counts(profile, run)] = np.nan
    mean_run = nan_mean(np.stack(whole_runs))
    failures = float(np.mean([len(failed(run.regions)) for run in sequence.runs]))
    fragments = []
    for run in sequence.runs:
        # One pixel less than for accuracy: PySOT passes the frame's size there, and the last pixel here.
        overlaps = regions_or_nan(profile, sequence, run, (width - 1, height - 1))
        fragments += [(part, ended, of / len(sequence.runs)) for part, ended, of in pieces(overlaps, run)]
    total, active = expected_overlaps_pysot(fragments, longest)
    measures = {
        "accuracy": float(nan_mean(mean_run)),
        "failures": failures,
        "robustness": failures / frames * 100,
    }
    scalars = {
        "frames": float(frames),
        "failures": failures,
        "accurate": float(np.nansum(mean_run)),
        "counted": float((~np.isnan(mean_run)).sum()),
    }
    sums = {key: np.array(value) for key, value in scalars.items()}
    return VotSequenceScore(
        measures, {"overlaps": mean_run}, {}, {**sums, "overlap": total, "active": active}
    )


def read_pysot(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measures of a set, off the sums over its sequences."""
    low, high = profile.interval
    return {
        # one less than in vot-toolkit, whose curve is counted from 0, too
        "eao": mean_between(curve(sums), low - 1, high),
        "accuracy": quotient(sums["accurate"], sums["counted"]),
        "robustness": quotient(sums["failures"], sums["frames"]) * 100,
        "failures": sums["failures"],
    }


def curve(sums: Sums) -> Floats:
    """The expected overlap of a sequence by its length; that of length 0 is 1."""
    found = quotient(sums["overlap"], sums["active"], 0.0)
    found[..., 0] = 1.0
    return found


def regions_or_nan(profile: VotProfile, sequence: VotSequence, run: VotRun, last: tuple[int, int]) -> Floats:
    """Overlaps, NaN in frames without a region: [T]"""
    overlaps = overlaps_of(profile.drawing, sequence.truth, run.regions, last)
    overlaps[[isinstance(region, Mark) for region in run.regions]] = np.nan
    return overlaps


def nan_mean(values: Floats) -> Floats:
    """The mean over the first axis of what is not NaN; NaN of nothing."""
    known = ~np.isnan(values)
    number = known.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.where(number, number, np.nan))


def pieces(overlaps: Floats, run: VotRun) -> list[tuple[Floats, bool, float]]:
    """Overlaps from the first frame, and from each fifth after a failure, to the next such frame, that included.

    With each, whether it failed, and its weight: below 1 only where the fifth frame after a failure is one past the
    end, since that one is counted and not there. Frames without a region are 0 within them.
    """
    starts = [
        frame + AFTER_FAILURE for frame in failed(run.regions) if frame + AFTER_FAILURE <= len(overlaps)
    ]
    if not failed(run.regions):
        return [(overlaps, False, 1.0)]
    bounds = [0, *starts]
    known = np.nan_to_num(overlaps, nan=0.0)
    found = []
    for begin, end in pairwise(bounds):
        part = known[begin : end + 1]
        found.append((part, True, len(part) / (end - begin + 1)))
    return [*found, (known[bounds[-1] :], False, 1.0)]


def expected_overlaps_pysot(
    fragments: list[tuple[Floats, bool, float]], longest: int
) -> tuple[Floats, Floats]:
    """As `expected_overlaps`, over fragments with weights."""
    total, weight = np.zeros(longest), np.zeros(longest)
    for overlaps, has_failed, share in fragments:
        reached = longest if has_failed else len(overlaps)
        going_on = np.zeros(reached)
        going_on[: min(len(overlaps), reached)] = overlaps[:reached]
        value = np.cumsum(going_on[1:]) / np.arange(1, reached) if reached > 1 else going_on[1:]
        known = ~np.isnan(going_on[1:])
        total[1:reached][known] += share * value[known]
        weight[1:reached][known] += share
    return total, weight
