"""`sotc weights`: a checkpoint of the original, converted or mapped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from .options import spec_options

if TYPE_CHECKING:
    from ..compiler.convert import Conversion
    from ..compiler.graph import ComponentGraph
    from ..importers.propose_map import Proposal

SHOWN = 12
"""So many names of each kind are listed; --json has them all."""

CONVERT_EXAMPLES = """
\b
Examples:
  sotc weights convert nanotrack_v2 nanotrackv2.pth -o nanotrack_v2.safetensors
  sotc weights convert siamrpnpp_r50 model.pth -o model.safetensors --half
  sotc weights convert siamrpnpp_r50 model.pth --json          only the report: nothing is written

Exit code: 0 where all fits, 1 where something is missing, unexpected or of another shape; then nothing is written.
"""

MAP_EXAMPLES = """
\b
Examples:
  sotc weights map my_port.sot original.pth
  sotc weights map my_port.sot original.pth -o my_port.keys.toml
  sotc weights map my_port.sot original.pth --json               for programs: every pair, and how sure it is

The map is a proposal. Lines that are guesses say so; `sotc verify` shows whether it is right.
"""


EXAMPLES = """
\b
Examples:
  sotc weights convert nanotrack_v2 nanotrackv2.pth -o nanotrack_v2.safetensors
  sotc weights map my_port.sot original.pth -o my_port.keys.toml
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Read a checkpoint of the original: convert it to the spec's names, or propose a map of names."""


@command.command(epilog=CONVERT_EXAMPLES)
@click.argument("spec", metavar="SPEC")
@click.argument("checkpoint", type=click.Path(dir_okay=False))
@click.option("-o", "--output", metavar="FILE", help="Where to write: .safetensors, which --weights reads.")
@click.option("--half", is_flag=True, help="As float16: half the size.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@spec_options
@click.pass_context
def convert(
    context: click.Context,
    spec: str,
    checkpoint: str,
    output: str | None,
    half: bool,
    as_json: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Write a checkpoint under the spec's own names, and tell what of it was found."""
    from ..compiler.convert import SUFFIX, read_conversion, write_conversion

    if output is not None and not output.endswith(SUFFIX):
        raise click.UsageError(f"`{output}` is no {SUFFIX} file: that is what is written")
    if output is None and (half or not as_json):
        raise click.UsageError("say where to write: -o FILE.safetensors (or --json for the report alone)")
    found = read_conversion(checked(spec, params, tracker, allow_python), checkpoint)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        for line in told(found):
            click.echo(line)
    if not found.report.complete:
        if not as_json:
            click.echo("nothing is written: what does not fit is listed above", err=True)
        context.exit(1)
    if output is not None:
        size = write_conversion(found, output, half)
        if not as_json:
            click.echo(f"wrote      {output}, {size / 1e6:.1f} MB")


@command.command("map", epilog=MAP_EXAMPLES)
@click.argument("spec", metavar="SPEC")
@click.argument("checkpoint", type=click.Path(dir_okay=False))
@click.option(
    "-o", "--output", metavar="FILE", help="Where to write it: NAME.keys.toml beside NAME.sot is read."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: every pair with how sure it is, and what is left."
)
@spec_options
def map_command(
    spec: str,
    checkpoint: str,
    output: str | None,
    as_json: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Propose which of a checkpoint's names is which of the spec's, by shapes, order and words."""
    from pathlib import Path

    from ..compiler.checkpoint import load_checkpoint
    from ..compiler.modules import shapes_of
    from ..compiler.writing import write_text
    from ..importers.propose_map import propose
    from ..importers.write_map import map_text

    graph = checked(spec, params, tracker, allow_python)
    tensors = load_checkpoint(checkpoint)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    found = propose(shapes, shapes_of(graph))
    text = map_text(found, graph.program.name, Path(checkpoint).name)
    if output is not None:
        write_text(output, text)
    if as_json:
        click.echo(json.dumps(proposal_json(found, graph.program.name, Path(checkpoint).name), indent=1))
        return
    if output is None:
        click.echo(text, nl=False)
    for line in told_map(found, output):
        click.echo(line, err=True)


def checked(spec: str, params: dict[str, str], tracker: str | None, allow_python: bool) -> ComponentGraph:
    """The graph of a spec without mistakes."""
    from ..compiler.check import check
    from ..specs import locate
    from .config import allowance

    return check(locate(spec), params=params, allow_python=allowance(allow_python), tracker=tracker).expect()


def told(found: Conversion) -> Iterator[str]:
    """What the checkpoint is, counts, and the names of all that does not fit."""
    report = found.report
    yield f"checkpoint {found.checkpoint}, names: {found.family}"
    if found.source:
        yield f"map        {found.source}"
    if report.prefix:
        yield f"prefix     {report.prefix} is left out"
    yield f"mapped     {len(report.mapped)} of {found.expected} tensors of {found.tracker}"
    if report.ignored:
        yield f"ignored    {len(report.ignored)} of no use"
    yield from listed("missing", report.missing)
    yield from listed("unexpected", report.unexpected)
    yield from listed(
        "reshaped",
        [
            f"{item.source} (as {item.name}): {list(item.found)}, not {list(item.expected)}"
            for item in report.reshaped
        ],
    )


def listed(title: str, names: Sequence[str]) -> Iterator[str]:
    if not names:
        return
    yield f"{title:<10} {len(names)}"
    yield from (f"             {name}" for name in names[:SHOWN])
    if len(names) > SHOWN:
        yield f"             and {len(names) - SHOWN} more; --json lists all"


def proposal_json(found: Proposal, tracker: str, checkpoint: str) -> dict[str, Any]:
    """The proposal for programs: `{"tracker", "checkpoint", "pairs": [...], "unused", "missing"}`."""
    return {
        "tracker": tracker,
        "checkpoint": checkpoint,
        "pairs": [
            {
                "theirs": match.theirs.name,
                "ours": match.ours.name,
                "sure": match.sure,
                "rename": match.renames,
            }
            for match in found.matches
        ],
        "unused": [layer.name for layer in found.unused],
        "missing": list(found.missing),
    }


def told_map(found: Proposal, output: str | None) -> Iterator[str]:
    """How many layers were matched, and how sure that is."""
    counts = {kind: sum(match.sure == kind for match in found.matches) for kind in ("shape", "name", "guess")}
    yield (
        f"matched {len(found.matches)} layers: {counts['shape']} by unique shapes, {counts['name']} by words and "
        f"place, {counts['guess']} guessed; {len(found.unused)} of the checkpoint are of no use, "
        f"{len(found.missing)} of the spec are missing"
    )
    if output is not None:
        yield f"wrote   {output}"
