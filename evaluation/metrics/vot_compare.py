"""How sure a measure of VOT's is: intervals over sequences, and two trackers on the same sequences.

As compare.py has it for boxes. An EAO is no mean over sequences, but it is read off sums over them: so each draw of
sequences has its sums, and from them its measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .compare import ALL_SIGNS, CHUNK, DRAWS, LEVEL, SAME, Comparison, Interval, percentiles, sign_test
from .errors import UnmatchedError
from .vot_files import listed
from .vot_grade import READERS
from .vot_profile import VotProfile
from .vot_score import Floats, Sums, VotSequenceScore, added

Scores = Mapping[str, VotSequenceScore]
"""by sequence"""


def measures_of(profile: VotProfile, scores: Scores) -> dict[str, float]:
    """The measures of these sequences as a set. Raises UnmatchedError for an empty one."""
    if not scores:
        raise UnmatchedError("there is no sequence to take the mean of", "name at least one")
    found = READERS[profile.protocol](profile, added(scores.values()))
    return {measure: float(value) for measure, value in found.items()}


def vot_intervals(
    profile: VotProfile, scores: Scores, draws: int = DRAWS, level: float = LEVEL, seed: int = 0
) -> dict[str, Interval]:
    """The percentile bootstrap over sequences, of every measure. Raises UnmatchedError for an empty set."""
    whole = measures_of(profile, scores)
    tables = [read_weighted(profile, scores, chosen) for chosen in drawn(len(scores), draws, seed)]
    return {
        measure: Interval(value, *percentiles(joined(tables, measure), level), level)
        for measure, value in whole.items()
    }


def vot_comparisons(
    profile: VotProfile,
    first: Scores,
    second: Scores,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Two trackers on the same sequences, under every measure: the first less the second.

    Where a sequence has not the measure (an EAO is of a set), there are no better and worse ones. Raises
    UnmatchedError where one has a sequence that the other has not.
    """
    if first.keys() != second.keys():
        alone = sorted(first.keys() ^ second.keys())
        raise UnmatchedError(f"only one of the two has {listed(alone)}", "compare them on the same sequences")
    names = sorted(first)
    one, other = ({name: scores[name] for name in names} for scores in (first, second))
    pairs = [
        (read_weighted(profile, one, chosen), read_weighted(profile, other, chosen))
        for chosen in drawn(len(names), draws, seed)
    ]
    own, others = measures_of(profile, one), measures_of(profile, other)
    chance = exchanged(profile, one, other, draws, seed)
    found = {}
    for measure, value in own.items():
        apart = value - others[measure]
        low, high = percentiles(
            np.concatenate([mine[measure] - theirs[measure] for mine, theirs in pairs]), level
        )
        better, worse, equal = counted(one, other, measure)
        found[measure] = Comparison(
            profile.name,
            measure,
            len(names),
            Interval(apart, low, high, level),
            better,
            worse,
            equal,
            sign_test(better, worse),
            share_as_large(chance[measure], apart, exact=len(names) <= ALL_SIGNS),
        )
    return found


def drawn(sequences: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each sequence is in a set that is drawn with replacement: [CHUNK, S] at a time."""
    generator = np.random.default_rng(seed)
    for begin in range(0, draws, CHUNK):
        chosen = generator.integers(0, sequences, (min(CHUNK, draws - begin), sequences))
        yield np.stack([np.bincount(row, minlength=sequences) for row in chosen]).astype(np.float64)


def read_weighted(profile: VotProfile, scores: Scores, weights: Floats) -> dict[str, Floats]:
    """The measures of sets in which sequences are so often: [D, S] -> [D] each."""
    return READERS[profile.protocol](profile, weighted_sums(scores, weights))


def weighted_sums(scores: Scores, weights: Floats) -> dict[str, Floats]:
    of: list[Sums] = [score.sums for score in scores.values()]
    return {key: weights @ np.stack([sums[key] for sums in of]) for key in of[0]}


def joined(tables: list[dict[str, Floats]], measure: str) -> Floats:
    return np.concatenate([table[measure] for table in tables])


def exchanged(profile: VotProfile, first: Scores, second: Scores, draws: int, seed: int) -> dict[str, Floats]:
    """Differences where the two are exchanged at random in each sequence; of few sequences, in all ways: [D] each."""
    tables: list[dict[str, Floats]] = []
    for keep in exchanges(len(first), draws, seed):
        sides = [
            (weighted_sums(first, mine), weighted_sums(second, 1.0 - mine)) for mine in (keep, 1.0 - keep)
        ]
        mine, theirs = (
            READERS[profile.protocol](profile, {key: one[key] + other[key] for key in one})
            for one, other in sides
        )
        tables.append({measure: mine[measure] - theirs[measure] for measure in mine})
    return {measure: joined(tables, measure) for measure in tables[0]}


def exchanges(sequences: int, draws: int, seed: int) -> Iterator[Floats]:
    """1 where a sequence's two are as they are, 0 where they are exchanged: [CHUNK, S] at a time."""
    if sequences <= ALL_SIGNS:
        every = (np.arange(2**sequences)[:, None] >> np.arange(sequences)) & 1
        yield from (every[begin : begin + CHUNK].astype(np.float64) for begin in range(0, len(every), CHUNK))
        return
    generator = np.random.default_rng(seed)
    for begin in range(0, draws, CHUNK):
        yield generator.integers(0, 2, (min(CHUNK, draws - begin), sequences)).astype(np.float64)


def share_as_large(chance: Floats, apart: float, exact: bool) -> float:
    """How often a difference is as large as the one that was found, either way."""
    large: NDArray[np.bool_] = np.abs(np.nan_to_num(chance)) >= abs(apart) - SAME
    return float(large.mean()) if exact else (int(large.sum()) + 1) / (len(chance) + 1)


def counted(first: Scores, second: Scores, measure: str) -> tuple[int, int, int]:
    """Sequences in which the first has more, less, and the same; none where sequences have no such measure."""
    if any(measure not in score.measures for score in (*first.values(), *second.values())):
        return 0, 0, 0
    change = np.array([first[name].measures[measure] - second[name].measures[measure] for name in first])
    better, worse = int((change > SAME).sum()), int((change < -SAME).sum())
    return better, worse, len(change) - better - worse
