"""VOT's own measures in `sotc eval`: they are of runs that the VOT toolkit made, with failures or from anchors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .eval_request import Request

if TYPE_CHECKING:
    from ..evaluation.datasets.find import Dataset

INSTEAD = ("pysot", "ostrack")
"""Profiles for one pass over a data set of VOT's."""


def is_of_regions(profile: str) -> bool:
    from ..evaluation.metrics.vot_profile import VOT_ALIASES, VOT_PROFILES

    return profile in VOT_PROFILES or profile in VOT_ALIASES


def of_boxes(profiles: Sequence[str]) -> tuple[str, ...]:
    """Those for one pass; where there are only VOT's, the usual ones, which is said."""
    found = tuple(profile for profile in profiles if not is_of_regions(profile))
    if found:
        return found
    click.echo(
        f"note     {profiles[0]} is of runs that the VOT toolkit makes (sotc vot init); this is one pass, without a "
        "restart",
        err=True,
    )
    return INSTEAD


def regions_scored(request: Request, folder: Path, dataset: Dataset, profiles: Sequence[str]) -> bool:
    """Print VOT's measures of what the toolkit left in a folder; false where profiles of boxes are asked for.

    Raises UsageError for both at once, IncompleteError for sequences without results, VotError, UnmatchedError.
    """
    from ..evaluation.metrics.vot_profile import find_vot_profile
    from ..evaluation.runs.errors import IncompleteError
    from .metrics import regions_graded
    from .metrics_output import Wanted, show

    of_regions = [profile for profile in profiles if is_of_regions(profile)]
    if not of_regions:
        return False
    if len(of_regions) < len(profiles):
        raise click.UsageError("profiles of VOT and of boxes: ask for the one or the other")
    if request.as_json and len(of_regions) > 1:
        click.echo(f"note     only {of_regions[0]}; --profile {of_regions[1]} gives the other", err=True)
        of_regions = of_regions[:1]
    for profile in of_regions:
        findings = regions_graded(find_vot_profile(profile), sequences_of(dataset), folder, None)
        if findings.remarks and not request.partial:
            raise IncompleteError(
                f"`{folder}` lacks {len(findings.remarks)} of {len(dataset.sequences)} sequences: "
                f"{findings.remarks[0].rpartition(': ')[2]}",
                "vot evaluate goes on where it was stopped; --partial scores what is there",
            )
        show(findings, Wanted(as_json=request.as_json))
    return True


def sequences_of(dataset: Dataset) -> Path:
    """The folder of the sequences: the data set's own, or `sequences` in it, as in a workspace."""
    inner = dataset.root / "sequences"
    return inner if inner.is_dir() else dataset.root
