"""All benchmarks, and their figures as a page for this machine: `make bench`.

    python bench/run.py [SECTION ...] [--quick] [--page]

Each section runs in a process of its own and leaves its figures in out/bench; the page is written anew after each from
all that is there, so sections may be run one by one, at any time, in any order. Sections: start, keystroke, compile,
overhead, memory, and a tracker's name.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

from common import ROOT, Figure, markdown, show

FOLDER = ROOT / "docs" / "benchmarks"
KEPT = ROOT / "out" / "bench"

QUICK_FRAMES, QUICK_ROUNDS = 1_000, 6

TRACKERS = ("nanotrack_v1", "nanotrack_v2", "nanotrack_v3", "siamrpnpp_r50", "ostrack_256")
TITLES: Mapping[str, str] = {
    **{name: name for name in TRACKERS},
    "compile": "Compiling",
    "start": "Start",
    "keystroke": "The language server",
    "overhead": "The eager step against a tracker written by hand",
    "memory": "Memory",
}
"""Sections in the order of the page."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="default: all")
    parser.add_argument(
        "--quick", action="store_true", help="fewer frames, rounds and backends, for a first look"
    )
    parser.add_argument("--page", action="store_true", help="write the page from what was measured before")
    parser.add_argument(
        "-o", "--output", type=Path, help="the page to write, default docs/benchmarks/DEVICE.md"
    )
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    wanted = arguments.sections or list(TITLES)
    unknown = [name for name in wanted if name not in TITLES]
    if unknown:
        parser.error(f"there is no section {unknown[0]}; there are: {', '.join(TITLES)}")
    if arguments.here:
        keep(wanted[0], arguments.quick)
        return 0
    page = arguments.output or FOLDER / f"{slug()}.md"
    for name in () if arguments.page else wanted:
        print(f"== {name}", flush=True)
        command = [sys.executable, __file__, name, "--here", *(["--quick"] if arguments.quick else [])]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            print(f"{name} failed: the page keeps what was measured before", file=sys.stderr)
        write(page)
    write(page)
    missed = [figure for figure in all_figures() if figure.met is False]
    show(missed)
    print(f"wrote {page}; {len(missed)} figures missed")
    return 0


# ---------------------------------------------------------------- sections


def keep(name: str, quick: bool) -> None:
    """Measure a section and leave what was found in its file."""
    found: dict[str, Any] = {"measured": time.strftime("%Y-%m-%d"), "quick": quick, "load": [load()]}
    if name in TRACKERS:
        import trackers

        found["report"] = trackers.measure(name, quick)
        show(trackers.figures(found["report"]))
    else:
        figures = measures(quick)[name]()
        show(figures)
        found["figures"] = [asdict(figure) for figure in figures]
    found["load"].append(load())
    path = KEPT / slug() / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")


def measures(quick: bool) -> dict[str, Callable[[], list[Figure]]]:
    def start() -> list[Figure]:
        import startup

        return startup.measure()

    def compiling() -> list[Figure]:
        import compile_time

        return compile_time.measure(compile_time.SPECS[:1] if quick else compile_time.SPECS)

    def overhead() -> list[Figure]:
        import step_overhead

        return step_overhead.measure(QUICK_ROUNDS if quick else step_overhead.ROUNDS)

    def memory() -> list[Figure]:
        import session_memory

        return session_memory.measure(QUICK_FRAMES if quick else session_memory.FRAMES)

    def typing() -> list[Figure]:
        import keystroke

        return keystroke.measure()

    return {"start": start, "keystroke": typing, "compile": compiling, "overhead": overhead, "memory": memory}


# ---------------------------------------------------------------- the page


def kept() -> dict[str, dict[str, Any]]:
    """What was measured on this machine, section by section."""
    paths = {name: KEPT / slug() / f"{name}.json" for name in TITLES}
    return {
        name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.is_file()
    }


def figures_of(found: Mapping[str, Any]) -> list[Figure]:
    if "report" in found:
        import trackers

        return trackers.figures(found["report"])
    return [Figure(**figure) for figure in found["figures"]]


def all_figures() -> list[Figure]:
    return [figure for found in kept().values() for figure in figures_of(found)]


def write(path: Path) -> None:
    from sotc.compiler.writing import write_text

    sections = [section(name, found) for name, found in kept().items()]
    write_text(path, "\n".join([preface(), *sections]))


def section(name: str, found: Mapping[str, Any]) -> str:
    text = markdown(TITLES[name], figures_of(found))
    load = " and ".join(f"{value:.1f}" for value in found["load"])
    quick = ", in a hurry (`--quick`)" if found["quick"] else ""
    busy = ": **the machine was busy with other work**" if max(found["load"]) > 1.5 else ""
    told = f"Measured {found['measured']}{quick}; load average before and after {load}{busy}.\n"
    return "\n".join([text, told, *([tracker_section(found["report"])] if "report" in found else [])])


def tracker_section(report: Mapping[str, Any]) -> str:
    import trackers

    machine, footage = report["machine"], report["footage"]
    rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in machine["gemm_gflops"].items())
    row = next((row for row in report["rows"] if row["step_gflop"]), None)
    work = f" A step of one target is {row['step_gflop']:.3f} GFLOP." if row else ""
    return (
        f"Weights: {report['weights']}. {footage['frames']} frames of {footage['width']} x {footage['height']}, "
        f"{footage['name']}; int8 calibrated on {report['calibration']}. In the same run: products of matrices "
        f"{rates} GFLOP/s, copies {machine['copy_gbs']:.1f} GB/s.{work}\n\n{trackers.table(report)}\n\n"
        f"Parts of a step, ms, with instruments in (network: with decoding, where that stands empty):\n\n"
        f"{trackers.parts_table(report)}\n"
    )


def preface() -> str:
    import importlib.metadata

    import torch

    libraries = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("onnxruntime", "openvino", "opencv-python-headless")
        if has(name)
    )
    return (
        f"# Benchmarks: {processor()}, {os.cpu_count()} cores\n\n"
        "Written by `make bench`; [how to read it](README.md). One CPU thread; ratios are medians of those of rounds "
        "in turns, in one process, so that they say more than the times do on a machine that has other work, too.\n\n"
        f"Python {platform.python_version()}, torch {torch.__version__}, {libraries}.\n"
    )


def has(name: str) -> bool:
    import importlib.metadata

    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def load() -> float:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def slug() -> str:
    """The machine's name as that of a file."""
    name = re.sub(r"\((R|TM)\)", "", processor(), flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "-", f"{name} {os.cpu_count()} cores".lower()).strip("-")


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
