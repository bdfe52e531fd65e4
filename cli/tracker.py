"""From what the user names, a spec or an artifact, to a tracker that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    import torch

    from ..compiler.plan import Plan
    from ..runtime.tracker import Tracker

ARTIFACT_SUFFIX = ".sotx"


@dataclass(frozen=True)
class Choices:
    """What the options of `track` and `compile` said."""

    weights: str | None = None
    device: str = "cpu"
    crop: Literal["auto", "host", "graph"] = "auto"
    params: dict[str, str] = field(default_factory=dict)
    tracker: str | None = None
    allow_python: bool = False


def is_artifact(spec: str) -> bool:
    return Path(spec).suffix == ARTIFACT_SUFFIX


def compiled(spec: str, choices: Choices) -> Plan:
    """The plan of a spec. Raises what `check` and `plan_of` raise; warnings go to standard error."""
    from ..compiler.check import check
    from ..compiler.driver import plan_of
    from ..specs import locate
    from .config import allowance

    checked = check(
        locate(spec),
        params=choices.params,
        allow_python=allowance(choices.allow_python),
        tracker=choices.tracker,
    )
    checked.expect()
    plan = plan_of(checked, choices.weights, device_of(choices.device), choices.crop)
    warn(plan)
    return plan


def warn(plan: Plan) -> None:
    """Show what the compiler found worth saying, on standard error."""
    import sys

    from ..dsl.render import render_human
    from ..dsl.sources import Sources
    from .console import has_color

    if plan.warnings:
        click.echo(render_human(plan.warnings, Sources(), color=has_color(sys.stderr)), err=True)


def opened(spec: str, choices: Choices) -> Tracker:
    """A tracker from an artifact (`.sotx`), or compiled from a spec."""
    from ..runtime.tracker import Tracker

    if not is_artifact(spec):
        return Tracker(compiled(spec, choices))
    refuse_for_artifact(choices)
    from ..runtime.load import load

    return load(spec, device=choices.device)


def refuse_for_artifact(choices: Choices) -> None:
    """An artifact holds its spec, params and weights: none of them can be given with it."""
    for option, given in (
        ("--weights", choices.weights),
        ("--set", choices.params),
        ("--tracker", choices.tracker),
    ):
        if given:
            raise click.UsageError(f"{option} goes with a spec: an artifact holds its own")


def device_of(name: str) -> torch.device:
    """The torch device of that name. Raises BadParameter where there is no such device here."""
    import torch

    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as problem:
        reason = str(problem).splitlines()[0]
        raise click.BadParameter(f"`{name}` cannot be used here: {reason}", param_hint="'--device'") from None
    return device
