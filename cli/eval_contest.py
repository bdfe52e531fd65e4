"""What `sotc eval report`, `sotc eval compare` and `sotc play` share: options, and results as a contest."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from .eval_regions import fitting, is_of_regions
from .options import decorated

if TYPE_CHECKING:
    from ..evaluation.report.contest import Contest
    from ..evaluation.report.entrant import Entrant

Function = TypeVar("Function", bound=Callable[..., Any])

data_option = click.option(
    "--data", metavar="DATA", help="The data set or manifest (default: what the results say)."
)
root_option = click.option(
    "--root", metavar="DIR", type=click.Path(file_okay=False), help="Where the data set lies."
)
profile_option = click.option(
    "--profile",
    metavar="P",
    help="Whose numbers: pysot, otb, lasot, got10k, ... (default: the data set's first).",
)
integers_option = click.option(
    "--int", "integers", is_flag=True, help="Score boxes cut to whole pixels, as pytracking saves them."
)
pad_option = click.option(
    "--pad", is_flag=True, help="Let results be short: frames without a box get 0,0,0,0."
)


def contest_options(function: Function) -> Function:
    """--data, --root, --profile, --int and --pad, handed over together as `wanted`."""

    @functools.wraps(function)
    def gathered(
        data: str | None, root: str | None, profile: str | None, integers: bool, pad: bool, **others: Any
    ) -> Any:
        return function(wanted=Wanted(data, root, profile, integers, pad), **others)

    options = (data_option, root_option, profile_option, integers_option, pad_option)
    return cast(Function, decorated(gathered, options))


@dataclass(frozen=True)
class Wanted:
    """What is to be scored, and how: the options of `contest_options`."""

    data: str | None
    root: str | None
    profile: str | None
    integers: bool
    pad: bool


def contest_of(entrants: Sequence[Entrant], wanted: Wanted) -> Contest:
    """Results scored on what they have in common, under the profile that is usual for them or asked for."""
    from ..evaluation.metrics.vot_profile import find_vot_profile
    from ..evaluation.report.contest import hold_contest
    from ..evaluation.report.data import open_data_of
    from ..evaluation.report.vot_contest import hold_vot_contest
    from ..evaluation.runs.scoring import Rules

    opened = open_data_of(entrants, wanted.data, wanted.root)
    stored = (each.results.manifest.profiles for each in entrants if each.results.manifest is not None)
    usual = next((profiles for profiles in stored if profiles), opened.dataset.profiles)
    profile = wanted.profile or fitting(usual, [each.results for each in entrants])[0]
    rules = Rules(wanted.pad, wanted.integers)
    if is_of_regions(profile):
        contest = hold_vot_contest(entrants, opened.dataset, find_vot_profile(profile), rules)
    else:
        contest = hold_contest(entrants, opened.dataset, profile, rules)
    return replace(contest, notes=(*contest.notes, *opened.notes))
