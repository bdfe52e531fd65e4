"""`sotc show`: what a step of the compiler made of a spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import drawing_option, spec_options

if TYPE_CHECKING:
    from ..compiler.check import CheckResult

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
  sotc show --stage passes nanotrack_v2 -o passes.html    a picture before and after each pass
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
@drawing_option("With --stage passes: write a page with a picture before and after each pass.", ".html")
@spec_options
def command(
    spec: str,
    stage: str,
    passes: str | None,
    why: str | None,
    output: Path | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Print what a step of the compiler made of a spec, or what one of its passes did."""
    from ..compiler.show import show
    from ..specs import locate
    from .config import allowance
    from .graph import checked_spec

    if passes is not None and why is None and stage in BEFORE_PASSES:
        raise click.UsageError(
            f"--passes has no effect at the stage {stage}: passes run on the programs after it"
        )
    if output is not None:
        if stage != "passes" or why is not None:
            raise click.UsageError("-o writes the page of --stage passes; other stages are printed")
        checked = checked_spec(spec, params, tracker, allow_python)
        write_page(output, checked, passes)
        return
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


def write_page(output: Path, checked: CheckResult, passes: str | None) -> None:
    """The page of all passes over all programs."""
    from ..compiler.pass_steps import pass_steps
    from ..compiler.passes.defaults import GENERAL
    from ..compiler.writing import write_text
    from ..view.pass_html import pass_html
    from .steps import told_steps

    graph = checked.expect()
    with told_steps() as steps:
        steps.note("running the passes")
        found = pass_steps(checked, GENERAL if passes is None else passes, "graph")
        steps.note("drawing")
        text = pass_html(graph, checked.sources, found)
    write_text(output, text)
    click.echo(f"wrote {output}")
