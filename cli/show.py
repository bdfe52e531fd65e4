"""`sotc show`: what a step of the compiler made of a spec."""

from __future__ import annotations

import click

from .options import spec_options

STAGES = ("resolved", "graph", "fx", "init", "step", "refresh", "next", "passes", "train")

BEFORE_PASSES = ("resolved", "graph", "fx", "train")
"""Stages that no pass has run before."""

EXAMPLES = """
\b
Examples:
  sotc show --stage resolved my_tracker.sot  flat: extends, params and blocks worked in
  sotc show --stage graph my_tracker.sot     nodes with stages and shapes
  sotc show --stage step nanotrack_v2        the operators that run in every frame
  sotc show --stage passes --passes fold-constants,fold-batchnorm nanotrack_v2
  sotc show --why fold-batchnorm nanotrack_v2
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec")
@click.option(
    "--stage", type=click.Choice(STAGES), default="resolved", show_default=True, help="Which step to print."
)
@click.option(
    "--passes", metavar="PASS,...", help="Passes to run first: fold-constants,precision{dtype=bf16}."
)
@click.option("--why", metavar="PASS", help="Print what a pass did, and where it did not and why.")
@spec_options
def command(
    spec: str,
    stage: str,
    passes: str | None,
    why: str | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Print what a step of the compiler made of a spec, or what one of its passes did."""
    from ..compiler.show import show
    from ..specs import locate
    from .config import allowance

    if passes is not None and why is None and stage in BEFORE_PASSES:
        raise click.UsageError(
            f"--passes has no effect at the stage {stage}: passes run on the programs after it"
        )
    text = show(
        locate(spec),
        stage,
        params=params,
        allow_python=allowance(allow_python),
        tracker=tracker,
        passes=passes,
        why=why,
    )
    click.echo(text.rstrip("\n"))
