"""`sotc vot`: a tracker for the VOT toolkit, which runs it and asks it by TraX."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import Literal

import click

from .commands_within import WithCommands
from .options import (
    crop_option,
    run_device_option,
    run_threads_option,
    spec_options,
    trust_option,
    weights_option,
)
from .tracker import Choices
from .vot_init import init_command

EXAMPLES = """
\b
Examples:
  sotc vot init --name Mine nanotrack_v2 --weights nanotrackv2.pth --stack vot2022/shorttermbox
  sotc vot init --help                       what it writes, and what to run then
  sotc vot nanotrack_v2 --weights nanotrackv2.pth      what the toolkit runs

The toolkit starts it, and asks by TraX over standard input and output; messages go to standard error. It needs the
extra `vot` (pip install 'sotc[vot]'). docs/guide/vot.md goes from nothing to a score.
"""


@click.command(cls=WithCommands, within={"init": init_command}, epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@weights_option
@run_device_option
@crop_option
@run_threads_option
@trust_option
@spec_options
def command(
    spec: str,
    weights: str | None,
    device: str | None,
    crop: Literal["auto", "host", "graph"],
    threads: int | None,
    trust: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Answer the VOT toolkit, by TraX; or enter a tracker into its registry: sotc vot init."""
    from ..evaluation.vot.connection import require_trax

    require_trax()  # said before compiling
    choices = Choices(weights, device, crop, params, tracker, allow_python, threads, trust)
    with redirect_stdout(sys.stderr):  # what a part of the user's prints is no answer
        speak(spec, choices)


def speak(spec: str, choices: Choices) -> None:
    """Compile, then say hello: for each answer after it, the client has a clock running."""
    from ..evaluation.vot.connection import connect
    from ..evaluation.vot.serve import serve, warm_up
    from .eval_run import open_tracker
    from .tracker import warn

    found = open_tracker(spec, choices)
    warn(found.warnings)
    warm_up(found)
    if sys.stdin.isatty():
        click.echo(
            "this speaks TraX, and waits for a client's requests: the VOT toolkit runs it, once `sotc vot init` has "
            "entered it into trackers.ini; Ctrl-C ends it",
            err=True,
        )
    several = found.plan.max_targets != 1
    connection = connect(found.name, f"{found.backend} on {found.device}", several)
    serve(found, connection, lambda line: click.echo(line, err=True))
