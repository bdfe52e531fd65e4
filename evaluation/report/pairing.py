"""Two trackers on the same sequences: how much they differ, how sure that is, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from ..metrics.compare import DRAWS, SAME, Comparison, compare
from ..metrics.score import SequenceScore
from ..metrics.vot_compare import vot_comparisons
from ..metrics.vot_profile import VotProfile
from ..sequence import Sequence as DataSequence
from .contest import LOWER_IS_BETTER, Contest, Entry, without_bounds
from .json_file import number
from .vot_contest import reported

FEWER_DRAWS = 2000
"""for an attribute, under a profile of VOT's: each draw has a whole curve"""

Scores: TypeAlias = Mapping[str, SequenceScore]
"""by sequence"""


@dataclass(frozen=True)
class Difference:
    """A sequence under the first measure that sequences have."""

    name: str
    first: float
    second: float

    @property
    def change(self) -> float:
        """The first less the second."""
        return self.first - self.second


@dataclass(frozen=True)
class Pairing:
    """The first tracker less the second."""

    first: Entry
    second: Entry
    contest: Contest
    measures: Mapping[str, Comparison]
    attributes: Mapping[str, Comparison]
    """of the first measure, over the sequences that have an attribute"""
    differences: tuple[Difference, ...]
    """all sequences under `contest.each`, those that differ the most first"""


def pair(contest: Contest, first: str, second: str) -> Pairing:
    """Compare two entries of a contest, by their names."""
    entries = {entry.name: entry for entry in contest.entries}
    one, other = entries[first], entries[second]
    measures = compared(contest, one, other, list(one.sequences), contest.measures)
    attributes = {
        attribute: compared(contest, one, other, names, (contest.first,))[contest.first]
        for attribute, names in by_attribute(contest.sequences).items()
    }
    found = [
        Difference(
            name, one.sequences[name].measures[contest.each], other.sequences[name].measures[contest.each]
        )
        for name in one.sequences
    ]
    known = [each for each in found if each.change == each.change]
    known.sort(key=lambda each: (-abs(each.change), each.name))
    return Pairing(one, other, contest, measures, attributes, tuple(known))


def compared(
    contest: Contest, one: Entry, other: Entry, names: Sequence[str], measures: Sequence[str]
) -> dict[str, Comparison]:
    """The comparisons of the metrics over these sequences; of one alone, which tells nothing, without intervals."""
    if isinstance(contest.profile, VotProfile):
        mine, theirs = ({name: entry.regions[name] for name in names} for entry in (one, other))
        whole = len(names) == len(one.regions)
        table = vot_comparisons(contest.profile, mine, theirs, DRAWS if whole else FEWER_DRAWS)
        every = {reported(contest.profile, measure): found for measure, found in table.items()}
        found = {measure: replace(every[measure], measure=measure) for measure in measures}
    else:
        first, second = (of_boxes(entry, names) for entry in (one, other))
        found = {measure: compare(contest.profile, first, second, measure) for measure in measures}
    if len(names) > 1:
        return found
    return {name: replace(each, difference=without_bounds(each.difference)) for name, each in found.items()}


def of_boxes(entry: Entry, names: Sequence[str]) -> Scores:
    """The scores of an entry that was graded by boxes."""
    scores = {name: entry.sequences[name] for name in names}
    return {name: score for name, score in scores.items() if isinstance(score, SequenceScore)}


def by_attribute(sequences: tuple[DataSequence, ...]) -> dict[str, list[str]]:
    """The sequences that have an attribute, for each."""
    found: dict[str, list[str]] = {}
    for sequence in sequences:
        for attribute in sequence.attributes:
            found.setdefault(attribute, []).append(sequence.name)
    return dict(sorted(found.items()))


def wins(comparison: Comparison) -> tuple[int, int, int]:
    """Sequences in which the first is better, neither is, and the second is; of errors the lower number is better."""
    better, worse = comparison.better, comparison.worse
    if comparison.measure in LOWER_IS_BETTER:
        better, worse = worse, better
    return better, comparison.equal, worse


def verdict(pairing: Pairing) -> str:
    """In a sentence, whether the difference in the first measure is more than chance."""
    found = pairing.measures[pairing.contest.first]
    span = found.difference
    if not any(each.change for each in pairing.differences) and abs(span.value) <= SAME:
        return f"{pairing.first.name} and {pairing.second.name} are the same in every sequence"
    lower = (span.value < 0) != (found.measure in LOWER_IS_BETTER)
    ahead, behind = (pairing.second, pairing.first) if lower else (pairing.first, pairing.second)
    if math.isnan(span.low):
        return "one sequence says nothing of others"
    if span.low <= 0 <= span.high:
        return f"no evidence of a difference: the 95 % interval of {found.measure} holds 0"
    return f"{ahead.name} is better than {behind.name} in {found.measure}"


def pairing_json(pairing: Pairing) -> dict[str, Any]:
    """Everything, for a program; differences are the first less the second."""
    contest = pairing.contest
    return {
        "first": {"tracker": pairing.first.name, "folder": str(pairing.first.results.folder)},
        "second": {"tracker": pairing.second.name, "folder": str(pairing.second.results.folder)},
        "data": {"name": contest.dataset.name, "split": contest.dataset.split or None},
        "profile": contest.profile.name,
        "notes": list(contest.notes),
        "measures": {
            name: {
                "first": number(pairing.first.score.measures[name]),
                "second": number(pairing.second.score.measures[name]),
                **comparison_json(found),
            }
            for name, found in pairing.measures.items()
        },
        "attributes": {name: comparison_json(found) for name, found in pairing.attributes.items()},
        "sequences": {
            each.name: {"first": each.first, "second": each.second, "difference": each.change}
            for each in pairing.differences
        },
    }


def comparison_json(found: Comparison) -> dict[str, Any]:
    wins_, ties, losses = wins(found)
    span = {name: number(value) for name, value in asdict(found.difference).items()}
    return {
        "sequences": found.sequences,
        "difference": span.pop("value"),
        "interval": span,
        "p_permutation": number(found.p_permutation),
        "p_signs": number(found.p_signs),
        "wins": wins_,
        "ties": ties,
        "losses": losses,
    }
