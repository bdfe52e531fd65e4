"""`sotc compile`: a spec and its weights as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from .options import crop_option, device_option, spec_options, weights_option

EXAMPLES = """
\b
Examples:
  sotc compile correlation_filter -o filter.sotx
  sotc compile nanotrack_v2 --weights nanotrackv2.pth -o nanotrack.sotx
  sotc track nanotrack.sotx clip.mp4 --box 198,214,34,81
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The artifact to write, FILE.sotx.",
)
@weights_option
@device_option
@crop_option
@spec_options
def command(
    spec: str,
    output: Path,
    weights: str | None,
    device: str,
    crop: Literal["auto", "host", "graph"],
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Write a tracker as one file, which `sotc track` and `sotc.load` take in place of a spec."""
    from .tracker import ARTIFACT_SUFFIX, Choices, compiled

    if output.suffix != ARTIFACT_SUFFIX:
        raise click.BadParameter(
            f"`{output}` should end in {ARTIFACT_SUFFIX}", param_hint="'-o' / '--output'"
        )
    from ..compiler.artifact import save

    plan = compiled(spec, Choices(weights, device, crop, params, tracker, allow_python))
    save(plan, output)
    click.echo(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")
