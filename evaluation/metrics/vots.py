"""VOTS' quality and kinds of error, and the mean overlap of a run that nobody stops.

Kristan et al., "The First Visual Object Tracking Segmentation VOTS2023 Challenge Results", section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .vot_profile import VotProfile
from .vot_score import (
    Bools,
    Sums,
    VotScore,
    VotSequence,
    VotSequenceScore,
    added,
    initialised,
    mean,
    numbers,
    overlaps_with_absence,
    quotient,
    shown,
    target_there,
    unknown,
    without_region,
)

Floats = NDArray[np.float64]

VOTS_MEASURES = ("quality", "accuracy", "robustness", "nre", "dre", "adq")
COUNTS = ("tracked", "drifted", "missed", "hallucinated", "noticed")


def vots(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Every video weighs the same, however long it is, and in it every object."""
    scores = {sequence.name: quality(sequence) for sequence in sequences}
    scores |= shared_out(sequences, scores)
    counts = {key: sum(score.counts[key] for score in scores.values()) for key in COUNTS}
    return VotScore(profile.name, numbers(read_vots(profile, added(scores.values()))), {}, counts, scores)


def shared_out(
    sequences: list[VotSequence], scores: Mapping[str, VotSequenceScore]
) -> dict[str, VotSequenceScore]:
    """The scores of a video's objects, of which each weighs its share in the sums: their mean is the video's."""
    videos: dict[str, list[str]] = {}
    for sequence in sequences:
        videos.setdefault(sequence.video or sequence.name, []).append(sequence.name)
    return {
        name: replace(scores[name], sums=shares([scores[each].sums for each in names], scores[name].sums))
        for names in videos.values()
        if len(names) > 1
        for name in names
    }


def shares(objects: list[Sums], own: Sums) -> Sums:
    """The sums of one of these objects, divided by the number of objects that have each measure."""
    known = {key: max(1.0, float(sum(each[f"known_{key}"] for each in objects))) for key in VOTS_MEASURES}
    return {name: value / known[name.removeprefix("known_")] for name, value in own.items()}


def read_vots(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measures of a set, off the sums over its sequences: means of those that have a number."""
    return {key: quotient(sums[key], sums[f"known_{key}"]) for key in VOTS_MEASURES}


def sums_of(measures: Mapping[str, float]) -> Sums:
    """Each measure, and whether it is known."""
    known = {f"known_{key}": np.array(float(not np.isnan(value))) for key, value in measures.items()}
    return {**{key: np.nan_to_num(np.array(value)) for key, value in measures.items()}, **known}


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
        "accuracy": mean(overlaps[(there & (overlaps > 0)) | started(sequence)]),
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
    return VotSequenceScore(measures, {"overlaps": overlaps}, counts, sums_of(measures))


def started(sequence: VotSequence) -> Bools:
    """[T]: where the tracker was given the target. The toolkit counts it with the frames that are tracked, overlapping
    by 0."""
    regions = sequence.runs[0].regions
    return np.isin(np.arange(len(regions)), initialised(regions))


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
        value = accuracy(sequence, overlaps, there, profile.burn_in)
        frames = float(len(sequence.truth))
        sums = {"frames": np.array(frames), "weighted_accuracy": np.array(value * frames)}
        scores[sequence.name] = VotSequenceScore({"accuracy": value}, {"overlaps": overlaps}, {}, sums)
    measures = numbers(read_unsupervised(profile, added(scores.values())))
    return VotScore(profile.name, measures, {}, {}, scores)


def read_unsupervised(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measure of a set, off the sums over its sequences."""
    return {"accuracy": quotient(sums["weighted_accuracy"], sums["frames"])}
