"""`sotc eval merge`: the shards of a run made whole."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  sotc eval merge results-1 results-2              into results-1
  sotc eval merge results-1 results-2 -o results
  sotc eval merge results                          shards that share a folder
"""


@click.command("merge", epilog=EXAMPLES)
@click.argument(
    "outputs", metavar="OUT...", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False)
)
@click.option("-o", "--output", metavar="FOLDER", help="Where to put them (default: the first).")
def merge_command(outputs: tuple[str, ...], output: str | None) -> None:
    """Put the results of all shards (`sotc eval --shard I/N`) together, as one run's."""
    from ..evaluation.runs.merge import merge

    for folder in merge([Path(each) for each in outputs], None if output is None else Path(output)):
        click.echo(f"merged   {folder}")
