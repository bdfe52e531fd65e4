"""Boxes against a truth, under a profile: one sequence, and a whole set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ..sequence import Truth
from .errors import UngradableError, UnmatchedError
from .overlap import centres, distances, divisors, overlaps
from .prepare import Prepared, prepare
from .rules import CurveName, CurveRule, Profile, Reading, Validity
from .score import Score, SequenceScore, Totals
from .single import mean_of_rows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]


def grade(profile: Profile, truth: Truth, boxes: Floats, name: str = "the sequence") -> SequenceScore:
    """A tracker's boxes (x, y, w, h: [T, 4]) in one sequence. `name` is for messages.

    Where no frame counts at all, measures are NaN.

    Raises UnmatchedError where there are not as many boxes as frames and the profile has no rule for that,
    UngradableError where its toolkit refuses what is in them.
    """
    ready = prepare(profile, truth, boxes, name)
    with np.errstate(over="ignore", invalid="ignore"):  # a tracker that runs away gives boxes of any size
        values = {key: compared(profile, key, ready, truth) for key in profile.curves}
    counts: dict[str, Counts] = {}
    counted: dict[str, int] = {}
    for key in profile.curves:
        counts[key], counted[key] = counts_of(profile, key, values[key], ready)
    if profile.counts_valid_only:
        counted = dict.fromkeys(counted, int(has_target(profile, "success", ready).sum()))
    totals = totals_of(profile, ready, values, counted)
    curves = {key: shares(profile, counts[key], counted[key]) for key in counts}
    return SequenceScore(profile.name, len(truth), read(profile, curves, totals), curves, counts, totals)


def totals_of(
    profile: Profile, ready: Prepared, values: Mapping[CurveName, Floats], counted: Mapping[str, int]
) -> Totals:
    """What of a sequence can be added up."""
    taken = has_target(profile, "success", ready)
    if ready.dropped is not None:
        taken &= ~ready.dropped
    kept = values["success"][taken]
    with np.errstate(over="ignore", invalid="ignore"):
        away = float(values["precision"][taken].sum()) if "precision" in values else float("nan")
        covered = int((ready.boxes.sum(axis=1) > 0).sum())
    return Totals(counted, float(kept.sum()), len(kept), away, covered, len(ready.truth))


def compared(profile: Profile, key: CurveName, ready: Prepared, truth: Truth) -> Floats:
    """The overlap or distance in every frame: [T]"""
    if key == "success":
        return overlaps(profile.overlap, ready.boxes, ready.truth, truth.size)
    return distances(profile.centre, ready.truth, ready.boxes, divide=key == "norm_precision")


def has_target(profile: Profile, key: CurveName, ready: Prepared) -> Bools:
    """[T]"""
    rule = profile.curves[key]
    target = valid(rule.valid, profile, ready.truth, divided=key == "norm_precision")
    if rule.flagged == "ignore" or ready.flagged is None:
        return target
    return target & ~ready.flagged


def valid(rule: Validity, profile: Profile, truth: Floats, divided: bool) -> Bools:
    """Which frames have a target by their truth: [T, 4] -> [T]"""
    if rule == "any":
        return np.ones(len(truth), dtype=bool)
    if rule == "annotated":
        return ~np.asarray(np.isnan(truth).any(axis=1))
    if rule == "positive":
        return np.asarray((truth > 0).all(axis=1))
    if rule == "sized":
        return np.asarray((truth[:, 2:] > 0).all(axis=1))
    middle = centres(profile.centre, truth)
    if divided:  # a negative size turns the sign
        with np.errstate(all="ignore"):
            middle = middle / divisors(profile.centre, truth)
    return np.asarray((middle > 0).all(axis=1))


def counts_of(profile: Profile, key: CurveName, values: Floats, ready: Prepared) -> tuple[Counts, int]:
    """How many frames are within each threshold of a curve, and of how many that is."""
    rule = profile.curves[key]
    target = has_target(profile, key, ready)
    others = ~target
    if rule.flagged == "miss" and ready.flagged is not None:
        others &= ~ready.flagged
    frames = len(values)
    if ready.dropped is not None:
        target, others = target & ~ready.dropped, others & ~ready.dropped
        frames -= int(ready.dropped.sum())
    without = int(others.sum())
    counts = within(rule, values[target], are_overlaps=key == "success")
    if rule.invalid == "hit":
        counts = counts + without
    return counts, frames - without if rule.invalid == "drop" else frames


def within(rule: CurveRule, values: Floats, are_overlaps: bool) -> Counts:
    """How many overlaps reach, or distances stay within, each threshold. NaN never does."""
    ordered = np.sort(values)
    ordered = ordered[: len(ordered) - int(np.isnan(ordered).sum())]
    if not are_overlaps:
        return np.searchsorted(ordered, rule.thresholds, side="right").astype(np.int64)
    below = np.searchsorted(ordered, rule.thresholds, side="left" if rule.at_least else "right")
    return (len(ordered) - below).astype(np.int64)


def shares(profile: Profile, counts: Counts, of: int) -> Floats:
    """Counts as fractions; NaN of nothing."""
    if not of:
        return np.full(len(counts), np.nan)
    if profile.single:
        return (counts.astype(np.float32) / np.float32(of)).astype(np.float64)
    return np.asarray(counts / of)


def mean_curve(profile: Profile, curves: list[Floats]) -> Floats:
    """The mean over sequences."""
    rows = np.stack(curves)
    return mean_of_rows(rows) if profile.single else np.asarray(rows.mean(axis=0))


def read(profile: Profile, curves: Mapping[str, Floats], totals: Totals) -> dict[str, float]:
    """The profile's measures."""
    return {key: read_one(reading, profile, curves, totals) for key, reading in profile.measures.items()}


def read_one(reading: Reading, profile: Profile, curves: Mapping[str, Floats], totals: Totals) -> float:
    if reading.of == "overlap":
        return totals.overlap / totals.overlaps if totals.overlaps else float("nan")
    if reading.of == "overlap_of_all":
        return totals.overlap / totals.frames
    if reading.of == "distance":
        return totals.distance / totals.frames
    if reading.of == "coverage":
        return totals.covered / totals.frames
    curve = curves[reading.of]
    if reading.at == "mean":
        return float(curve.mean())
    if reading.at == "trapezoid":
        thresholds = profile.curves[reading.of].thresholds
        return float((np.diff(thresholds) * (curve[1:] + curve[:-1]) / 2.0).sum() / thresholds[-1])
    return float(curve[reading.at])


def overall(profile: Profile, scores: Mapping[str, SequenceScore]) -> Score:
    """A whole set, from the scores of its sequences by name.

    Raises UnmatchedError for an empty set, UngradableError where a sequence that weighs as much as the others has
    no number.
    """
    if not scores:
        raise UnmatchedError("there is no sequence to take the mean of", "name at least one")
    of = list(scores.values())
    for name, score in scores.items():
        if score.profile != profile.name:
            raise ValueError(f"{name} was graded under {score.profile}, not under {profile.name}")
        if profile.aggregate == "sequence" and not all(score.totals.counted.values()):
            raise UngradableError(
                f"no frame of {name} counts under {profile.name}: its truth has no box",
                "leave the sequence out, or grade it under another profile",
            )
    counts = {key: np.sum([score.counts[key] for score in of], axis=0) for key in of[0].counts}
    frames = sum(score.frames for score in of)
    if profile.aggregate == "frame":
        totals = added(score.totals for score in of)
        curves = {key: shares(profile, counts[key], totals.counted[key]) for key in counts}
        measures = read(profile, curves, totals)
    else:
        curves = {key: mean_curve(profile, [score.curves[key] for score in of]) for key in counts}
        measures = {
            key: mean_of(profile, reading, key, of, curves) for key, reading in profile.measures.items()
        }
        measures.update(of_all_frames(profile, added(score.totals for score in of)))
    return Score(profile.name, len(of), frames, measures, curves, counts)


def mean_of(
    profile: Profile, reading: Reading, name: str, of: list[SequenceScore], curves: Mapping[str, Floats]
) -> float:
    """A measure of a whole set in which each sequence weighs the same; in float32 it is read off the mean curve."""
    if profile.single and reading.of in curves:
        return read_one(reading, profile, curves, of[0].totals)
    return float(np.mean([score.measures[name] for score in of]))


def of_all_frames(profile: Profile, totals: Totals) -> dict[str, float]:
    """TrackingNet's coverage is one of all frames, though its other measures are means over sequences."""
    coverage = {key: reading for key, reading in profile.measures.items() if reading.of == "coverage"}
    return {key: read_one(reading, profile, {}, totals) for key, reading in coverage.items()}


def added(totals: Iterable[Totals]) -> Totals:
    """Their sum."""
    of = list(totals)
    return Totals(
        {key: sum(one.counted[key] for one in of) for key in of[0].counted},
        float(np.sum([one.overlap for one in of])),
        sum(one.overlaps for one in of),
        float(np.sum([one.distance for one in of])),
        sum(one.covered for one in of),
        sum(one.frames for one in of),
    )


def by_attribute(
    profile: Profile, scores: Mapping[str, SequenceScore], attributes: Mapping[str, Iterable[str]]
) -> dict[str, Score]:
    """The score over the sequences that have an attribute, for each attribute; `attributes` are by sequence."""
    having: dict[str, dict[str, SequenceScore]] = {}
    for name, score in scores.items():
        for attribute in attributes.get(name, ()):
            having.setdefault(attribute, {})[name] = score
    return {attribute: overall(profile, having[attribute]) for attribute in sorted(having)}
