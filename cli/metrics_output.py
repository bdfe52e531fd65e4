"""Scores as a table on the terminal, or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..evaluation.metrics.compare import Interval, interval
from ..evaluation.metrics.grade import by_attribute
from ..evaluation.metrics.lists import read_attributes
from ..evaluation.metrics.profile import PROFILES
from ..evaluation.metrics.rules import Profile
from ..evaluation.metrics.score import Score, SequenceScore
from ..evaluation.metrics.vot_compare import vot_intervals
from ..evaluation.metrics.vot_profile import VOT_PROFILES, VotProfile
from ..evaluation.metrics.vot_score import VotScore, VotSequenceScore

if TYPE_CHECKING:
    from rich.table import Table

AnyScore = Score | SequenceScore | VotScore | VotSequenceScore


@dataclass(frozen=True)
class Findings:
    """What was graded."""

    profile: Profile | VotProfile
    overall: Score | VotScore
    sequences: Mapping[str, SequenceScore] | Mapping[str, VotSequenceScore]
    remarks: tuple[str, ...] = ()
    """what the user should know, besides the numbers"""


@dataclass(frozen=True)
class Wanted:
    """What the user asked to see."""

    attributes: Path | None = None
    intervals: bool = False
    curves: bool = False
    as_json: bool = False


def show(findings: Findings, wanted: Wanted) -> None:
    """Print it. Raises BoxFileError for a file of attributes that does not read."""
    for remark in findings.remarks:
        click.echo(f"note: {remark}", err=True)
    attributes, intervals = attributes_of(findings, wanted), intervals_of(findings, wanted)
    if wanted.as_json:
        click.echo(
            json.dumps(to_json(findings, attributes, intervals, wanted.curves), indent=1, allow_nan=False)
        )
        return
    from .console import console

    click.echo(f"profile  {findings.profile.name}: {findings.profile.about}")
    screen = console()
    screen.print(table(findings))
    if attributes:
        screen.print(attribute_table(attributes))
    for measure, found in intervals.items():
        level = f"{100 * found.level:.0f} %"
        click.echo(
            f"{measure}  {found.value:.4f}, {found.low:.4f} to {found.high:.4f} ({level}, over sequences)"
        )


def attributes_of(findings: Findings, wanted: Wanted) -> dict[str, Score]:
    if wanted.attributes is None:
        return {}
    profile, scores = box_scores(findings)
    return by_attribute(profile, scores, read_attributes(wanted.attributes))


def intervals_of(findings: Findings, wanted: Wanted) -> dict[str, Interval]:
    if not wanted.intervals:
        return {}
    if isinstance(findings.profile, VotProfile):
        of = {name: each for name, each in findings.sequences.items() if isinstance(each, VotSequenceScore)}
        return vot_intervals(findings.profile, of)
    profile, scores = box_scores(findings)
    return {measure: interval(profile, scores, measure) for measure in profile.measures}


def box_scores(findings: Findings) -> tuple[Profile, dict[str, SequenceScore]]:
    """Those of a profile of boxes. Raises UsageError for one of VOT's: files of attributes are for boxes."""
    if isinstance(findings.profile, VotProfile):
        raise click.UsageError(f"--attributes is for profiles of boxes, not for {findings.profile.name}")
    scores = {name: score for name, score in findings.sequences.items() if isinstance(score, SequenceScore)}
    return findings.profile, scores


def to_json(
    findings: Findings, attributes: Mapping[str, Score], intervals: Mapping[str, Interval], curves: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "profile": findings.profile.name,
        "sequences": {name: numbers(score, curves) for name, score in findings.sequences.items()},
        "overall": numbers(findings.overall, curves),
    }
    if curves and isinstance(findings.profile, Profile):
        found["thresholds"] = {name: list(rule.thresholds) for name, rule in findings.profile.curves.items()}
    if attributes:
        found["attributes"] = {
            name: {**numbers(score, curves), "sequences": score.sequences}
            for name, score in attributes.items()
        }
    if intervals:
        found["intervals"] = {
            name: {"low": plain(one.low), "high": plain(one.high), "level": one.level}
            for name, one in intervals.items()
        }
    return found


def numbers(score: AnyScore, curves: bool) -> dict[str, Any]:
    """Measures; with `curves` also curves and the counts that they come from."""
    found: dict[str, Any] = {name: plain(value) for name, value in score.measures.items()}
    if not curves:
        return found
    found["curves"] = {
        name: [plain(value) for value in curve.tolist()] for name, curve in score.curves.items()
    }
    found["counts"] = {
        name: count if isinstance(count, int) else count.tolist() for name, count in score.counts.items()
    }
    if isinstance(score, SequenceScore):
        found["counted"] = dict(score.totals.counted)
    return found


def plain(value: float) -> float | str | None:
    """As JSON has numbers: null for NaN, and text for infinity."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def table(findings: Findings) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    made.add_column("")
    measures = list(findings.overall.measures)
    for measure in measures:
        made.add_column(measure, justify="right")
    for name, score in findings.sequences.items():
        made.add_row(name, *(cell(score, measure) for measure in measures))
    made.add_row(
        f"all {len(findings.sequences)}",
        *(cell(findings.overall, measure) for measure in measures),
        style="bold",
    )
    return made


def attribute_table(attributes: Mapping[str, Score]) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    measures = list(next(iter(attributes.values())).measures)
    for column in ("attribute", "sequences", *measures):
        made.add_column(column, justify="left" if column == "attribute" else "right")
    for name, score in attributes.items():
        made.add_row(name, str(score.sequences), *(cell(score, measure) for measure in measures))
    return made


def cell(score: AnyScore, measure: str) -> str:
    value = score.measures.get(measure, math.nan)
    return "-" if math.isnan(value) else f"{value:.4f}"


def show_profiles() -> None:
    from rich.table import Table

    from .console import console

    made = Table(box=None, pad_edge=False)
    for column in ("profile", "measures", "whose"):
        made.add_column(column)
    for profile in PROFILES.values():
        made.add_row(profile.name, " ".join(profile.measures), profile.about)
    for vot in VOT_PROFILES.values():
        made.add_row(vot.name, "regions", vot.about)
    console().print(made)
