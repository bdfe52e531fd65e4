"""`sotc diff`: in what two trackers differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import drawing_option, format_option, spec_options

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..view.difference import Difference

EXAMPLES = """
\b
Examples:
  sotc diff nanotrack_v1 nanotrack_v2
  sotc diff nanotrack_v1 nanotrack_v2 -o diff.html     beside each other, to look around in
  sotc diff my_tracker.sot my_wider.sot --format json
  sotc diff my_tracker.sot tracker.sotx --exit-code

Layout, comments and the order of lines make no difference.
Exit code: 0; with --exit-code 1 where they differ. 1 also where one of them has an error.
"""


@click.command(epilog=EXAMPLES)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@drawing_option("Write it as a page, with both beside each other.", ".html")
@spec_options
@click.option("--exit-code", is_flag=True, help="End with 1 where they differ, as `diff` does.")
@format_option("text", "json")
@click.pass_context
def command(
    context: click.Context,
    before: str,
    after: str,
    output: Path | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    exit_code: bool,
    layout: str,
) -> None:
    """Tell in what B differs from A: parts, settings, wires, shapes, parameters and FLOPs.

    Options hold for both. A and B are specs or artifacts.
    """
    if output is not None and layout == "json":
        raise click.UsageError("-o writes a page, --format json prints: choose one of them")
    from ..view.difference import difference, told
    from ..view.picture import picture
    from ..view.work import work_of
    from .graph import checked_spec

    sides = [checked_spec(spec, params, tracker, allow_python) for spec in (before, after)]
    drawn = [(picture(graph), work_of(graph)) for graph in [side.expect() for side in sides]]
    found = difference(drawn[0], drawn[1])
    if output is not None:
        write_page(output, (before, sides[0]), (after, sides[1]), found)
    elif layout == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        from .console import console

        for line in told(found):
            console().print(line)
    context.exit(1 if exit_code and not found.is_empty else 0)


def write_page(
    output: Path, before: tuple[str, CheckResult], after: tuple[str, CheckResult], found: Difference
) -> None:
    """Both trackers in one page; each with the name that the user gave it."""
    from ..compiler.writing import write_text
    from ..view.compare_html import Shown, compare_html

    sides = [Shown(Path(label).name, side.expect(), side.sources) for label, side in (before, after)]
    write_text(output, compare_html(sides[0], sides[1], found))
    click.echo(f"wrote {output}")
