"""What is being done, on standard error: a line for each step that is finished, with the seconds that it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.status import Status


class Steps:
    """The step that is being done, and since when. Each `note` ends the one before."""

    def __init__(self, status: Status | None) -> None:
        self._status = status
        self._line: str | None = None
        self._began = 0.0

    def note(self, line: str) -> None:
        """Say what is done from now on."""
        self.finish()
        self._line, self._began = line, time.perf_counter()
        if self._status is not None:
            from rich.markup import escape

            self._status.update(escape(line))

    def finish(self) -> None:
        """Tell of the step that was done last."""
        if self._line is not None:
            click.echo(f"{time.perf_counter() - self._began:7.1f} s  {self._line}", err=True)
        self._line = None


@contextmanager
def told_steps() -> Iterator[Steps]:
    """Steps that are told while the block runs; on a terminal the present one is shown, too."""
    if not sys.stderr.isatty():
        steps = Steps(None)
        yield steps
        steps.finish()
        return
    from .console import console

    with console(sys.stderr).status("") as status:
        steps = Steps(status)
        yield steps
        steps.finish()
