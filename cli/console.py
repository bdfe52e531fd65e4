"""Where output goes, and whether it may have colour."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def has_color(stream: TextIO | None = None) -> bool:
    """Whether `stream` (standard output) is a terminal whose user did not ask for plain text (`NO_COLOR`)."""
    stream = sys.stdout if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def console(stream: TextIO | None = None) -> Console:
    """A rich console on `stream`: plain, and not wrapped, where that is not a terminal."""
    from rich.console import Console

    stream = sys.stdout if stream is None else stream
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, no_color=not has_color(stream), highlight=False, width=width, soft_wrap=False)


PLAIN_WIDTH = 160
"""Columns of a table that is written to a file or a pipe."""
