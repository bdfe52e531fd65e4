"""`sotc show`: what a step of the compiler made of a spec."""

from __future__ import annotations

import click

from .options import spec_options

STAGES = ("resolved", "graph", "fx", "init", "step", "refresh", "next", "train")

EXAMPLES = """
\b
Examples:
  sotc show --stage resolved my_tracker.sot  flat: extends, params and blocks worked in
  sotc show --stage graph my_tracker.sot     nodes with stages and shapes
  sotc show --stage step nanotrack_v2        the operators that run in every frame
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec")
@click.option(
    "--stage", type=click.Choice(STAGES), default="resolved", show_default=True, help="Which step to print."
)
@spec_options
def command(spec: str, stage: str, params: dict[str, str], tracker: str | None, allow_python: bool) -> None:
    """Print what a step of the compiler made of a spec."""
    from ..compiler.show import show
    from ..specs import locate
    from .config import allowance

    text = show(locate(spec), stage, params=params, allow_python=allowance(allow_python), tracker=tracker)
    click.echo(text.rstrip("\n"))
