"""How soon something is to be seen: `sotc --help`, a spec resolved, a large spec checked."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from common import ROOT, Figure, show

HELP = [sys.executable, "-c", "from sotc.cli import main; main(['--help'])"]
MODULES = """
import sys
from sotc.cli import main
try:
    main(["--help"])
finally:
    print("torch" in sys.modules)
"""

SIZES = (1000, 4000)

FIFTY_LINES = 50


def measure() -> list[Figure]:
    return [*help_figures(), *resolve_figures(), *check_figures()]


def seconds_of(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def best(action: Callable[[], object], runs: int) -> float:
    """The least of the times of `runs` runs: what more the others took, the machine spent on something else."""
    return min(seconds_of(action) for _ in range(runs))


def help_figures(runs: int = 15) -> list[Figure]:
    def bare() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    def shown() -> None:
        subprocess.run(HELP, check=True, stdout=subprocess.DEVNULL)

    shown()
    whole, python = best(shown, runs), best(bare, runs)
    modules = subprocess.run([sys.executable, "-c", MODULES], check=True, capture_output=True, text=True)
    imported = modules.stdout.strip().splitlines()[-1]
    return [
        Figure(
            "`sotc --help`, process and all",
            f"{1000 * whole:.0f} ms (Python alone {1000 * python:.0f} ms)",
            "below 200 ms",
            whole < 0.2,
        ),
        Figure("torch imported for `--help`", imported, "False", imported == "False"),
    ]


def fifty_lines() -> str:
    """A spec of 50 lines, of the kind that people write."""
    parts = [
        f"    part layer_{index} = ConvBNReLU {{ out_channels = width, kernel_size = 3 }}  # layer {index}"
        for index in range(14)
    ]
    chain = "search" + "".join(f" -> layer_{index}" for index in range(14))
    head = [
        '"""A spec of fifty lines, measured."""',
        "tracker Fifty {",
        "    param width: int = 64",
        "    param ratios: list[float] = [0.33, 0.5, 1.0, 2.0, 3.0]",
        "    # what it sees",
        "    template = SiameseCrop { size = 127, context = 0.5 }",
        "    search   = SiameseCrop { size = 255, context = 0.5 }",
    ]
    wires = [
        "    fn features(image) = " + chain.replace("search", "image", 1),
        "    kernel = features(template)",
        "    field  = features(search)",
        "    match  = XCorrDepthwise { padding = 1 }(field, kernel)",
    ]
    heads = [
        f"    part {name} = Conv2d {{ out_channels = {channels}, kernel_size = 1 }}"
        for name, channels in (("classify", 2), ("regress", 4))
    ]
    ends = [
        "    cls = match -> classify",
        "    loc = match -> regress -> Exp",
        "    pick = PointDecode { stride = 16, penalty = 0.15, window = 0.49, rate = 0.385 }(cls, loc, search.view)",
        "    output box   = pick.box",
        "    output score = pick.score",
        "}",
    ]
    lines = [*head, *parts, *wires, *heads, *ends]
    filling = [f"    # remark {index}" for index in range(FIFTY_LINES - len(lines))]
    return "\n".join([*lines[:7], *filling, *lines[7:]]) + "\n"


def resolve_figures(runs: int = 30) -> list[Figure]:
    """Parsing and resolving, in a process in which it has been done once, and in a fresh one."""
    from sotc.dsl.resolver import resolve
    from sotc.dsl.sources import Sources

    text = fifty_lines()
    assert text.count("\n") == FIFTY_LINES

    def once() -> None:
        found = resolve("fifty.sot", sources=Sources({"fifty.sot": text}))
        assert found.program is not None, found.diagnostics

    once()
    warm = best(once, runs)
    fresh = min(float(first_time(text)) for _ in range(5))
    return [
        Figure("parse and resolve of a 50-line spec", f"{1000 * warm:.1f} ms", "below 30 ms", warm < 0.03),
        Figure("the same, the first time in a process (saved parser read in)", f"{1000 * fresh:.1f} ms"),
    ]


FIRST = """
import sys, time
from sotc.dsl.resolver import resolve
from sotc.dsl.sources import Sources
text = sys.stdin.read()
began = time.perf_counter()
resolve("fifty.sot", sources=Sources({"fifty.sot": text}))
print(time.perf_counter() - began)
"""


def first_time(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FIRST], input=text, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout


def large_spec(applications: int) -> str:
    """A spec in which a few small parts are applied so many times, in chains of fifty."""
    lines = [
        "tracker Large {",
        "    template = SiameseCrop { size = 31 }",
        "    search = SiameseCrop { size = 63 }",
    ]
    lines += [
        f"    part small_{index} = Conv2d {{ out_channels = 8, kernel_size = 1 }}"
        for index in range(applications)
    ]
    wire = "search"
    for start in range(0, applications, 50):
        chain = " -> ".join(f"small_{index}" for index in range(start, min(start + 50, applications)))
        lines.append(f"    wire_{start} = {wire} -> {chain}")
        wire = f"wire_{start}"
    lines += [
        "    part classify = Conv2d { out_channels = 2, kernel_size = 1 }",
        "    part regress = Conv2d { out_channels = 4, kernel_size = 1 }",
        "    part of_template = Conv2d { out_channels = 8, kernel_size = 1 }",
        f"    match = XCorrDepthwise({wire}, template -> of_template)",
        "    pick = PointDecode(match -> classify, match -> regress, search.view)",
        "    output box = pick.box",
        "}",
    ]
    return "\n".join(lines) + "\n"


def check_figures() -> list[Figure]:
    import sotc

    times = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (100, *SIZES):
            path = Path(folder) / f"large_{size}.sot"
            path.write_text(large_spec(size))
            times[size] = seconds_of(lambda path=path: expect(sotc.check(path)))
    small, large = SIZES
    growth = times[large] / times[small]
    return [
        Figure(
            f"check of a spec with {small:,} applications",
            f"{times[small]:.2f} s",
            "below 10 s",
            times[small] < 10,
        ),
        Figure(
            f"check of a spec with {large:,} applications",
            f"{times[large]:.2f} s, {growth:.2f}x for {large / small:.0f}x the size",
            "growing linearly",
            growth < 1.3 * large / small,
        ),
    ]


def expect(checked: object) -> None:
    checked.expect()  # type: ignore[attr-defined]


if __name__ == "__main__":
    show(measure())
