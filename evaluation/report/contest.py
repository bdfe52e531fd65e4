"""Several trackers on the same sequences, scored under one profile: all that a report tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..datasets.find import Dataset
from ..metrics.compare import Interval, interval
from ..metrics.grade import by_attribute, overall
from ..metrics.profile import find_profile
from ..metrics.rules import Profile
from ..metrics.score import Score, SequenceScore
from ..metrics.vot_profile import VotProfile
from ..metrics.vot_score import VotSequenceScore
from ..runs.results import Results
from ..runs.scoring import Rules, graded_run, is_judged, matched, speed
from ..sequence import Sequence as DataSequence
from .entrant import Entrant
from .errors import ContestError

LOWER_IS_BETTER = frozenset({"mean_distance", "failures", "failure_rate", "nre", "dre"})
"""Measures of errors; all others are of successes."""

SHOWN = 5


@dataclass(frozen=True)
class Entry:
    """A tracker in a contest. Of several runs, all numbers are means."""

    name: str
    results: Results
    score: Score
    sequences: Mapping[str, SequenceScore | Score]
    """by the data set's names of the sequences"""
    intervals: Mapping[str, Interval]
    """by measure: how it would vary with other sequences of the kind; NaN where there is only one"""
    attributes: Mapping[str, Score]
    speed: float | None
    """frames a second in the tracker; None where times were not kept"""
    files: Mapping[str, str] = field(default_factory=dict)
    """a sequence's name in the results, by its name in the data set"""
    regions: Mapping[str, VotSequenceScore] = field(default_factory=dict)
    """under a profile of VOT's: by sequence, what a set's measures are read off"""


@dataclass(frozen=True)
class Contest:
    """Trackers in the order of the first measure, the best first."""

    dataset: Dataset
    profile: Profile | VotProfile
    sequences: tuple[DataSequence, ...]
    """that all trackers have results of"""
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    """what a reader must know of these numbers"""

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(self.entries[0].score.measures)

    @property
    def first(self) -> str:
        """The measure that trackers are ordered by."""
        return self.measures[0]

    @property
    def each(self) -> str:
        """The measure that sequences are told by: the first that they have; an EAO is of a set alone."""
        of = next(iter(self.entries[0].sequences.values())).measures
        return next(measure for measure in self.measures if measure in of)

    @property
    def title(self) -> str:
        """The data set and its split."""
        return f"{self.dataset.name}:{self.dataset.split}" if self.dataset.split else self.dataset.name


def hold_contest(
    entrants: Sequence[Entrant], dataset: Dataset, profile: str, rules: Rules | None = None
) -> Contest:
    """Score all entrants on the sequences that they all have results of.

    Raises ContestError where there is no truth or no common sequence, IncompleteError for results with fewer boxes
    than frames, UnknownProfileError, UngradableError.
    """
    unjudged = [sequence.name for sequence in dataset.sequences if not is_judged(sequence)]
    if len(unjudged) == len(dataset.sequences):
        raise ContestError(
            f"{dataset.name} has no more truth than first boxes: its server scores",
            "sotc eval RESULTS --submit writes what it takes",
        )
    dataset = replace(dataset, sequences=tuple(each for each in dataset.sequences if is_judged(each)))
    rules = replace(rules or Rules(), partial=True)
    chosen = find_profile(profile, dataset.name)
    names = [sequence.name for sequence in dataset.sequences]
    tables = [files_of(entrant, names) for entrant in entrants]
    common = common_names(entrants, tables, dataset)
    shared = replace(dataset, sequences=tuple(each for each in dataset.sequences if each.name in common))
    entries = [
        scored(entrant, table, shared, chosen, rules) for entrant, table in zip(entrants, tables, strict=True)
    ]
    entries = ordered(entries)
    notes = (
        *([f"No more is known of {listed(unjudged)} than the first box: not scored"] if unjudged else ()),
        *left_out(entrants, tables, dataset, common),
        *told_of(entrants, rules),
        *told_speeds(entries),
    )
    return Contest(dataset, chosen, shared.sequences, tuple(entries), notes)


def ordered(entries: Sequence[Entry]) -> list[Entry]:
    """The best under the first measure first."""
    first = next(iter(entries[0].score.measures))
    return sorted(entries, key=lambda entry: (worth(first, entry.score.measures[first]), entry.name))


def files_of(entrant: Entrant, names: Sequence[str]) -> dict[str, str]:
    """The name in the results of each sequence that all runs have."""
    runs = [matched(run.boxes, names) for run in entrant.results.runs]
    return {name: runs[0][name] for name in names if all(name in run for run in runs)}


def worth(measure: str, value: float) -> float:
    """A number that is smaller the better a measure is; NaN comes last."""
    if np.isnan(value):
        return float("inf")
    return value if measure in LOWER_IS_BETTER else -value


def common_names(
    entrants: Sequence[Entrant], tables: Sequence[Mapping[str, str]], dataset: Dataset
) -> frozenset[str]:
    """The sequences that all have. Raises ContestError for none."""
    common = frozenset.intersection(*(frozenset(table) for table in tables))
    if common:
        return common
    for entrant, table in zip(entrants, tables, strict=True):
        if not table:
            there = listed(sorted(entrant.results.boxes)) or "none at all"
            wanted = listed([sequence.name for sequence in dataset.sequences])
            raise ContestError(
                f"`{entrant.results.folder}` has results of none of the sequences of {dataset.name} ({wanted}); "
                f"it has {there}",
                "are they of another data set? --data names it",
            )
    told = "; ".join(
        f"{entrant.name} has {listed(list(table))}" for entrant, table in zip(entrants, tables, strict=True)
    )
    raise ContestError(
        f"there is no sequence that all have results of: {told}", "run them on the same sequences"
    )


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


# ---------------------------------------------------------------- one entrant


def scored(
    entrant: Entrant, files: Mapping[str, str], dataset: Dataset, profile: Profile, rules: Rules
) -> Entry:
    """One entrant on these sequences."""
    results = entrant.results
    tables = [graded_run(results, run, dataset, [profile], rules)[0] for run in results.runs]
    of = {name: mean_sequence([table[name] for table in tables]) for name in tables[0]}
    attributes = {sequence.name: sequence.attributes for sequence in dataset.sequences}
    return Entry(
        entrant.name,
        results,
        overall(profile, of) if len(tables) == 1 else mean_score([overall(profile, one) for one in tables]),
        of,
        {measure: spread(profile, of, measure) for measure in profile.measures},
        by_attribute(profile, of, attributes),
        speed(results),
        {name: files[name] for name in of},
    )


def spread(profile: Profile, scores: Mapping[str, SequenceScore], measure: str) -> Interval:
    """A measure's interval; of one sequence, from which nothing can be drawn, one without bounds."""
    found = interval(profile, scores, measure)
    return found if len(scores) > 1 else without_bounds(found)


def without_bounds(found: Interval) -> Interval:
    return replace(found, low=math.nan, high=math.nan)


def mean_sequence(of: Sequence[SequenceScore]) -> SequenceScore:
    """A sequence's scores over several runs as one."""
    if len(of) == 1:
        return of[0]
    measures = {name: float(np.mean([one.measures[name] for one in of])) for name in of[0].measures}
    curves = {name: np.mean([one.curves[name] for one in of], axis=0) for name in of[0].curves}
    return replace(of[0], measures=measures, curves=curves)


def mean_score(of: Sequence[Score]) -> Score:
    """A whole set's scores over several runs as one."""
    measures = {name: float(np.mean([one.measures[name] for one in of])) for name in of[0].measures}
    curves = {name: np.mean([one.curves[name] for one in of], axis=0) for name in of[0].curves}
    return replace(of[0], measures=measures, curves=curves)


# ---------------------------------------------------------------- what a reader must know


def left_out(
    entrants: Sequence[Entrant],
    tables: Sequence[Mapping[str, str]],
    dataset: Dataset,
    common: frozenset[str],
) -> list[str]:
    """Which sequences do not count, and why."""
    if len(common) == len(dataset.sequences):
        return []
    kept = [sequence.name for sequence in dataset.sequences if sequence.name in common]
    notes = [
        f"Only {len(common)} of {len(dataset.sequences)} sequences count, those that all have results of: "
        f"{listed(kept)}"
    ]
    for entrant, table in zip(entrants, tables, strict=True):
        missing = [sequence.name for sequence in dataset.sequences if sequence.name not in table]
        if missing:
            notes.append(f"{entrant.name} has no results of {listed(missing)}")
    return notes


def told_of(entrants: Sequence[Entrant], rules: Rules) -> list[str]:
    """Runs that failed, several runs, leniency, other versions of the data."""
    notes = []
    for entrant in entrants:
        manifest, runs = entrant.results.manifest, len(entrant.results.runs)
        if manifest is not None and manifest.failed:
            notes.append(f"{entrant.name} failed in {listed(sorted(manifest.failed))}")
        if runs > 1:
            notes.append(f"{entrant.name}: means of {runs} runs")
    if rules.integers:
        notes.append("Boxes were cut to whole pixels first (--int)")
    if rules.pad:
        notes.append("Frames without a box count as 0,0,0,0 (--pad)")
    digests = {each.results.manifest.data.sha256 for each in entrants if each.results.manifest is not None}
    if len(digests) > 1:
        notes.append("Not all ran on the same version of the data: sequences, lengths or first boxes differ")
    return notes


def told_speeds(entries: Sequence[Entry]) -> list[str]:
    """Whether speeds can be compared."""
    timed = [entry for entry in entries if entry.speed is not None]
    notes = []
    if 0 < len(timed) < len(entries):
        without = [entry.name for entry in entries if entry.speed is None]
        notes.append(f"No times were kept of {listed(without)}")
    places = {where for entry in timed for where in machines(entry)}
    if len(timed) > 1 and len(places) > 1:
        notes.append("Speeds are of different machines or devices, and not comparable")
    return notes


def machines(entry: Entry) -> frozenset[tuple[str, str]]:
    """On what it ran: processors and devices; nothing where the results do not say."""
    manifest = entry.results.manifest
    if manifest is None:
        return frozenset({("unknown", "unknown")})
    return frozenset(
        (str(where.get("machine", {}).get("processor", "unknown")), manifest.tracker.device)
        for where in manifest.environments
    )
