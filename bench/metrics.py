"""Metrics of a result as large as LaSOT's: 280 sequences, 685,000 frames, 20 trackers, files read and graded.

Files are made in a temporary folder. Printed: seconds, lines a second, and the peak memory of all processes together.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from sotc.evaluation.metrics.folders import Beside, pair_up
from sotc.evaluation.metrics.grade import overall
from sotc.evaluation.metrics.many import Task, grade_many
from sotc.evaluation.metrics.profile import find_profile

SEQUENCES, FRAMES, TRACKERS = 280, 685_000, 20
DIFFERENT = 4
"""trackers whose boxes differ; the others are copies, which are read and graded all the same"""
LINE = "%.4f,%.4f,%.4f,%.4f\n"


def make(folder: Path, sequences: int, frames: int, trackers: int) -> None:
    """Truth, flags and the trackers' boxes; lengths of sequences differ as LaSOT's do, between 1,000 and 11,000."""
    generator = np.random.default_rng(0)
    shares = generator.lognormal(0, 0.5, sequences)
    lengths = np.maximum(10, shares / shares.sum() * frames).astype(int)
    lengths[0] += frames - lengths.sum()
    for name in ("truth", "absent", *(f"tracker{number:02d}" for number in range(trackers))):
        (folder / name).mkdir()
    for number, length in enumerate(lengths.tolist()):
        file = f"class-{number:03d}.txt"
        start = np.cumsum(generator.normal(0, 3, (length, 2)), axis=0) + 300
        truth = np.concatenate([np.abs(start) + 1, generator.uniform(40, 200, (length, 2))], axis=1).astype(
            int
        )
        (folder / "truth" / file).write_text(("%d,%d,%d,%d\n" * length) % tuple(truth.ravel().tolist()))
        flags = (generator.random(length) < 0.027).astype(int).tolist()
        (folder / "absent" / file).write_text(",".join(map(str, flags)) + "\n")
        for tracker in range(trackers):
            place = folder / f"tracker{tracker:02d}" / file
            if tracker < DIFFERENT:
                boxes = truth + generator.normal(0, 5 + 5 * tracker, truth.shape)
                place.write_text((LINE * length) % tuple(boxes.ravel().tolist()))
            else:
                shutil.copyfile(folder / f"tracker{tracker % DIFFERENT:02d}" / file, place)


def measure(folder: Path, profile: str, trackers: int, jobs: int) -> tuple[float, dict[str, float]]:
    """Seconds, and the success of each tracker."""
    begin = time.perf_counter()
    found = find_profile(profile)
    names = [f"tracker{number:02d}" for number in range(trackers)]
    pairs = [pair_up(folder / "truth", folder / name, Beside(folder / "absent")).pairs for name in names]
    tasks = [Task(found, dict(zip(names, of, strict=True))) for of in zip(*pairs, strict=True)]
    graded = list(grade_many(tasks, jobs))
    success = {
        name: overall(found, {one.name: one.scores[name] for one in graded}).measures["success"]
        for name in names
    }
    return time.perf_counter() - begin, success


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="lasot")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a fiftieth of it")
    asked = parser.parse_args()
    sequences, frames = (SEQUENCES // 10, FRAMES // 50) if asked.small else (SEQUENCES, FRAMES)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder, sequences, frames, TRACKERS)
        size = sum(file.stat().st_size for file in folder.rglob("*.txt"))
        lines = frames * TRACKERS
        print(
            f"{sequences} sequences, {frames:,} frames, {TRACKERS} trackers: {lines:,} boxes, {size / 1e6:,.0f} MB"
        )
        for _ in range(asked.repeat):
            before = sum(os.times()[:4])
            seconds, success = measure(folder, asked.profile, TRACKERS, asked.jobs)
            used = sum(os.times()[:4]) - before
            found = f"success {success['tracker00']:.4f} .. {success['tracker03']:.4f}"
            print(
                f"{asked.profile}, {asked.jobs} processes: {seconds:.1f} s, {lines / seconds / 1e6:.2f} million"
                f" boxes/s, {used:.1f} s of processor time; {found}"
            )
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory: {own:.0f} MB and {asked.jobs} processes of {child:.0f} MB at most")


if __name__ == "__main__":
    main()
