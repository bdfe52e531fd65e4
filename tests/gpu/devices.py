"""What the tests on a CUDA device share: trackers with weights of a fixed seed, and a clip.

The trackers are compared with themselves on another device or run in another way, so that random weights serve.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sotc.compiler.backends.torch_engine import TorchEngine
from sotc.compiler.check import check
from sotc.compiler.driver import CropChoice, Options, Source, build, source_of
from sotc.runtime.tracker import Tracker
from sotc.specs import locate

SEED = 20_240


@functools.cache
def source(name: str, device: str = "cuda", crop: CropChoice = "graph") -> Source:
    torch.manual_seed(SEED)
    return source_of(check(locate(name)), None, device, crop)


def tracker(
    name: str,
    device: str = "cuda",
    crop: CropChoice = "graph",
    graphs: bool = True,
    backend: str = "eager",
    precision: str = "fp32",
) -> Tracker:
    """A shipped tracker; `graphs`: its programs are captured as CUDA graphs."""
    options = Options(device=device, crop=crop, backend=backend, precision=precision)
    compiled = build(source(name, device, crop), options)
    engine = compiled.engine
    assert isinstance(engine, TorchEngine)
    return Tracker(compiled.plan, replace(engine, graphs=graphs))


def clip(count: int, height: int = 288, width: int = 360) -> list[NDArray[np.uint8]]:
    """A bright square that wanders over a smooth ground; RGB `uint8` [height, width, 3]."""
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[:height, :width]
    ground = np.stack(
        [120 + 60 * np.sin(rows / 17 + channel) * np.cos(columns / 23) for channel in range(3)], -1
    )
    square = random.integers(60, 255, (30, 40, 3))
    frames = []
    for index in range(count):
        frame = ground.copy()
        top, left = 100 + 2 * index % 60, 120 + 3 * index % 90
        frame[top : top + 30, left : left + 40] = square
        frames.append(frame.clip(0, 255).astype(np.uint8))
    return frames


BOX = (120.0, 100.0, 40.0, 30.0)


def boxes(count: int) -> list[tuple[float, ...]]:
    """Different boxes that all touch the square."""
    return [(BOX[0] + index % 8, BOX[1] + index // 8, *BOX[2:]) for index in range(count)]


def free_run(found: Tracker, frames: Sequence[Any], start: Any = BOX) -> np.ndarray:
    """Boxes of all steps, [steps, N, 4]."""
    session = found.start(frames[0], start)
    reading = [session.step(frame).read_later() for frame in frames[1:]]
    return np.stack([read().boxes for read in reading])
