"""VOTS' quality and kinds of error, and the mean overlap of a run that nobody stops.

Kristan et al., "The First Visual Object Tracking Segmentation VOTS2023 Challenge Results", section 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .vot_profile import VotProfile
from .vot_score import (
    Bools,
    VotScore,
    VotSequence,
    VotSequenceScore,
    initialised,
    mean,
    overlaps_with_absence,
    shown,
    target_there,
    unknown,
    weighted,
    without_region,
)

Floats = NDArray[np.float64]

UNSUPERVISED_BURN_IN = 1
"""the start of a run that nobody stops does not count"""


def vots(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Every sequence weighs the same, however long it is."""
    scores = {sequence.name: quality(sequence) for sequence in sequences}
    of = list(scores.values())
    measures = {}
    for key in of[0].measures:
        known = [score.measures[key] for score in of if not np.isnan(score.measures[key])]
        measures[key] = mean(np.array(known))
    counts = {key: sum(score.counts[key] for score in of) for key in of[0].counts}
    return VotScore(profile.name, measures, {}, counts, scores)


def quality(sequence: VotSequence) -> VotSequenceScore:
    """A sequence: each frame is tracked, drifted or missed with a target, hallucinated or noticed without one."""
    run = sequence.runs[0]
    truth = shown(sequence, run)
    overlaps = overlaps_with_absence(sequence, run)
    known, there = ~unknown(truth), target_there(truth)
    silent = np.array([without_region(region) for region in run.regions])
    absent = known & ~there
    tracked = int((there & (overlaps > 0)).sum())
    missed = int((there & silent).sum())
    drifted = int(there.sum()) - tracked - missed
    noticed = int((absent & silent).sum())
    hallucinated = int((absent & ~silent).sum())
    measures = {
        "quality": mean(overlaps[known]),
        "accuracy": accuracy(sequence, overlaps, there, burn_in=0),
        "robustness": share(tracked, int(there.sum())),
        "nre": share(missed, int(there.sum())),
        "dre": share(drifted, int(there.sum())),
        "adq": share(noticed, int(absent.sum())),
    }
    counts = {
        "tracked": tracked,
        "drifted": drifted,
        "missed": missed,
        "hallucinated": hallucinated,
        "noticed": noticed,
    }
    return VotSequenceScore(measures, {"overlaps": overlaps}, counts)


def accuracy(sequence: VotSequence, overlaps: Floats, there: Bools, burn_in: int) -> float:
    """The mean overlap over frames with a target for which the tracker gave something.

    The start is one of them, with an overlap of 0, unless `burn_in` leaves it out.
    """
    kept = there & ~unknown(sequence.runs[0].regions)
    for start in initialised(sequence.runs[0].regions):
        kept[start : start + burn_in] = False
    return mean(overlaps[kept])


def share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def unsupervised(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Mean overlaps, weighted by the sequences' lengths."""
    scores = {}
    for sequence in sequences:
        there = target_there(shown(sequence, sequence.runs[0]))
        overlaps = overlaps_with_absence(sequence, sequence.runs[0])
        value = accuracy(sequence, overlaps, there, UNSUPERVISED_BURN_IN)
        scores[sequence.name] = VotSequenceScore({"accuracy": value}, {"overlaps": overlaps})
    lengths = [float(len(sequence.truth)) for sequence in sequences]
    measure = weighted([score.measures["accuracy"] for score in scores.values()], lengths)
    return VotScore(profile.name, {"accuracy": measure}, {}, {}, scores)
