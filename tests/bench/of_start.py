"""How long a command takes to be there."""

from __future__ import annotations

import subprocess
import sys

from .figures import Figure, median_seconds, milliseconds

RUN = "import sys; from sotc.cli import main; sys.argv = ['sotc', *sys.argv[1:]]; main()"


def start() -> list[Figure]:
    def run(*arguments: str) -> float:
        command = [sys.executable, "-c", RUN, *arguments]
        return median_seconds(lambda: subprocess.run(command, check=True, capture_output=True), 9)

    return [
        Figure("sotc --help", milliseconds(run("--help")), "< 200 ms"),
        Figure("sotc explain SOT401", milliseconds(run("explain", "SOT401"))),
        Figure("python -c pass, for comparison", milliseconds(median_seconds(bare_python, 9))),
    ]


def bare_python() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)
