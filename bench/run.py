"""All benchmarks, and their figures as a page: `make bench`, or `python bench/run.py [--quick] [-o PAGE.md]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import session_memory
import startup
import step_overhead
from common import ROOT, Figure, markdown, show

PAGE = ROOT / "docs" / "benchmarks.md"

QUICK_FRAMES, QUICK_ROUNDS = 1_000, 6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer frames and rounds, for a first look")
    parser.add_argument("-o", "--output", type=Path, default=PAGE, help="the page to write")
    arguments = parser.parse_args()
    frames = QUICK_FRAMES if arguments.quick else session_memory.FRAMES
    rounds = QUICK_ROUNDS if arguments.quick else step_overhead.ROUNDS
    sections = {
        "Start": startup.measure,
        "A step": lambda: step_overhead.measure(rounds),
        "Memory": lambda: session_memory.measure(frames),
    }
    found: dict[str, list[Figure]] = {}
    for title, measure in sections.items():
        found[title] = measure()
        show(found[title])
    write(arguments.output, found)
    missed = [figure for figures in found.values() for figure in figures if figure.met is False]
    print(f"wrote {arguments.output}; {len(missed)} figures missed")
    return 1 if missed else 0


def write(path: Path, found: dict[str, list[Figure]]) -> None:
    from sotc.compiler.writing import write_text

    pages = [markdown(title, figures) for title, figures in found.items()]
    write_text(path, "\n".join([preface(), *pages]))


def preface() -> str:
    import torch

    return (
        "# Benchmarks\n\n"
        "Written by `make bench`. Times to start are the best of several; times of a step are medians, and its "
        "ratios those of runs in turns, in one process, on one thread, so that they say more than the times on a "
        "machine that does other things as well.\n\n"
        f"Machine: {processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"torch {torch.__version__}.\n"
    )


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
