"""`sotc compile`: a spec and its weights as one file."""

from __future__ import annotations

from pathlib import Path

import click

from .options import spec_options, weights_option

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
@spec_options
def command(
    spec: str,
    output: Path,
    weights: str | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Write a tracker as one file, which `sotc track` and `sotc.load` take in place of a spec."""
    from ..compiler.artifact import SUFFIX, is_artifact, save_artifact
    from ..specs import locate
    from .config import allowance
    from .tracker import warn

    if not is_artifact(output):
        raise click.BadParameter(f"`{output}` should end in {SUFFIX}", param_hint="'-o' / '--output'")
    saved = save_artifact(
        output,
        locate(spec),
        weights,
        params=params,
        tracker=tracker,
        allow_python=allowance(allow_python),
    )
    warn(saved.warnings)
    size = output.stat().st_size / 1e6
    click.echo(
        f"wrote {output}: {saved.manifest.name}, {saved.manifest.parameters:,} parameters, {size:.1f} MB"
    )
