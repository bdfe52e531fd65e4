"""How far `sotc eval` is, on standard error: a bar with the time left, or a line for each sequence."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..evaluation.runs.news import Done, Failed, News, Ready, Went, label

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..dsl.diagnostics import Diagnostic
    from ..evaluation.runs.job import Key
    from ..evaluation.runs.run import Prepared

Warn = Callable[[Sequence["Diagnostic"]], None]


class Watch:
    """Hears what is done, and tells of it."""

    def __init__(self, prepared: Prepared, warn: Warn, silent: bool = False) -> None:
        self.done = 0
        """runs over sequences that were done"""
        self.bar: Progress | None = None
        self.total = sum(map(len, prepared.pending))
        self.many = len(prepared.pending)
        self._lengths = {job.key: len(job) for job in prepared.pending}
        self._at: dict[Key, int] = {}
        self._ended = 0
        self._began: float | None = None
        self._warn = warn
        self._warned = False
        self._silent = silent

    @property
    def frames(self) -> int:
        """Frames that need no more work."""
        return sum(self._at.values())

    def hear(self, news: News) -> None:
        """Take note; on a terminal move the bar, elsewhere write a line for a sequence that ended."""
        match news:
            case Ready(warnings):
                self._began = self._began or time.monotonic()
                if warnings and not self._warned:
                    self._warned = True
                    self._warn(warnings)
            case Went(key, frames):
                self._at[key] = frames
            case Done(key, frames, seconds):
                self._at[key] = frames
                self.done += 1
                speed = f"{frames / seconds:7.1f} frames/s" if seconds > 0 else ""
                self._tell_end(f"{label(key)}  {frames} frames {speed}")
            case Failed(key, message):
                self._at[key] = self._lengths.get(key, 0)
                self._tell_end(f"{label(key)}  FAILED at {message}")
        if self.bar is not None:
            self.bar.update(
                self.bar.task_ids[0], completed=self.frames, sequences=f"{self._ended}/{self.many}"
            )

    def _tell_end(self, line: str) -> None:
        self._ended += 1
        text = f"[{self._ended}/{self.many}] {line}{self._left()}"
        if self.bar is not None:
            self.bar.console.print(text, markup=False)
        elif not self._silent:
            click.echo(text, err=True)

    def _left(self) -> str:
        """How long the rest will take, by the speed so far."""
        if self._began is None or self.frames == 0 or self.frames >= self.total:
            return ""
        seconds = (time.monotonic() - self._began) * (self.total - self.frames) / self.frames
        return f"; {duration(seconds)} left"

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@contextmanager
def bar_on(watch: Watch) -> Iterator[None]:
    """A bar over all frames, with the time left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from .console import console

    columns = (
        TextColumn("sequences {task.fields[sequences]}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} % of {task.total} frames"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        bar.add_task("", total=watch.total, sequences=f"0/{watch.many}")
        watch.bar = bar
        yield
