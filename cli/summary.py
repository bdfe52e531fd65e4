"""`sotc summary`: what each part of a tracker costs."""

from __future__ import annotations

import click

from .node_times import Profile, measured, profile_options
from .options import format_option, spec_options

EXAMPLES = """
\b
Examples:
  sotc summary nanotrack_v2
  sotc summary my_tracker.sot --set width=128
  sotc summary stark_st50 --format json
  sotc summary nanotrack_v2 --profile        what each part takes on this device, too

Without --profile nothing is run. Weights are never needed: without --weights random ones are run.
`sotc bench SPEC` measures a tracker as it is used.
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@profile_options
@spec_options
@click.option("--all", "every", is_flag=True, help="Also the parts that have neither weights nor FLOPs.")
@format_option("table", "json")
def command(
    spec: str,
    profile: Profile | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    every: bool,
    layout: str,
) -> None:
    """Tell what each part of a tracker costs: its shapes, parameters and FLOPs, and each program's in all."""
    from ..view.work import work_of, work_tables
    from .graph import checked_spec

    checked = checked_spec(spec, params, tracker, allow_python)
    work = work_of(checked.expect(), measured(checked, profile) if profile else None)
    if layout == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(work), indent=2, ensure_ascii=False))
        return
    from .console import console

    for renderable in work_tables(work, every):
        console().print(renderable)
