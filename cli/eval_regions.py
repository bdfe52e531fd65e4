"""VOT's own measures in `sotc eval`: of runs that the VOT toolkit made, or of one pass where a protocol is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .eval_request import Request

if TYPE_CHECKING:
    from ..evaluation.datasets.find import Dataset
    from ..evaluation.metrics.vot_profile import VotProfile
    from ..evaluation.runs.results import Results
    from ..evaluation.runs.scoring import Rules
    from .metrics_output import Wanted

INSTEAD = ("pysot", "ostrack")
"""Profiles for one pass over a data set whose own are of runs with restarts."""


def is_of_regions(profile: str) -> bool:
    from ..evaluation.metrics.vot_profile import VOT_ALIASES, VOT_PROFILES

    return profile in VOT_PROFILES or profile in VOT_ALIASES


def refuse_restarts(profiles: Sequence[str]) -> None:
    """Raises UsageError for a profile of runs that `sotc eval SPEC` does not make, UnknownProfileError."""
    from ..evaluation.metrics.profile import find_profile

    for profile in profiles:
        if not is_of_regions(profile):
            find_profile(profile)
        elif not is_one_pass(profile):
            raise click.UsageError(
                f"{profile} is of runs that are started again, which the VOT toolkit makes: sotc vot init"
            )


def is_one_pass(profile: str) -> bool:
    """Whether a profile of VOT's is of runs that are started once."""
    from ..evaluation.metrics.vot_profile import find_vot_profile
    from ..evaluation.runs.vot_scoring import ONE_PASS

    return find_vot_profile(profile).protocol in ONE_PASS


def fitting(profiles: Sequence[str], results: Sequence[Results]) -> tuple[str, ...]:
    """Of the usual profiles those that these results can be scored by; where there are none, others, which is said."""
    if all(each.form == "vot" for each in results):
        return tuple(profiles)
    known = all(each.form == "vot" or len(each.runs[0].scores) == len(each.boxes) for each in results)
    found = tuple(each for each in profiles if not is_of_regions(each) or (is_one_pass(each) and known))
    if found:
        return found
    why = (
        "it needs scores, and these have none"
        if is_one_pass(profiles[0])
        else "this is one pass, without a restart"
    )
    click.echo(
        f"note     {profiles[0]} is of runs that the VOT toolkit makes (sotc vot init); {why}", err=True
    )
    return INSTEAD


def regions_scored(
    request: Request, results: Results, dataset: Dataset, profiles: Sequence[str], rules: Rules
) -> bool:
    """Print VOT's measures; false where profiles of boxes are asked for.

    Raises UsageError for both at once, IncompleteError for sequences without results, VotError, UnmatchedError.
    """
    from ..evaluation.metrics.vot_profile import find_vot_profile
    from .metrics_output import Wanted

    of_regions = [profile for profile in profiles if is_of_regions(profile)]
    if not of_regions:
        return False
    if len(of_regions) < len(profiles):
        raise click.UsageError("profiles of VOT and of boxes: ask for the one or the other")
    if request.as_json and len(of_regions) > 1:
        click.echo(f"note     only {of_regions[0]}; --profile {of_regions[1]} gives the other", err=True)
        of_regions = of_regions[:1]
    for name in of_regions:
        show_one(find_vot_profile(name), results, dataset, rules, Wanted(as_json=request.as_json))
    return True


def show_one(profile: VotProfile, results: Results, dataset: Dataset, rules: Rules, wanted: Wanted) -> None:
    """Print the measures of one profile."""
    from ..evaluation.metrics.vot_grade import grade_vot
    from ..evaluation.runs.vot_scoring import vot_sequences
    from .metrics_output import Findings, show

    sequences = vot_sequences(profile, results, dataset, rules)
    there = {sequence.name for sequence in sequences}
    remarks = [
        f"not graded, there are no results: {each.name}"
        for each in dataset.sequences
        if each.name not in there
    ]
    score = grade_vot(profile, sequences)
    show(Findings(profile, score, score.sequences, tuple(remarks)), wanted)
