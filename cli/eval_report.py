"""`sotc eval report`: trackers side by side, on the terminal, as a page, and as files for a paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .count_bar import count_bar
from .eval_contest import Wanted, contest_of, contest_options

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from ..evaluation.report.contest import Contest

EXAMPLES = """
\b
Examples:
  sotc eval report results -o report.html                      all trackers below a folder
  sotc eval report results/A/own ours=results-2/A/own          NAME=FOLDER gives a name
  sotc eval report results pysot/results/OTB100/SiamRPN --data otb2015 --profile otb -o report.html
  sotc eval report results --plots figures --latex table.tex --markdown table.md
  sotc eval report results --csv numbers.csv --json numbers.json

The page needs no network, and can be sent as it is. --plots needs matplotlib: pip install 'sotc[plots]'.
"""


def file_option(name: str, what: str, *own: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A file to write."""
    return click.option(
        name, *own, metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help=what
    )


@click.command("report", epilog=EXAMPLES)
@click.argument("results", metavar="RESULTS...", nargs=-1, required=True)
@contest_options
@click.option(
    "-o",
    "--output",
    metavar="PAGE.html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page.",
)
@click.option("--no-frames", is_flag=True, help="A page without filmstrips: no frame is read.")
@click.option(
    "--plots",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write plots for a paper: PNG, SVG and PDF.",
)
@file_option("--latex", "Write the table for LaTeX (booktabs).")
@file_option("--markdown", "Write the table for Markdown.")
@file_option("--csv", "Write all numbers, by tracker and sequence.")
@file_option("--json", "Write all numbers and curves.", "as_json")
@click.option("-q", "--quiet", is_flag=True, help="No table and no progress.")
def report_command(
    results: tuple[str, ...],
    wanted: Wanted,
    output: Path | None,
    no_frames: bool,
    plots: Path | None,
    latex: Path | None,
    markdown: Path | None,
    csv: Path | None,
    as_json: Path | None,
    quiet: bool,
) -> None:
    """Show several trackers' results side by side, and write them as a page, plots and tables."""
    from ..evaluation.report.entrant import open_entrants
    from ..evaluation.report.text_tables import comma_separated
    from ..evaluation.report.text_tables import latex as as_latex
    from ..evaluation.report.text_tables import markdown as as_markdown

    contest = contest_of(open_entrants(results, wanted.data), wanted)
    if not quiet:
        show(contest)
    texts = {latex: as_latex, markdown: as_markdown, csv: comma_separated, as_json: json_text}
    written = [write(path, make(contest)) for path, make in texts.items() if path is not None]
    if plots is not None:
        from ..evaluation.report.paper import write_plots

        write_plots(contest, plots)
        written.append(plots)
    if output is not None:
        written.append(write(output, page_text(contest, no_frames, quiet)))
    for path in written if not quiet else ():
        click.echo(f"wrote    {path}")


def write(path: Path, text: str) -> Path:
    from ..runtime.writing import write_text

    write_text(path, text)
    return path


def json_text(contest: Contest) -> str:
    from ..evaluation.report.json_file import contest_json

    return json.dumps(contest_json(contest), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def page_text(contest: Contest, no_frames: bool, quiet: bool) -> str:
    """The page, with filmstrips unless they are not wanted."""
    from ..evaluation.report.film import make_films
    from ..evaluation.report.page import contest_page, worst_first

    if no_frames:
        return contest_page(contest)
    with count_bar("filmstrips", len(contest.sequences), quiet) as on_done:
        films = make_films(contest, worst_first(contest), on_done)
    return contest_page(contest, films)


def show(contest: Contest) -> None:
    """The table on the terminal."""
    from ..evaluation.report.table import caption
    from .console import console

    click.echo(caption(contest))
    for note in contest.notes:
        click.echo(f"note     {note}")
    console().print(terminal_table(contest))


def terminal_table(contest: Contest) -> RichTable:
    """A line a tracker, the best first; the best of a column is bold."""
    from rich.table import Table
    from rich.text import Text

    from ..evaluation.report.table import shown, table_of

    table = table_of(contest)
    made = Table(box=None, pad_edge=False)
    made.add_column("tracker")
    for column in table.columns:
        made.add_column(column, justify="right")
    for row in table.rows:
        cells = (
            Text(shown(column, row.values[place]), style="bold" if table.is_best(row, place) else "")
            for place, column in enumerate(table.columns)
        )
        made.add_row(Text(row.name), *cells)
    return made
