"""`sotc graph`: a tracker's graph as a picture, or in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .node_times import Profile, measured, profile_options
from .options import drawing_option, spec_options

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..view.picture import Picture

SUFFIXES = (".html", ".svg", ".dot", ".mmd", ".json")

EXAMPLES = """
\b
Examples:
  sotc graph nanotrack_v2                    in words
  sotc graph my_tracker.sot -o graph.html    to look around in: open blocks, search, see settings and FLOPs
  sotc graph my_tracker.sot -o graph.html --profile    coloured by what each node takes on this device
  sotc graph my_tracker.sot -o graph.svg     a picture
  sotc graph my_tracker.sot -o graph.dot     for Graphviz; .mmd for Mermaid; .json for programs
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@drawing_option(f"Where to write it; the suffix chooses the form: {', '.join(SUFFIXES)}.", *SUFFIXES)
@profile_options
@spec_options
def command(
    spec: str,
    output: Path | None,
    profile: Profile | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Draw the graph of a tracker: by category, coloured by when each value is known, with shapes."""
    if profile is not None and (output is None or output.suffix != ".html"):
        raise click.UsageError(
            "--profile goes with -o FILE.html; `sotc summary SPEC --profile` prints the times"
        )
    from ..view.picture import picture

    checked = checked_spec(spec, params, tracker, allow_python)
    graph = checked.expect()
    if output is not None and output.suffix == ".html":
        from ..compiler.writing import write_text
        from ..view.html import html

        write_text(output, html(graph, checked.sources, measured(checked, profile) if profile else None))
        click.echo(f"wrote {output}")
        return
    drawn = picture(graph)
    if output is None:
        from ..view.summary import summary
        from .console import console

        for renderable in summary(drawn):
            console().print(renderable)
        return
    from ..compiler.writing import write_text

    write_text(output, writer_of(output.suffix)(drawn))
    click.echo(f"wrote {output}")


def checked_spec(spec: str, params: dict[str, str], tracker: str | None, allow_python: bool) -> CheckResult:
    """A spec, or the one in an artifact, checked."""
    from ..compiler.archive import is_artifact
    from .config import allowance

    allowed = allowance(allow_python)
    if is_artifact(spec):
        from ..compiler.remaking import check_artifact
        from .tracker import Choices, refuse_for_artifact

        refuse_for_artifact(Choices(params=params, tracker=tracker))
        return check_artifact(spec, allowed)
    from ..compiler.check import check
    from ..specs import locate

    return check(locate(spec), params=params, allow_python=allowed, tracker=tracker)


def writer_of(suffix: str) -> Callable[[Picture], str]:
    """What turns a picture into a file of that suffix."""
    if suffix == ".svg":
        from ..view.svg import svg

        return svg
    if suffix == ".dot":
        from ..view.dot import dot

        return dot
    if suffix == ".mmd":
        from ..view.mermaid import mermaid

        return mermaid
    from ..view.json_graph import json_graph

    return json_graph
