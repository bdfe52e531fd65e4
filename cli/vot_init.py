"""`sotc vot init`: a tracker entered into a registry of the VOT toolkit."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click

from .options import (
    crop_option,
    run_device_option,
    run_threads_option,
    spec_options,
    trust_option,
    weights_option,
)
from .tracker import Choices

TIMEOUT = 120
"""Seconds: the toolkit's own 30 are few for a large tracker on a CPU that others use, too."""

TOOLKIT = "vot-toolkit==0.7.4 attributee==0.1.9"
"""What runs here: later toolkits stop in supervised and multistart experiments, a later attributee in Python 3.11."""

EXAMPLES = """
\b
Examples:
  sotc vot init --name NanoV2 nanotrack_v2 --weights nanotrackv2.pth --stack vot2022/shorttermbox
  sotc vot init workspace --name NanoV2 nano.sotx --label "NanoTrack v2"      enters one more tracker

\b
FOLDER (the working one, unless named) gets:
  trackers.ini   a section for the tracker; those of others stay as they are
  config.yaml    with --stack: which experiments there are, and where the sequences lie
Nothing that is there is changed without --force.
"""


@click.command("init", epilog=EXAMPLES)
@click.argument("places", metavar="[FOLDER] SPEC|ARTIFACT", nargs=-1, required=True)
@click.option("--name", metavar="NAME", required=True, help="The tracker's name for the toolkit: a word.")
@click.option("--label", metavar="TEXT", help="Its name in reports (default: NAME).")
@click.option(
    "--stack",
    metavar="STACK",
    help="Make FOLDER a workspace for these experiments: vot2022/shorttermbox, vot2018/shortterm, or a file.",
)
@click.option(
    "--timeout",
    metavar="S",
    type=click.IntRange(min=1),
    default=TIMEOUT,
    show_default=True,
    help="Seconds that the toolkit waits for an answer (the start is not among them).",
)
@click.option("--force", is_flag=True, help="Replace the section and the workspace that are there.")
@weights_option
@run_device_option
@crop_option
@run_threads_option
@trust_option
@spec_options
def init_command(
    places: tuple[str, ...],
    name: str,
    label: str | None,
    stack: str | None,
    timeout: int,
    force: bool,
    weights: str | None,
    device: str | None,
    crop: Literal["auto", "host", "graph"],
    threads: int | None,
    trust: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Enter a tracker into trackers.ini, where the VOT toolkit finds it."""
    from ..evaluation.vot import registry, workspace
    from ..evaluation.vot.change import make
    from .eval_run import identity_of

    if len(places) > 2:
        raise click.UsageError(f"`{places[2]}` is one too many: [FOLDER] and SPEC or ARTIFACT are taken")
    folder, spec = Path(places[0] if len(places) == 2 else "."), places[-1]
    choices = Choices(weights, device, crop, params, tracker, allow_python, threads, trust)
    registry.refuse_name(name)
    identity_of(spec, choices)  # what is wrong with it is said here, and not in the toolkit's logs
    command = (*executable(), "vot", *arguments(spec, choices))
    entry = registry.Registration(name, label or name, command, timeout, where_python_is(allow_python))
    changes = [registry.register(folder / registry.NAME, entry, force)]
    if stack is not None:
        changes.append(workspace.configure(folder, stack, force))
    for change in changes:
        make(change)
        click.echo(f"{change.done:<9}{change.path}")
    for line in next_steps(folder, name, stack):
        click.echo(line)


def executable() -> tuple[str, ...]:
    """The whole path of `sotc`, so that it starts in whatever environment the toolkit has."""
    beside = Path(sys.executable).with_name("sotc.exe" if os.name == "nt" else "sotc")
    found = str(beside) if beside.is_file() else shutil.which("sotc")
    if found is not None:
        return (str(Path(found).absolute()),)
    return (sys.executable, "-c", "from sotc.cli import main; main()")


def arguments(spec: str, choices: Choices) -> Iterator[str]:
    """What `sotc vot` is given, files by their whole paths: the toolkit starts it in another folder."""
    yield str(Path(spec).absolute()) if Path(spec).is_file() else spec
    options = {
        "--weights": None if choices.weights is None else str(Path(choices.weights).absolute()),
        "--device": choices.device,
        "--crop": None if choices.crop == "auto" else choices.crop,
        "--threads": None if choices.threads is None else str(choices.threads),
        "--tracker": choices.tracker,
    }
    for option, value in options.items():
        if value is not None:
            yield from (option, value)
    for name, value in choices.params.items():
        yield from ("--set", f"{name}={value}")
    flags = {"--trust": choices.trust, "--allow-python": choices.allow_python}
    yield from (flag for flag, wanted in flags.items() if wanted)


def where_python_is(allowed: bool) -> dict[str, str]:
    """Where `use python` finds modules: the working folder and that of `sotc.toml`, as everywhere.

    What `sotc.toml` trusts is not seen where the toolkit starts trackers: that is said.
    """
    from .config import load

    config = load()
    if not allowed:
        if config.trusted:
            click.echo(
                f"note     {config.path} is not seen by trackers of the toolkit: give --allow-python where the spec "
                "needs it",
                err=True,
            )
        return {}
    places = dict.fromkeys((Path.cwd(), *([config.path.parent] if config.path else [])))
    return {"PYTHONPATH": os.pathsep.join(map(str, places))}


ANCHORED = ("vot2020", "vot2021", "vot2022")
"""Stacks whose runs start from anchors."""


def next_steps(folder: Path, name: str, stack: str | None) -> Iterator[str]:
    """What to run now."""
    from ..evaluation.vot.workspace import SEQUENCES

    place, sequences = shlex.quote(str(folder)), folder / SEQUENCES
    yield f"next     pip install {TOOLKIT}    (in an environment of its own)"
    yield f"         (cd {place} && vot test {name})"
    if not sequences.is_dir():
        yield f"         put the sequences into {sequences}, with a list.txt; or let `vot initialize` fetch them"
    yield f"         vot evaluate --workspace {place} {name}"
    yield f"         vot analysis --workspace {place} --format json {name}"
    results = shlex.quote(str(folder / "results" / name))
    yield f"         sotc metrics {shlex.quote(str(sequences))} {results} --profile {profile_of(stack or '')}"


def profile_of(stack: str) -> str:
    """Whose measures are those of a stack of the toolkit's own; supervised ones where it does not say."""
    if stack.endswith("longterm"):
        return "vot-toolkit:longterm"
    return "vot-toolkit:vot2020" if stack.startswith(ANCHORED) else "vot-toolkit"
