"""A session over 10,000 frames: memory of the process and the number of tensors stay what they were."""

from __future__ import annotations

import argparse
import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import torch
from common import Figure, clip, show, weights_of

import sotc
from sotc.specs import names

FRAMES = 10_000
SAMPLES = 20

MOST_GROWTH = 1.0
"""MB over the second half that are noise of the allocator: 5,000 tensors left behind are more, with their data"""


def measure(frames: int = FRAMES, targets: int = 1) -> list[Figure]:
    torch.set_num_threads(1)
    found: list[Figure] = []
    for spec, checkpoint in (("nanotrack_v2", "nanotrackv2"), ("correlation_filter", None)):
        if spec in names():
            weights = weights_of(checkpoint) if checkpoint else None
            found += follow(spec, weights, frames, targets)
    return found


def follow(spec: str, weights: str | None, frames: int, targets: int) -> list[Figure]:
    pictures, box = clip(100)
    there_and_back = pictures + pictures[-2:0:-1]
    tracker = sotc.compile(spec, weights)
    session = tracker.start(pictures[0], [[box[0] + index, *box[1:]] for index in range(targets)])
    memory: list[float] = []
    tensors: list[int] = []
    for index in range(1, frames + 1):
        session.step(there_and_back[index % len(there_and_back)])
        if index % (frames // SAMPLES) == 0:
            gc.collect()
            memory.append(resident())
            tensors.append(count_tensors())
    half = memory[SAMPLES // 2 - 1 :]
    growth = half[-1] - half[0]
    return [
        Figure(
            f"{spec}: memory from frame {frames // 2:,} to frame {frames:,}",
            f"{growth:+.2f} MB of {memory[-1]:.0f} MB ({memory[-1] - memory[0]:+.2f} MB since frame "
            f"{frames // SAMPLES:,})",
            f"at most {MOST_GROWTH} MB more",
            growth <= MOST_GROWTH,
        ),
        Figure(
            f"{spec}: tensors alive, {SAMPLES} times on the way",
            ", ".join(str(count) for count in sorted(set(tensors))),
            "always the same number",
            len(set(tensors)) == 1,
        ),
    ]


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def count_tensors() -> int:
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--targets", type=int, default=1)
    arguments = parser.parse_args()
    show(measure(arguments.frames, arguments.targets))
