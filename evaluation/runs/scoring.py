"""Results scored under profiles: each sequence graded once for each profile, and the whole set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..datasets.find import Dataset
from ..metrics.grade import grade, overall
from ..metrics.profile import find_profile
from ..metrics.rules import Profile
from ..metrics.score import Score, SequenceScore
from ..sequence import Sequence as DataSequence
from .errors import IncompleteError
from .results import Results, RunFiles

SHOWN = 5

PREFIXES = ("nfs_", "uav_", "tnl2k_", "avist_")
"""What pytracking puts before the names of some data sets' sequences."""


@dataclass(frozen=True)
class Rules:
    """How lenient scoring is."""

    pad: bool = False
    """frames without a box get 0,0,0,0; else results that are short are refused"""
    integers: bool = False
    """boxes are cut to whole pixels first"""
    partial: bool = False
    """sequences may be missing"""


@dataclass(frozen=True)
class Graded:
    """Results under one profile."""

    profile: str
    runs: tuple[Score, ...]
    """of each run over the data set"""
    sequences: Mapping[str, SequenceScore]
    """of the first run"""

    @property
    def measures(self) -> dict[str, float]:
        """Means over the runs."""
        return {
            name: float(np.mean([run.measures[name] for run in self.runs])) for name in self.runs[0].measures
        }

    @property
    def spreads(self) -> dict[str, float]:
        """Standard deviations over the runs; 0 for one."""
        return {
            name: float(np.std([run.measures[name] for run in self.runs])) for name in self.runs[0].measures
        }


def score_results(
    results: Results, dataset: Dataset, profiles: Sequence[str], rules: Rules | None = None
) -> tuple[Graded, ...]:
    """Grade results under each of the profiles.

    Sequences of which no more than the first box is known are left out.

    Raises IncompleteError for sequences or frames that are missing, UnknownProfileError, UngradableError.
    """
    rules = rules or Rules()
    chosen = [find_profile(name, dataset.name) for name in profiles]
    runs = [graded_run(results, run, dataset, chosen, rules) for run in results.runs]
    return tuple(
        Graded(profile.name, tuple(overall(profile, run[place]) for run in runs), runs[0][place])
        for place, profile in enumerate(chosen)
    )


def graded_run(
    results: Results, run: RunFiles, dataset: Dataset, profiles: Sequence[Profile], rules: Rules
) -> list[dict[str, SequenceScore]]:
    """A table of scores for each profile, of the sequences that have a truth."""
    judged = [sequence for sequence in dataset.sequences if is_judged(sequence)]
    known = matched(run.boxes, [sequence.name for sequence in judged])
    missing = [sequence.name for sequence in judged if sequence.name not in known]
    if missing and not (rules.partial and known):
        raise missing_error(results, run, dataset, missing, len(judged))
    tables: list[dict[str, SequenceScore]] = [{} for _ in profiles]
    for sequence in judged:
        if sequence.name not in known:
            continue
        boxes = ready(run.boxes[known[sequence.name]], sequence, rules)
        for table, profile in zip(tables, profiles, strict=True):
            rule = replace(profile, short="pad") if rules.pad and profile.short == "refuse" else profile
            table[sequence.name] = grade(rule, sized(rule, sequence).truth, boxes, sequence.name)
    return tables


def ready(boxes: NDArray[np.float64], sequence: DataSequence, rules: Rules) -> NDArray[np.float64]:
    """The boxes as they are graded. Raises IncompleteError for fewer than frames."""
    frames = len(sequence.truth)
    if len(boxes) < frames and not rules.pad:
        raise IncompleteError(
            f"`{sequence.name}` has {frames} frames and the results {len(boxes)} boxes",
            "results of a run that was stopped? --pad fills up with 0,0,0,0",
        )
    if frames < len(boxes) <= len(sequence):
        boxes = boxes[:frames]  # more frames than annotations: LaSOT's monkey-17
    if len(boxes) and np.isnan(boxes[0]).all():
        boxes = np.concatenate((sequence.truth.boxes[:1], boxes[1:]))  # VOT's files have a mark there
    return np.trunc(boxes) if rules.integers else boxes


def sized(profile: Profile, sequence: DataSequence) -> DataSequence:
    """With the size of its frames, where the profile needs one and the data set does not say it."""
    if not profile.needs_size or sequence.truth.size is not None:
        return sequence
    from .job import Job, frame_size

    size = frame_size(Job(sequence.name, sequence.frames, sequence.start))
    return sequence if size is None else replace(sequence, truth=replace(sequence.truth, size=size))


def missing_error(
    results: Results, run: RunFiles, dataset: Dataset, missing: Sequence[str], wanted: int
) -> IncompleteError:
    """What to say of sequences that have no results, of so many that are wanted."""
    number = next(number for number, one in enumerate(results.runs, start=1) if one is run)
    where = f"`{results.folder}`" + (f" (run {number} of {len(results.runs)})" if number > 1 else "")
    few = ", ".join(missing[:SHOWN])
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    if len(missing) == wanted and number == 1:
        there = ", ".join(list(run.boxes)[:SHOWN]) or "none"
        return IncompleteError(
            f"{where} has results of none of the sequences of {dataset.name}, such as {few}; "
            f"it has those of {there}",
            "are they of another data set? --data names it",
        )
    return IncompleteError(
        f"{where} lacks {len(missing)} of {wanted} sequences of {dataset.name}: {few}{more}",
        "the command that made them goes on; --partial scores those that are there",
    )


def matched(there: Mapping[str, object], wanted: Sequence[str]) -> dict[str, str]:
    """The name in the results of each sequence that is wanted: the same, or another toolkit's way to write it."""
    plain: dict[str, list[str]] = {}
    for name in there:
        plain.setdefault(simplified(name), []).append(name)
    found = {}
    for name in wanted:
        alike = plain.get(simplified(name), [])
        if name in there:
            found[name] = name
        elif len(alike) == 1:
            found[name] = alike[0]
    return found


def simplified(name: str) -> str:
    """`Jogging.1`, `Jogging-1` and `jogging_1` alike, and without what pytracking puts before."""
    lower = name.lower()
    prefix = next((prefix for prefix in PREFIXES if lower.startswith(prefix)), "")
    return re.sub(r"[-_. ]", "", lower.removeprefix(prefix))


def is_judged(sequence: DataSequence) -> bool:
    """Whether there is more to score against than the first box."""
    absent = sequence.truth.absent
    said = absent is not None and bool(absent[1:].any())
    return said or len(sequence.truth) == 1 or not np.isnan(sequence.truth.boxes[1:]).all()


def has_truth(dataset: Dataset) -> bool:
    """Whether a sequence has more truth than its first box: test sets keep the rest on their servers."""
    return any(map(is_judged, dataset.sequences))


def speed(results: Results) -> float | None:
    """Frames a second in the tracker, over all frames but the first of each sequence; None where no times are."""
    frames, seconds = 0, 0.0
    for times in results.times.values():
        frames += len(times) - 1
        seconds += float(times[1:].sum())
    return frames / seconds if seconds > 0 else None
