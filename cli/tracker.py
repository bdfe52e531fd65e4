"""From what the user names, a spec or an artifact, to a tracker that runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from ..compiler.compiled import Precision
    from ..dsl.diagnostics import Diagnostic
    from ..runtime.tracker import Tracker


@dataclass(frozen=True)
class Choices:
    """What the options said."""

    weights: str | None = None
    device: str | None = None
    """None for the CPU, or for what an artifact was compiled for"""
    crop: Literal["auto", "host", "graph"] = "auto"
    params: dict[str, str] = field(default_factory=dict)
    tracker: str | None = None
    allow_python: bool = False
    threads: int | None = None
    """None for one, or for as many as an artifact was compiled for"""
    trust: bool = False
    backend: str = "eager"
    """of a spec; an artifact has its own"""
    precision: Precision = "fp32"


def opened(spec: str, choices: Choices) -> Tracker:
    """A tracker from an artifact (`.sotx`), or compiled from a spec; warnings go to standard error."""
    tracker = opened_silently(spec, choices)
    warn(tracker.warnings)
    return tracker


def opened_silently(spec: str, choices: Choices) -> Tracker:
    """The same, and who asked sees to its warnings."""
    from ..compiler.archive import is_artifact
    from ..runtime.threads import use_threads

    made = is_artifact(spec)
    if made:
        refuse_for_artifact(choices)
    threads = choices.threads or (threads_of(spec) if made else 1)
    tracker = from_artifact(spec, choices, threads) if made else from_spec(spec, choices, threads)
    use_threads(threads)  # again: torch may be here only now
    return tracker


def threads_of(artifact: str) -> int:
    from ..compiler.opening import read_manifest

    return read_manifest(artifact).threads


def from_artifact(path: str, choices: Choices, threads: int) -> Tracker:
    """Opened without torch where it runs without torch."""
    from .. import api
    from ..runtime.threads import use_threads
    from .config import allowance

    use_threads(threads)
    return api.load(
        path,
        device=choices.device,
        crop=choices.crop,
        allow_python=allowance(choices.allow_python),
        trust=choices.trust,
        threads=threads,
    )


def from_spec(spec: str, choices: Choices, threads: int) -> Tracker:
    if choices.trust:
        raise click.UsageError("--trust goes with an artifact: a spec holds no machine code")
    import torch  # noqa: F401  (so that `use_threads` holds while compiling)

    from .. import api
    from ..runtime.threads import use_threads
    from .config import allowance

    use_threads(threads)
    return api.compile(
        spec,
        weights=choices.weights,
        device=choices.device or "cpu",
        crop=choices.crop,
        params=choices.params,
        allow_python=allowance(choices.allow_python),
        tracker=choices.tracker,
        backend=choices.backend,
        precision=choices.precision,
        threads=threads,
    )


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
