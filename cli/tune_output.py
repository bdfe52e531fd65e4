"""What `sotc tune` tells: how far it is, what it found, and the spec that it writes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .eval_progress import duration

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..evaluation.search.prepare import Prepared
    from ..evaluation.search.search import Found
    from ..evaluation.search.trial import Outcome


class Watch:
    """Hears of trials, and tells of them: a line each, and on a terminal a bar besides."""

    def __init__(self, count: int, before: Sequence[Outcome], silent: bool) -> None:
        """`count`: of trials beside the spec as it is; those of `before` with higher numbers do not count."""
        before = [outcome for outcome in before if outcome.number <= count]
        self.done = len(before)
        self._before, self._total, self._silent = self.done, count + 1, silent
        self._best: Outcome | None = None
        self._last = 0
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._ways: set[tuple[str, str]] = set()
        for outcome in before:
            self._note(outcome)
        if self.done and not silent:
            click.echo(f"{self.done} of {self._total} trials were done before", err=True)

    def hear(self, outcome: Outcome) -> None:
        """A trial is done."""
        self.done += 1
        better = self._note(outcome)
        if self._silent:
            return
        self._tell_way(outcome)
        result = f"FAILED: {outcome.error}" if outcome.score is None else f"{outcome.score:.4f}"
        mark = " *" if better else ""
        self.say(f"[{self.done}/{self._total}] {result}{mark}  {point_text(outcome)}{self._left()}")
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self.done, best=self._best_text())

    def _tell_way(self, outcome: Outcome) -> None:
        """Which way candidates run, and why: once for each."""
        from ..evaluation.search.report import way_text

        if outcome.way and (outcome.way, outcome.reason) not in self._ways:
            self._ways.add((outcome.way, outcome.reason))
            self.say(way_text(outcome))

    def say(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, markup=False)
        elif not self._silent:
            click.echo(line, err=True)

    def _note(self, outcome: Outcome) -> bool:
        self._last = max(self._last, outcome.number)
        better = outcome.score is not None and (
            self._best is None or outcome.score > (self._best.score or 0.0)
        )
        if better:
            self._best = outcome
        return better

    def _left(self) -> str:
        left, made = self._total - self.done, self.done - self._before
        if not left or not made:
            return ""
        return f"; {duration((time.monotonic() - self._began) * left / made)} left"

    def _best_text(self) -> str:
        return "" if self._best is None else f"best {self._best.score:.4f}"

    def summary(self) -> str:
        """What there is when it is stopped."""
        best = f", {self._best_text()} ({point_text(self._best)})" if self._best is not None else ""
        return f"{self.done} of {self._total} trials are done{best}; they are in"

    def way_on(self) -> str:
        """How it goes on, or ends, when it is stopped. Several at a time do not end in the order of their numbers."""
        trials = max(1, self._last)
        missing = trials + 1 - self.done
        more = f"runs {missing} more and " if missing else ""
        return f"the same command goes on; with --trials {trials} it {more}writes the best of these"

    @contextmanager
    def shown(self) -> Iterator[None]:
        """With a bar, where there is a terminal."""
        if self._silent or not sys.stderr.isatty():
            yield
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        from .console import console

        columns = (
            TextColumn("trials"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}  {task.fields[best]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
            bar.add_task("", total=self._total, completed=self.done, best=self._best_text())
            self._bar = bar
            try:
                yield
            finally:
                self._bar = None


def point_text(outcome: Outcome) -> str:
    """`pick.penalty=0.1 pick.window=0.4`"""
    from ..evaluation.search.space import value_text

    values = " ".join(f"{name}={value_text(value)}" for name, value in outcome.point.items())
    return values or "the spec as it is"


def write(output: Path, prepared: Prepared, found: Found) -> None:
    """Write the spec, after a check of it. Raises WriteError."""
    from ..compiler.writing import write_text
    from ..evaluation.search.report import docstring
    from ..evaluation.search.trial import checked_variant
    from ..evaluation.search.variant import variant_text

    setup = prepared.setup
    doc = docstring(found, setup.halves, prepared.told)
    point = found.best.point or prepared.told.own
    checked_variant(setup, point, doc).expect()
    write_text(output, variant_text(setup.recipe, output, point, doc))


def told(prepared: Prepared, found: Found, output: Path) -> None:
    """The table, before and after."""
    from rich.table import Table

    from ..evaluation.search.report import rows_of, totals_of, verdict, way_lines
    from .console import console

    told = prepared.told
    table = Table(box=None, pad_edge=False)
    for name in (f"{told.measure} ({told.profile})", "", "before", "after", "change"):
        table.add_column(
            name, justify="left" if name in ("", f"{told.measure} ({told.profile})") else "right"
        )
    for row in rows_of(found, prepared.setup.halves):
        held = "held back" if row.held_back else "searched"
        table.add_row(row.name, held, f"{row.before:.4f}", f"{row.after:.4f}", f"{row.change:+.4f}")
    for row in totals_of(found):
        table.add_row(
            f"all {row.name}", "", f"{row.before:.4f}", f"{row.after:.4f}", f"{row.change:+.4f}", style="bold"
        )
    console().print(table)
    click.echo(f"found    {point_text(found.best)} (trial {found.best.number} of {len(found.trials) - 1})")
    if found.failed:
        click.echo(f"failed   {len(found.failed)} trials; the first: {found.failed[0].error}")
    click.echo(f"         {verdict(found)}")
    for way, line in way_lines(found):
        click.echo(f"{way:<8} {line}")
    click.echo(f"wrote    {output}")


def told_json(prepared: Prepared, found: Found, output: Path) -> str:
    from ..evaluation.search.report import recorded_share, rows_of, totals_of, verdict, ways_of

    rows = [*totals_of(found), *rows_of(found, prepared.setup.halves)]
    return json.dumps(
        {
            "spec": str(output),
            "values": dict(found.best.point),
            "own_values": dict(prepared.told.own),
            "trial": found.best.number,
            "trials": len(found.trials) - 1,
            "recorded": recorded_share(found),
            "ways": [
                {
                    "way": way,
                    "reason": reason,
                    "trials": len(trials),
                    "rows": max(each.rows for each in trials),
                }
                for (way, reason), trials in ways_of(found).items()
            ],
            "failed": {outcome.number: outcome.error for outcome in found.failed},
            "profile": prepared.told.profile,
            "measure": prepared.told.measure,
            "scores": [
                {"name": row.name, "held_back": row.held_back, "before": row.before, "after": row.after}
                for row in rows
            ],
            "verdict": verdict(found),
        },
        indent=1,
        ensure_ascii=False,
    )
