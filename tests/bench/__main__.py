"""`make bench`: the figures that were promised, measured, each beside what was promised.

    python -m tests.bench                  all of them
    python -m tests.bench start check      some of them

One thread, so that results repeat on a busy machine. Nothing here is a test: a figure that is missed is shown,
not failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

from .figures import Figure
from .of_checking import checking, drawing, reading
from .of_running import memory, step_overhead
from .of_start import start

MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "start": start,
    "reading": reading,
    "check": checking,
    "drawing": drawing,
    "step": step_overhead,
    "memory": memory,
}


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in MEASURES]
    if unknown:
        print(f"there is no measure {', '.join(unknown)}; there are: {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    print(f"{'what':<52} {'measured':>14} {'promised':>12}")
    for name in wanted or MEASURES:
        for figure in MEASURES[name]():
            print(f"{figure.what:<52} {figure.measured:>14} {figure.promised:>12}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
