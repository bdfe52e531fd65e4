"""Watching files: doing something again whenever one of them changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

SECONDS = 0.3
"""Between two looks at the files."""

Stamp = tuple[int, int] | None
"""Time and size of a file; None where there is none."""


def watch(act: Callable[[], Iterable[str]], files: Callable[[], Iterable[str]]) -> None:
    """Call `act` now and after every change; it gives the files that it read. Ends by Ctrl-C alone.

    `files` are those that are watched besides: a folder may get new ones.
    """
    while True:
        read = list(act())
        seen = {path: stamp(path) for path in (*files(), *read)}
        while {path: stamp(path) for path in (*files(), *read)} == seen:
            time.sleep(SECONDS)


def stamp(path: str) -> Stamp:
    try:
        facts = Path(path).stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
