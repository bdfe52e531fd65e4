"""What the benchmarks share: figures as rows of a table, data where it is at hand, and a clip where it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SOTC_DATA", ROOT.parent / "shared" / "data"))


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    measured: str
    wanted: str = ""
    met: bool | None = None
    """None where nothing is demanded"""


def show(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(f"{figure.what}: {figure.measured}{verdict(figure)}", flush=True)


def verdict(figure: Figure) -> str:
    if figure.met is None:
        return ""
    return f" (wanted {figure.wanted}: {'met' if figure.met else 'MISSED'})"


def markdown(title: str, figures: Sequence[Figure]) -> str:
    lines = [f"## {title}", "", "| figure | measured | wanted | |", "|---|---|---|---|"]
    for figure in figures:
        mark = {None: "", True: "met", False: "**missed**"}[figure.met]
        lines.append(f"| {figure.what} | {figure.measured} | {figure.wanted} | {mark} |")
    return "\n".join([*lines, ""])


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def weights_of(name: str) -> str | None:
    """The trained weights of a NanoTrack, where they are at hand."""
    path = DATA / "weights" / name / f"{name}.pth"
    return str(path) if path.is_file() else None


def clip(count: int) -> tuple[list, list[float]]:
    """Frames RGB and the first box: a real sequence where there is one, else a square over noise."""
    folder = DATA / "sequences" / "Crossing"
    if (folder / "img").is_dir():
        from sotc.runtime.video import open_source

        frames = [frame.pixels for frame, _ in zip(open_source(folder / "img"), range(count), strict=False)]
        box = [
            float(number) for number in (folder / "groundtruth.txt").read_text().splitlines()[0].split(",")
        ]
        return frames, box
    print("no real sequence at hand: a made one is used", file=sys.stderr)
    return made_clip(count), [100.0, 80.0, 40.0, 30.0]


def made_clip(count: int) -> list:
    import cv2
    import numpy as np

    random = np.random.default_rng(0)
    ground = cv2.resize(random.integers(0, 255, (30, 40, 3), dtype=np.uint8), (360, 288))
    target = cv2.resize(random.integers(0, 255, (6, 8, 3), dtype=np.uint8), (40, 30))
    frames = []
    for index in range(count):
        frame = ground.copy()
        left, top = 100 + index, 80 + index // 2
        frame[top : top + 30, left : left + 40] = target
        frames.append(frame)
    return frames
