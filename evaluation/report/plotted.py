"""What the plots of a contest show, as data: the page and the papers draw the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..metrics.rules import CurveName, Profile, Reading
from ..metrics.vot_profile import VotProfile
from ..runs.results import Floats
from .axis import tick_label
from .contest import Contest, Entry
from .table import title


@dataclass(frozen=True)
class CurvePlot:
    """A line for each tracker."""

    name: str
    """of its file"""
    heading: str
    told: str
    """what the legend's number is"""
    across: str
    up: str
    """what is on the axes"""
    bounds: tuple[float, float]
    """of the axis across; the other is from 0 to 1"""
    measure: str | None
    """that the legend tells, and is ordered by"""
    points: Callable[[Entry], tuple[Floats, Floats]]
    """where a tracker's line goes: across, up"""
    mark: tuple[float, float] | None = None
    """what part of the axis across the legend's number is of; one place where both are the same"""
    falls: bool = False
    """whether lines go from the upper left to the lower right, which leaves the lower left for a legend"""


@dataclass(frozen=True)
class DotPlot:
    """A dot for each tracker."""

    name: str
    heading: str
    told: str
    across: str
    up: str
    points: Callable[[Entry], tuple[float, float]]


CURVES: Mapping[CurveName, tuple[str, str, str]] = {
    "success": ("Success", "Overlap threshold", "Share of frames"),
    "precision": ("Precision", "Distance of centres, pixels", "Share of frames"),
    "norm_precision": ("Normalised precision", "Distance of centres, share of the size", "Share of frames"),
}
"""Title and what is on the axes."""


def curve_plots(contest: Contest) -> list[CurvePlot]:
    """The curves of the profile."""
    profile = contest.profile
    if isinstance(profile, VotProfile):
        return vot_curves(contest, profile)
    return [ope_curve(profile, key) for key in CURVES if key in profile.curves]


# ---------------------------------------------------------------- boxes


def ope_curve(profile: Profile, key: CurveName) -> CurvePlot:
    """One curve of a profile of boxes."""
    thresholds, (heading, across, up) = profile.curves[key].thresholds, CURVES[key]
    measure = measure_of(profile, key)
    reading = profile.measures[measure] if measure is not None else None
    at = thresholds[reading.at] if reading is not None and isinstance(reading.at, int) else None

    def points(entry: Entry) -> tuple[Floats, Floats]:
        return np.array(thresholds), entry.score.curves[key]

    return CurvePlot(
        key,
        heading,
        read_off(profile, key, measure, reading),
        across,
        up,
        (thresholds[0], thresholds[-1]),
        measure,
        points,
        None if at is None else (at, at),
        falls=key == "success",
    )


def measure_of(profile: Profile, key: CurveName) -> str | None:
    """The measure that a curve's legend tells: its area where the profile has that, else what is read off it."""
    measures = profile.measures
    areas = [name for name, reading in measures.items() if reading.of == key and isinstance(reading.at, str)]
    means = [name for name, reading in measures.items() if key == "success" and reading.of == "overlap"]
    points = [name for name, reading in measures.items() if reading.of == key and isinstance(reading.at, int)]
    by_kind = (*areas, *means, *points) if key == "success" else (*points, *areas)
    return next(iter(by_kind), None)


def read_off(profile: Profile, key: CurveName, measure: str | None, reading: Reading | None) -> str:
    """What the legend's number is."""
    if measure is None or reading is None:
        return f"profile {profile.name}"
    if reading.of == "overlap":
        how = "mean of the overlaps"
    elif isinstance(reading.at, int):
        how = f"read at {tick_label(profile.curves[key].thresholds[reading.at])}"
    else:
        how = "area under the curve"
    return f"{title(measure)}: {how}, profile {profile.name}"


# ---------------------------------------------------------------- regions


def vot_curves(contest: Contest, profile: VotProfile) -> list[CurvePlot]:
    """Expected overlap by length, or precision and recall, where the protocol has them."""
    if "eao" in contest.measures:
        return [expected_overlap(contest, profile)]
    return [precision_recall(profile)] if "f" in contest.measures else []


def expected_overlap(contest: Contest, profile: VotProfile) -> CurvePlot:
    """The mean overlap that a run of a length can be expected to have."""
    low, high = profile.interval
    longest = max(len(entry.score.curves["eao"]) for entry in contest.entries) - 1
    end = float(min(longest, max(round(1.2 * high), 10)))

    def points(entry: Entry) -> tuple[Floats, Floats]:
        curve = entry.score.curves["eao"][1 : int(end) + 1]  # of length 0 there is none
        return np.arange(1, len(curve) + 1, dtype=np.float64), curve

    return CurvePlot(
        "expected_overlap",
        "Expected average overlap",
        f"EAO: mean over lengths of {low} to {high} frames, profile {profile.name}",
        "Length of a run, frames",
        "Expected overlap",
        (1.0, max(end, 2.0)),
        "eao",
        points,
        (float(low), min(float(high), end)) if low < end else None,
        falls=True,
    )


def precision_recall(profile: VotProfile) -> CurvePlot:
    """Precision beside recall, a point for each threshold of confidence."""

    def points(entry: Entry) -> tuple[Floats, Floats]:
        return entry.score.curves["recall"], entry.score.curves["precision"]

    return CurvePlot(
        "precision_recall",
        "Precision and recall",
        f"F: the largest harmonic mean of the two, profile {profile.name}",
        "Recall",
        "Precision",
        (0.0, 1.0),
        "f",
        points,
        falls=True,
    )


def dot_plots(contest: Contest) -> list[DotPlot]:
    """Accuracy beside robustness, where the profile has both."""
    measures = contest.measures
    if not isinstance(contest.profile, VotProfile) or "accuracy" not in measures:
        return []
    known = [name for name in ("reliability", "robustness") if name in measures]
    if not known:
        return []
    measure = known[0]
    told = (
        "the chance of 30 frames without a failure"
        if measure == "reliability"
        else "the share of frames tracked"
    )

    def points(entry: Entry) -> tuple[float, float]:
        return entry.score.measures[measure], entry.score.measures["accuracy"]

    return [
        DotPlot(
            "accuracy_robustness",
            "Accuracy and robustness",
            f"{title(measure)}: {told}, profile {contest.profile.name}",
            title(measure),
            "Accuracy",
            points,
        )
    ]
