"""A contest under a profile of VOT's: runs with failures or from anchors, or one pass where the protocol is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..datasets.find import Dataset
from ..metrics.score import Score
from ..metrics.vot_compare import measures_of, vot_intervals
from ..metrics.vot_grade import grade_vot
from ..metrics.vot_profile import VotProfile
from ..metrics.vot_score import VotRun, VotScore, VotSequence
from ..runs.results import Floats, Results, RunFiles
from ..runs.scoring import Rules, speed
from ..runs.vot_results import boxes_of
from ..runs.vot_scoring import vot_sequences
from ..sequence import Sequence as DataSequence
from .contest import (
    Contest,
    Entry,
    left_out,
    listed,
    ordered,
    told_of,
    told_speeds,
    without_bounds,
)
from .entrant import Entrant
from .errors import ContestError


def hold_vot_contest(
    entrants: Sequence[Entrant], dataset: Dataset, profile: VotProfile, rules: Rules | None = None
) -> Contest:
    """Score all entrants on the sequences that they all have runs over.

    Raises ContestError for no common sequence, ResultsError for one pass under a protocol that starts trackers
    again, IncompleteError, VotError, UnmatchedError.
    """
    rules = replace(rules or Rules(), partial=True)
    found = [by_name(vot_sequences(profile, each.results, dataset, rules)) for each in entrants]
    common = frozenset.intersection(*map(frozenset, found))
    if not common:
        told = "; ".join(
            f"{entrant.name} has {listed(list(of))}" for entrant, of in zip(entrants, found, strict=True)
        )
        raise ContestError(
            f"there is no sequence that all have runs over: {told}", "run them on the same sequences"
        )
    sequences = tuple(each for each in dataset.sequences if each.name in common)
    entries = [
        scored(entrant, [of[each.name] for each in sequences], sequences, profile)
        for entrant, of in zip(entrants, found, strict=True)
    ]
    tables = [{name: name for name in of} for of in found]
    entries = ordered(entries)
    notes = (
        *left_out(entrants, tables, dataset, common),
        *told_of(list(map(of_first_run, entrants)), rules),
        *(
            f"{each.name}: the first of {len(each.results.runs)} runs"
            for each in entrants
            if of_first_run(each) is not each
        ),
        *told_speeds(entries),
    )
    return Contest(dataset, profile, sequences, tuple(entries), notes)


def of_first_run(entrant: Entrant) -> Entrant:
    """As it is scored: of one pass that was repeated the first run counts, of the toolkit's all."""
    results = entrant.results
    if results.form == "vot" or len(results.runs) == 1:
        return entrant
    return replace(entrant, results=replace(results, runs=results.runs[:1]))


def by_name(sequences: Sequence[VotSequence]) -> dict[str, VotSequence]:
    return {sequence.name: sequence for sequence in sequences}


def reported(profile: VotProfile, measure: str) -> str:
    """What a measure is called in a report: supervised experiments count failures and call it robustness."""
    counts_failures = profile.protocol in ("supervised", "supervised-pysot")
    return "failure_rate" if measure == "robustness" and counts_failures else measure


def renamed(profile: VotProfile, measures: Mapping[str, float]) -> dict[str, float]:
    return {reported(profile, measure): value for measure, value in measures.items()}


def scored(
    entrant: Entrant, runs: Sequence[VotSequence], sequences: Sequence[DataSequence], profile: VotProfile
) -> Entry:
    """One entrant on these sequences."""
    score = grade_vot(profile, list(runs))
    of = score.sequences
    spans = vot_intervals(profile, of)
    if len(of) == 1:
        spans = {measure: without_bounds(span) for measure, span in spans.items()}
    frames = {sequence.name: len(sequence.truth) for sequence in sequences}
    return Entry(
        entrant.name,
        seen(entrant.results, runs, sequences),
        whole(profile, score, sum(frames.values())),
        {
            name: Score(profile.name, 1, frames[name], renamed(profile, each.measures), {}, {})
            for name, each in of.items()
        },
        {reported(profile, measure): span for measure, span in spans.items()},
        attributes_of(profile, score, sequences),
        speed(entrant.results),
        {name: name for name in of},
        of,
    )


def whole(profile: VotProfile, score: VotScore, frames: int) -> Score:
    """A set's score as a report has it."""
    measures = renamed(profile, score.measures)
    return Score(profile.name, len(score.sequences), frames, measures, score.curves, {})


def attributes_of(
    profile: VotProfile, score: VotScore, sequences: Sequence[DataSequence]
) -> dict[str, Score]:
    """The measures over the sequences that have an attribute in any frame, for each attribute."""
    having: dict[str, list[DataSequence]] = {}
    for sequence in sequences:
        for attribute in sequence.attributes:
            having.setdefault(attribute, []).append(sequence)
    found = {}
    for attribute in sorted(having):
        of = having[attribute]
        measures = measures_of(profile, {each.name: score.sequences[each.name] for each in of})
        frames = sum(len(each.truth) for each in of)
        found[attribute] = Score(profile.name, len(of), frames, renamed(profile, measures), {}, {})
    return found


# ---------------------------------------------------------------- what is drawn


def seen(results: Results, runs: Sequence[VotSequence], sequences: Sequence[DataSequence]) -> Results:
    """Results whose boxes are the bounds of each sequence's first run, by the data set's names."""
    boxes = {
        sequence.name: in_frames(run.runs[0], len(sequence.truth))
        for run, sequence in zip(runs, sequences, strict=True)
    }
    shown = RunFiles(boxes, {}, results.times)
    return replace(results, runs=(shown, *results.runs[1:]))


def in_frames(run: VotRun, frames: int) -> Floats:
    """A run's boxes by frame: [T, 4]; NaN in frames that it was not shown, or gave nothing in."""
    found = np.full((frames, 4), math.nan)
    own = boxes_of(run.regions)
    if run.backward:
        found[run.anchor :: -1] = own
    else:
        found[run.anchor :] = own
    return found
