"""Accuracy, robustness and expected average overlap (EAO) of runs that are started again after each failure.

VOT2013 to VOT2019: Kristan et al., "A Novel Performance Evaluation Methodology for Single-Target Trackers", 2016.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .regions import Mark
from .vot_profile import BURN_IN, VotProfile
from .vot_score import (
    VotRun,
    VotScore,
    VotSequence,
    VotSequenceScore,
    failed,
    initialised,
    mean,
    overlaps_of,
    weighted,
)

Floats = NDArray[np.float64]

SENSITIVITY = 30
"""of the axis of robustness in the plot of accuracy and robustness: exp(-30 * failures / frames)"""


def supervised(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """As vot-toolkit has it, and MMTracking after it."""
    scores, fragments = {}, []
    for sequence in sequences:
        last = (sequence.size[0] - 1, sequence.size[1] - 1)
        overlaps = [overlaps_of(profile.drawing, sequence.truth, run.regions, last) for run in sequence.runs]
        # Repetitions are means of means, however many frames of each count; without any, accuracy is 0.
        accuracy = [mean(of[counts(run)], 0.0) for of, run in zip(overlaps, sequence.runs, strict=True)]
        failures = float(np.mean([len(failed(run.regions)) for run in sequence.runs]))
        reliability = float(np.exp(-SENSITIVITY * failures / len(sequence.truth)))
        measures = {
            "accuracy": float(np.mean(accuracy)),
            "failures": failures,
            "robustness": robustness(profile, failures, len(sequence.truth)),
            "reliability": reliability,
        }
        scores[sequence.name] = VotSequenceScore(measures)
        for of, run in zip(overlaps, sequence.runs, strict=True):
            fragments += fragments_of(of, run)
    return whole(profile, sequences, scores, expected_overlaps(fragments))


def whole(
    profile: VotProfile, sequences: list[VotSequence], scores: dict[str, VotSequenceScore], curve: Floats
) -> VotScore:
    """Means weighted by the sequences' lengths."""
    lengths = [float(len(sequence.truth)) for sequence in sequences]
    of = list(scores.values())
    failures = weighted([score.measures["failures"] for score in of], lengths)
    total = float(sum(score.measures["failures"] for score in of))
    low, high = profile.interval
    measures = {
        "eao": mean(curve[low : high + 1]),
        "accuracy": weighted([score.measures["accuracy"] for score in of], lengths),
        "robustness": robustness(profile, total, sum(lengths)) if profile.share_of_frames else failures,
        "reliability": float(np.exp(-SENSITIVITY * failures / np.mean(lengths))),
        "failures": total,
    }
    return VotScore(profile.name, measures, {"eao": curve}, {}, scores)


def robustness(profile: VotProfile, failures: float, frames: float) -> float:
    """Failures in a hundred frames, or as they are."""
    return failures / frames * 100 if profile.share_of_frames else failures


def counts(run: VotRun) -> NDArray[np.bool_]:
    """[T]: the frames that count for accuracy: with a region, and not just after a start."""
    keep = np.array([not isinstance(region, Mark) for region in run.regions])
    for start in initialised(run.regions):
        keep[start : start + BURN_IN] = False
    return keep


def fragments_of(overlaps: Floats, run: VotRun) -> list[tuple[Floats, bool]]:
    """Overlaps from each start up to the failure (not with it) or the end, and whether it failed."""
    ends = failed(run.regions)
    found = []
    for start in initialised(run.regions):
        end = next((frame for frame in ends if frame > start), None)
        found.append((overlaps[start:end], end is not None))
    return found


def expected_overlaps(fragments: list[tuple[Floats, bool]]) -> Floats:
    """What overlap a sequence of a length has on the average, by length; as long as the longest fragment.

    A fragment that failed goes on with overlaps of 0. The frame of the start is not counted.
    """
    longest = max((len(overlaps) for overlaps, _ in fragments), default=1)
    total, active = np.zeros(longest), np.zeros(longest)
    for overlaps, has_failed in fragments:
        reached = longest if has_failed else len(overlaps)
        going_on = np.zeros(reached)
        going_on[: len(overlaps)] = overlaps
        total[1:reached] += np.cumsum(going_on[1:]) / np.arange(1, reached)
        active[1:reached] += 1
    return total / np.maximum(active, 1)
