"""A bar over things that are counted, on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class OnDone(Protocol):
    """Is told how many are done, and what is being done."""

    def __call__(self, done: int, name: str = "") -> None: ...


@contextmanager
def count_bar(what: str, total: int, quiet: bool = False) -> Iterator[OnDone | None]:
    """What is to be told how many are done; None where nobody would see it, or there is no more than one."""
    if quiet or total < 2 or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .console import console

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[name]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=total, name="")

        def on_done(done: int, name: str = "") -> None:
            bar.update(task, completed=done, name=name)

        yield on_done
