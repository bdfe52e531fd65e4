"""How sure a number is: intervals over sequences, and two trackers on the same sequences.

Which sequences a data set has is chance; boxes within one are not independent of each other. So sequences are drawn
again, whole (the bootstrap; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993), and two trackers are
compared sequence by sequence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import UnmatchedError
from .rules import Profile, Reading
from .score import SequenceScore
from .vot_files import listed

Floats = NDArray[np.float64]

DRAWS = 10_000
LEVEL = 0.95
ALL_SIGNS = 14
"""up to so many sequences, all 2^n changes of sign are tried instead of random ones"""
CHUNK = 500
"""draws at a time, which bounds memory"""
SAME = 1e-12
"""differences within it are none"""


@dataclass(frozen=True)
class Interval:
    """A measure of a set, and between which values it would lie with other sequences of the kind."""

    value: float
    low: float
    high: float
    level: float = LEVEL


@dataclass(frozen=True)
class Comparison:
    """Two trackers, one measure: the first less the second."""

    profile: str
    measure: str
    sequences: int
    difference: Interval
    better: int
    """sequences in which the first is better"""
    worse: int
    equal: int
    p_signs: float
    """how often chance alone gives a majority so large, either way: the sign test, exact"""
    p_permutation: float
    """how often exchanging the two at random in each sequence gives a difference so large, either way"""


def interval(
    profile: Profile,
    scores: Mapping[str, SequenceScore],
    measure: str,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """The percentile bootstrap over sequences. Raises UnmatchedError for an empty set."""
    values, weights = parts(profile, scores, measure)
    return Interval(
        pooled(values, weights), *percentiles(resampled(values, weights, draws, seed), level), level
    )


def compare(
    profile: Profile,
    first: Mapping[str, SequenceScore],
    second: Mapping[str, SequenceScore],
    measure: str,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Comparison:
    """Two trackers on the same sequences: a paired bootstrap, the sign test and a permutation test.

    Raises UnmatchedError where one has a sequence that the other has not.
    """
    if first.keys() != second.keys():
        alone = sorted(first.keys() ^ second.keys())
        raise UnmatchedError(f"only one of the two has {listed(alone)}", "compare them on the same sequences")
    names = sorted(first)
    values, weights = parts(profile, {name: first[name] for name in names}, measure)
    others, other_weights = parts(profile, {name: second[name] for name in names}, measure)
    drawn = resampled(values, weights, draws, seed) - resampled(others, other_weights, draws, seed)
    apart = pooled(values, weights) - pooled(others, other_weights)
    change = per_sequence(values, weights) - per_sequence(others, other_weights)
    better, worse = int((change > SAME).sum()), int((change < -SAME).sum())
    return Comparison(
        profile.name,
        measure,
        len(names),
        Interval(apart, *percentiles(drawn, level), level),
        better,
        worse,
        len(names) - better - worse,
        sign_test(better, worse),
        permutation_test(np.nan_to_num(change * shares(weights)), draws, seed),
    )


def parts(profile: Profile, scores: Mapping[str, SequenceScore], measure: str) -> tuple[Floats, Floats]:
    """Sums and weights whose quotient is the measure of a set: [S] each. Raises UnmatchedError."""
    if not scores:
        raise UnmatchedError("there is no sequence to draw from", "name at least one")
    reading = profile.measures[measure]
    values = np.array([score.measures[measure] for score in scores.values()])
    weights = np.array([float(weight_of(profile, reading, score)) for score in scores.values()])
    return np.where(weights > 0, values * weights, 0.0), weights


def weight_of(profile: Profile, reading: Reading, score: SequenceScore) -> int:
    """How much a sequence weighs in the whole set's measure."""
    if reading.of == "coverage":
        return score.totals.frames
    if profile.aggregate == "sequence":
        return 1
    return score.totals.overlaps if reading.of == "overlap" else score.totals.counted["success"]


def pooled(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float(values.sum()) / total if total else math.nan


def per_sequence(values: Floats, weights: Floats) -> Floats:
    """NaN where a sequence has no number."""
    found = np.full(len(values), np.nan)
    np.divide(values, weights, out=found, where=weights > 0)
    return found


def shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum()) if weights.sum() else weights


def resampled(values: Floats, weights: Floats, draws: int, seed: int) -> Floats:
    """The measure of sets drawn with replacement: [draws]. The same seed draws the same sequences."""
    generator = np.random.default_rng(seed)
    found = []
    for begin in range(0, draws, CHUNK):
        chosen = generator.integers(0, len(values), (min(CHUNK, draws - begin), len(values)))
        total = weights[chosen].sum(axis=1)
        found.append(
            np.divide(values[chosen].sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
        )
    return np.concatenate(found)


def percentiles(drawn: Floats, level: float) -> tuple[float, float]:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def sign_test(better: int, worse: int) -> float:
    """Two-sided and exact: a fair coin for each sequence in which they differ."""
    tossed = better + worse
    if not tossed:
        return 1.0
    tail = sum(math.comb(tossed, heads) for heads in range(min(better, worse) + 1))
    return float(min(1.0, 2 * tail / 2**tossed))


def permutation_test(change: Floats, draws: int, seed: int) -> float:
    """Two-sided: shares of exchanges whose sum of differences is as large. [S] -> p; exact for few sequences."""
    goal = abs(float(change.sum())) - SAME
    size = len(change)
    if size <= ALL_SIGNS:
        signs = 1 - 2 * ((np.arange(2**size)[:, None] >> np.arange(size)) & 1)
        return float(np.mean(np.abs(signs @ change) >= goal))
    generator = np.random.default_rng(seed)
    reached = 0
    for begin in range(0, draws, CHUNK):
        signs = 1 - 2 * generator.integers(0, 2, (min(CHUNK, draws - begin), size))
        reached += int((np.abs(signs @ change) >= goal).sum())
    return (reached + 1) / (draws + 1)  # the one that was found is among them
