"""`sotc diff`: in what two trackers differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import format_option, spec_options

if TYPE_CHECKING:
    from ..view.picture import Picture
    from ..view.work import Work

EXAMPLES = """
\b
Examples:
  sotc diff nanotrack_v1 nanotrack_v2
  sotc diff my_tracker.sot my_wider.sot --format json
  sotc diff my_tracker.sot tracker.sotx --exit-code

Layout, comments and the order of lines make no difference.
Exit code: 0; with --exit-code 1 where they differ. 1 also where one of them has an error.
"""


@click.command(epilog=EXAMPLES)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@spec_options
@click.option("--exit-code", is_flag=True, help="End with 1 where they differ, as `diff` does.")
@format_option("text", "json")
@click.pass_context
def command(
    context: click.Context,
    before: str,
    after: str,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    exit_code: bool,
    layout: str,
) -> None:
    """Tell in what B differs from A: parts, settings, wires, shapes, parameters and FLOPs.

    Options hold for both. A and B are specs or artifacts.
    """
    from ..view.difference import difference, told

    sides = [side_of(spec, params, tracker, allow_python) for spec in (before, after)]
    found = difference(sides[0], sides[1])
    if layout == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        from .console import console

        for line in told(found):
            console().print(line)
    context.exit(1 if exit_code and not found.is_empty else 0)


def side_of(
    spec: str, params: dict[str, str], tracker: str | None, allow_python: bool
) -> tuple[Picture, Work]:
    """A tracker's picture and its numbers."""
    from ..view.picture import picture
    from ..view.work import work_of
    from .graph import checked_spec

    graph = checked_spec(spec, params, tracker, allow_python).expect()
    return picture(graph), work_of(graph)
