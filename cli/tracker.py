"""From what the user names, a spec or an artifact, to a tracker that runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from ..dsl.diagnostics import Diagnostic
    from ..runtime.tracker import Tracker


@dataclass(frozen=True)
class Choices:
    """What the options said."""

    weights: str | None = None
    device: str = "cpu"
    crop: Literal["auto", "host", "graph"] = "auto"
    params: dict[str, str] = field(default_factory=dict)
    tracker: str | None = None
    allow_python: bool = False
    threads: int = 1


def opened(spec: str, choices: Choices) -> Tracker:
    """A tracker from an artifact (`.sotx`), or compiled from a spec; warnings go to standard error."""
    from .. import api
    from ..compiler.artifact import is_artifact
    from ..runtime.threads import use_threads
    from .config import allowance

    use_threads(choices.threads)
    allowed = allowance(choices.allow_python)
    if is_artifact(spec):
        refuse_for_artifact(choices)
        tracker = api.load(spec, device=choices.device, crop=choices.crop, allow_python=allowed)
    else:
        tracker = api.compile(
            spec,
            weights=choices.weights,
            device=choices.device,
            crop=choices.crop,
            params=choices.params,
            allow_python=allowed,
            tracker=choices.tracker,
        )
    warn(tracker.warnings)
    return tracker


def refuse_for_artifact(choices: Choices) -> None:
    """An artifact holds its spec, params and weights: none of them can be given with it."""
    given = {"--weights": choices.weights, "--set": choices.params, "--tracker": choices.tracker}
    for option, value in given.items():
        if value:
            raise click.UsageError(f"{option} goes with a spec: an artifact holds its own")


def warn(findings: Sequence[Diagnostic]) -> None:
    """Show what the compiler found worth saying, on standard error."""
    from ..dsl.render import render_human
    from ..dsl.sources import Sources
    from .console import has_color

    if not findings:
        return
    sources = Sources()
    for path in {finding.span.path for finding in findings}:
        if sources.exists(path):
            sources.read(path)
    click.echo(render_human(findings, sources, color=has_color(sys.stderr)), err=True)
