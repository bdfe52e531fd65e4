"""Accuracy, robustness and expected average overlap (EAO) of runs that are started again after each failure.

VOT2013 to VOT2019: Kristan et al., "A Novel Performance Evaluation Methodology for Single-Target Trackers", 2016.
"""

from __future__ import annotations

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
    initialised,
    mean,
    mean_between,
    numbers,
    overlaps_of,
    quotient,
)

Floats = NDArray[np.float64]

SENSITIVITY = 30
"""of the axis of robustness in the plot of accuracy and robustness: exp(-30 * failures / frames)"""


def supervised(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """As vot-toolkit has it, and MMTracking after it."""
    of = {each.name: [overlaps_in(profile, each, run) for run in each.runs] for each in sequences}
    fragments = {each.name: fragments_of_all(of[each.name], each.runs) for each in sequences}
    longest = max((len(overlaps) for parts in fragments.values() for overlaps, _ in parts), default=1)
    scores = {
        each.name: one(profile, each, of[each.name], fragments[each.name], longest) for each in sequences
    }
    sums = added(scores.values())
    return VotScore(profile.name, numbers(read(profile, sums)), {"eao": curve(sums)}, {}, scores)


def overlaps_in(profile: VotProfile, sequence: VotSequence, run: VotRun) -> Floats:
    last = (sequence.size[0] - 1, sequence.size[1] - 1)
    return overlaps_of(profile.drawing, sequence.truth, run.regions, last)


def one(
    profile: VotProfile,
    sequence: VotSequence,
    overlaps: list[Floats],
    fragments: list[tuple[Floats, bool]],
    longest: int,
) -> VotSequenceScore:
    """A sequence's score; its `overlaps` are by run."""
    frames = len(sequence.truth)
    # Repetitions are means of means, however many frames of each count; without any, accuracy is 0.
    each = [mean(of[counts(profile, run)], 0.0) for of, run in zip(overlaps, sequence.runs, strict=True)]
    accuracy, failures = (
        float(np.mean(each)),
        float(np.mean([len(failed(run.regions)) for run in sequence.runs])),
    )
    total, active = expected_overlaps(fragments, longest)
    measures = {
        "accuracy": accuracy,
        "failures": failures,
        "robustness": failures / frames * 100 if profile.share_of_frames else failures,
        "reliability": float(np.exp(-SENSITIVITY * failures / frames)),
    }
    scalars = {
        "sequences": 1.0,
        "frames": float(frames),
        "failures": failures,
        "weighted_failures": failures * frames,
        "weighted_accuracy": accuracy * frames,
    }
    sums = {key: np.array(value) for key, value in scalars.items()}
    return VotSequenceScore(measures, {}, {}, {**sums, "overlap": total, "active": active})


def read(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measures of a set, off the sums over its sequences: means weighted by the sequences' lengths."""
    frames, failures = sums["frames"], quotient(sums["weighted_failures"], sums["frames"])
    low, high = profile.interval
    return {
        "eao": mean_between(curve(sums), low, high + 1),
        "accuracy": quotient(sums["weighted_accuracy"], frames),
        "robustness": quotient(sums["failures"], frames) * 100 if profile.share_of_frames else failures,
        "reliability": np.exp(-SENSITIVITY * failures / quotient(frames, sums["sequences"])),
        "failures": sums["failures"],
    }


def curve(sums: Sums) -> Floats:
    """The expected overlap of a sequence by its length."""
    return sums["overlap"] / np.maximum(sums["active"], 1)


def counts(profile: VotProfile, run: VotRun) -> NDArray[np.bool_]:
    """[T]: the frames that count for accuracy: with a region, and not just after a start."""
    keep = np.array([not isinstance(region, Mark) for region in run.regions])
    for start in initialised(run.regions):
        keep[start : start + profile.burn_in] = False
    return keep


def fragments_of(overlaps: Floats, run: VotRun) -> list[tuple[Floats, bool]]:
    """Overlaps from each start up to the failure (not with it) or the end, and whether it failed."""
    ends = failed(run.regions)
    found = []
    for start in initialised(run.regions):
        end = next((frame for frame in ends if frame > start), None)
        found.append((overlaps[start:end], end is not None))
    return found


def fragments_of_all(overlaps: list[Floats], runs: tuple[VotRun, ...]) -> list[tuple[Floats, bool]]:
    """Those of all runs over a sequence."""
    return [part for of, run in zip(overlaps, runs, strict=True) for part in fragments_of(of, run)]


def expected_overlaps(fragments: list[tuple[Floats, bool]], longest: int) -> tuple[Floats, Floats]:
    """By length, up to the longest fragment's: mean overlaps of fragments, added up, and how many those are.

    A fragment that failed goes on with overlaps of 0. The frame of the start is not counted.
    """
    total, active = np.zeros(longest), np.zeros(longest)
    for overlaps, has_failed in fragments:
        reached = longest if has_failed else len(overlaps)
        going_on = np.zeros(reached)
        going_on[: len(overlaps)] = overlaps
        total[1:reached] += np.cumsum(going_on[1:]) / np.arange(1, reached)
        active[1:reached] += 1
    return total, active
