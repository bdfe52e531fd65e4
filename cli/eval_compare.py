"""`sotc eval compare`: two trackers on the same sequences, and how sure it is that they differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from .eval_contest import Wanted, contest_of, contest_options

if TYPE_CHECKING:
    from rich.table import Table

    from ..evaluation.metrics.compare import Comparison, Interval
    from ..evaluation.report.pairing import Pairing

EXAMPLES = """
\b
Examples:
  sotc eval compare results/A/own results/B/own
  sotc eval compare old=results-1 new=results-2 --profile lasot --most 20
  sotc eval compare ours theirs --data otb2015 --json

Differences are the first less the second, with a 95 % interval (sequences drawn again, in pairs) and p of a
permutation test: how often chance alone gives a difference so large.
"""


@click.command("compare", epilog=EXAMPLES)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@contest_options
@click.option(
    "--most",
    metavar="N",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Show the N sequences that differ the most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON and nothing else.")
def compare_command(
    first: str,
    second: str,
    wanted: Wanted,
    most: int,
    as_json: bool,
) -> None:
    """Compare two trackers' results on the sequences that both have."""
    from ..evaluation.report.entrant import open_two
    from ..evaluation.report.pairing import pair, pairing_json

    one, other = open_two(first, second, wanted.data)
    pairing = pair(contest_of((one, other), wanted), one.name, other.name)
    if as_json:
        click.echo(json.dumps(pairing_json(pairing), indent=1, allow_nan=False, ensure_ascii=False))
        return
    show(pairing, most)


def show(pairing: Pairing, most: int) -> None:
    """Tables: the measures, the attributes, the sequences; and the verdict in a sentence."""
    from ..evaluation.report.pairing import verdict
    from ..evaluation.report.table import caption
    from .console import console

    contest, out = pairing.contest, console()
    click.echo(f"{pairing.first.name} less {pairing.second.name}: {caption(contest)}")
    for note in contest.notes:
        click.echo(f"note     {note}")
    out.print(measure_table(pairing))
    if pairing.attributes:
        click.echo()
        out.print(difference_table(f"{contest.first} by attribute", pairing.attributes))
    if most and pairing.differences:
        click.echo()
        out.print(sequence_table(pairing, most))
    click.echo()
    click.echo(verdict(pairing))


def measure_table(pairing: Pairing) -> Table:
    """A line a measure: both numbers, their difference, how sure it is, and in how many sequences."""
    from rich.table import Table
    from rich.text import Text

    from ..evaluation.report.pairing import wins
    from ..evaluation.report.table import shown

    made = Table(box=None, pad_edge=False)
    made.add_column("measure")
    heads = (pairing.first.name, pairing.second.name, *HEADS)
    for head in heads:
        made.add_column(Text(head), justify="right")
    for name, found in pairing.measures.items():
        values = (shown(name, entry.score.measures[name]) for entry in (pairing.first, pairing.second))
        made.add_row(name, *values, *differing(found, wins(found)))
    return made


HEADS = ("difference", "95 % interval", "p", "wins", "ties", "losses")


def differing(found: Comparison, counts: tuple[int, int, int]) -> tuple[str, ...]:
    """The cells of a comparison."""
    p = f"{found.p_permutation:.4f}" if found.p_permutation >= SMALL_P else f"<{SMALL_P}"
    told = map(str, counts) if sum(counts) else ("–",) * len(counts)  # a measure of sets alone, as an EAO is
    return (signed(found.difference.value), span(found.difference), p, *told)


SMALL_P = 0.0001


def signed(value: float) -> str:
    return f"{value:+.3f}" if value == value else "–"


def span(found: Interval) -> str:
    return "–" if found.low != found.low else f"{signed(found.low)} to {signed(found.high)}"


def difference_table(title: str, comparisons: Mapping[str, Comparison]) -> Table:
    """A line an attribute."""
    from rich.table import Table
    from rich.text import Text

    from ..evaluation.report.pairing import wins

    made = Table(box=None, pad_edge=False)
    made.add_column(title)
    for head in ("sequences", *HEADS):
        made.add_column(head, justify="right")
    for name, found in comparisons.items():
        made.add_row(Text(name), str(found.sequences), *differing(found, wins(found)))
    return made


def sequence_table(pairing: Pairing, most: int) -> Table:
    """The sequences that differ the most."""
    from rich.table import Table
    from rich.text import Text

    from ..evaluation.report.table import shown

    measure = pairing.contest.each
    made = Table(box=None, pad_edge=False)
    made.add_column(f"{measure} by sequence")
    for head in (pairing.first.name, pairing.second.name, "difference"):
        made.add_column(Text(head), justify="right")
    for each in pairing.differences[:most]:
        made.add_row(
            Text(each.name), shown(measure, each.first), shown(measure, each.second), signed(each.change)
        )
    return made
