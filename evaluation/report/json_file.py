"""A contest as JSON: everything that a report tells, for a program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..metrics.compare import Interval
from ..metrics.score import Score, SequenceScore
from ..metrics.vot_profile import VotProfile
from .contest import Contest, Entry


def contest_json(contest: Contest) -> dict[str, Any]:
    """Fractions; None where there is no number."""
    return {
        "data": {"name": contest.dataset.name, "split": contest.dataset.split or None},
        "profile": contest.profile.name,
        "sequences": [sequence.name for sequence in contest.sequences],
        "notes": list(contest.notes),
        "curves": {name: list(thresholds) for name, thresholds in thresholds_of(contest).items()},
        "trackers": [entry_json(entry) for entry in contest.entries],
    }


def thresholds_of(contest: Contest) -> dict[str, tuple[float, ...]]:
    """Where each curve has its values; VOT's has them at whole numbers from 0."""
    if isinstance(contest.profile, VotProfile):
        return {}
    return {name: rule.thresholds for name, rule in contest.profile.curves.items()}


def entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "tracker": entry.name,
        "folder": str(entry.results.folder),
        "runs": len(entry.results.runs),
        "frames_per_second": entry.speed,
        "overall": numbers(entry.score.measures),
        "intervals": {name: interval_json(found) for name, found in entry.intervals.items()},
        "curves": {name: list(map(number, curve)) for name, curve in entry.score.curves.items()},
        "attributes": {name: scored(score) for name, score in entry.attributes.items()},
        "sequences": {name: scored(score) for name, score in entry.sequences.items()},
    }


def scored(score: Score | SequenceScore) -> dict[str, Any]:
    return {"frames": score.frames, **numbers(score.measures)}


def interval_json(found: Interval) -> dict[str, float | None]:
    return {"low": number(found.low), "high": number(found.high), "level": found.level}


def numbers(measures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: number(value) for name, value in measures.items()}


def number(value: float) -> float | None:
    """None for what is no number, or none that JSON has."""
    return float(value) if math.isfinite(value) else None
