"""Precision, recall and F of long sequences in which the target goes and comes.

VOT-LT: Lukezic et al., "Performance Evaluation Methodology for Long-Term Visual Object Tracking", 2020.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .errors import VotError
from .vot_profile import VotProfile
from .vot_score import (
    Sums,
    VotScore,
    VotSequence,
    VotSequenceScore,
    added,
    mean,
    numbers,
    overlaps_with_absence,
    quotient,
    shown,
    target_there,
)

Floats = NDArray[np.float64]

THRESHOLDS = 100
"""of confidence, the two infinite ones included"""


def longterm(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Raises VotError where a sequence has no confidences."""
    overlaps = {sequence.name: overlaps_with_absence(sequence, sequence.runs[0]) for sequence in sequences}
    confidence = {sequence.name: confidence_of(sequence) for sequence in sequences}
    thresholds = chosen(np.concatenate(list(confidence.values())))
    scores = {}
    for sequence in sequences:
        there = int(target_there(shown(sequence, sequence.runs[0])).sum())
        precision, recall = curves(overlaps[sequence.name], confidence[sequence.name], there, thresholds)
        scores[sequence.name] = score_of(precision, recall)
    precision, recall = mean_curves(sums := added(scores.values()))
    harmonic = f_of(precision, recall)
    found = {"precision": precision, "recall": recall, "f": harmonic, "thresholds": thresholds}
    counts = {"best": int(np.argmax(harmonic))}
    return VotScore(profile.name, numbers(read(profile, sums)), found, counts, scores)


def read(profile: VotProfile, sums: Sums) -> dict[str, Floats]:
    """The measures of a set, off the sums over its sequences: at the threshold at which F is largest.

    F is of the mean curves. Of other sets of these sequences the thresholds stay as they were chosen.
    """
    precision, recall = mean_curves(sums)
    harmonic = f_of(precision, recall)
    best = np.argmax(harmonic, axis=-1)[..., None]
    table = {"f": harmonic, "precision": precision, "recall": recall}
    return {key: np.take_along_axis(values, best, axis=-1)[..., 0] for key, values in table.items()}


def mean_curves(sums: Sums) -> tuple[Floats, Floats]:
    """Precision and recall, each the mean over sequences."""
    count = np.asarray(sums["sequences"])[..., None]
    return quotient(sums["precision"], count), quotient(sums["recall"], count)


def confidence_of(sequence: VotSequence) -> Floats:
    """[T]; 0 where the tracker gave none, as at the start. Raises VotError."""
    confidence = sequence.runs[0].confidence
    if confidence is None:
        raise VotError(
            f"{sequence.name} has no file of confidences, NAME_001_confidence.value",
            "precision and recall need the tracker's confidence in each frame",
        )
    return np.nan_to_num(confidence, nan=0.0)


def chosen(confidence: Floats) -> Floats:
    """Thresholds of confidence, falling: infinity, 98 in equal steps through all that there are, minus infinity."""
    ordered = np.sort(confidence)[::-1]
    between = THRESHOLDS - 2
    if len(ordered) > between:
        step = math.floor(len(ordered) / between)
        at = np.rint(np.linspace(step, len(ordered) - step, num=between)).astype(int)
        ordered = ordered[at]
    return np.concatenate([[math.inf], ordered, [-math.inf]])


def curves(overlaps: Floats, confidence: Floats, there: int, thresholds: Floats) -> tuple[Floats, Floats]:
    """Precision and recall at each threshold; 1 and 0 where no frame reaches it."""
    precision, recall = np.ones(len(thresholds)), np.zeros(len(thresholds))
    for index, threshold in enumerate(thresholds):
        kept = overlaps[confidence >= threshold]
        if len(kept):
            precision[index] = mean(kept)
            recall[index] = float(kept.sum()) / there if there else float("nan")
    return precision, recall


def score_of(precision: Floats, recall: Floats) -> VotSequenceScore:
    """A sequence's, with both at the threshold at which F, their harmonic mean, is largest."""
    harmonic = f_of(precision, recall)
    best = int(np.argmax(harmonic))
    found = {"f": harmonic, "precision": precision, "recall": recall}
    measures = {key: float(values[best]) for key, values in found.items()}
    sums = {"sequences": np.array(1.0), "precision": precision, "recall": recall}
    return VotSequenceScore(measures, found, {"best": best}, sums)


def f_of(precision: Floats, recall: Floats) -> Floats:
    """The harmonic mean of the two; 0 where both are."""
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros(both.shape), where=both > 0)
