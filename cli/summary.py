"""`sotc summary`: what each part of a tracker costs."""

from __future__ import annotations

import click

from .options import format_option, spec_options

EXAMPLES = """
\b
Examples:
  sotc summary nanotrack_v2
  sotc summary my_tracker.sot --set width=128
  sotc summary stark_st50 --format json

Nothing is run and no weights are needed. `sotc bench SPEC` measures the time.
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@spec_options
@click.option("--all", "every", is_flag=True, help="Also the parts that have neither weights nor FLOPs.")
@format_option("table", "json")
def command(
    spec: str, params: dict[str, str], tracker: str | None, allow_python: bool, every: bool, layout: str
) -> None:
    """Tell what each part of a tracker costs: its shapes, parameters and FLOPs, and each program's in all."""
    from ..view.work import work_of, work_tables
    from .graph import checked_spec

    work = work_of(checked_spec(spec, params, tracker, allow_python).expect())
    if layout == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(work), indent=2, ensure_ascii=False))
        return
    from .console import console

    for renderable in work_tables(work, every):
        console().print(renderable)
