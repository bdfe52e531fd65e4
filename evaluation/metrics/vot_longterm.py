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
    VotScore,
    VotSequence,
    VotSequenceScore,
    mean,
    overlaps_with_absence,
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
    of = list(scores.values())
    score = score_of(*(np.mean([one.curves[key] for one in of], axis=0) for key in ("precision", "recall")))
    with_thresholds = {**score.curves, "thresholds": thresholds}
    return VotScore(profile.name, score.measures, with_thresholds, score.counts, scores)


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
    """With both at the threshold at which F, their harmonic mean, is largest."""
    both = precision + recall
    harmonic = np.divide(2 * precision * recall, both, out=np.zeros(len(both)), where=both > 0)
    best = int(np.argmax(harmonic))
    measures = {
        "f": float(harmonic[best]),
        "precision": float(precision[best]),
        "recall": float(recall[best]),
    }
    found = {"precision": precision, "recall": recall, "f": harmonic}
    return VotSequenceScore(measures, found, {"best": best})
