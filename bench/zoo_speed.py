"""What a step of a spec takes on one thread of this CPU, under `eager` and `onnx`, with random weights."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from common import ROOT
from zoo_facts import machine
from zoo_tables import TIMED

from sotc.compiler.check import check
from sotc.compiler.compiled import Compiled, Options
from sotc.compiler.driver import build, source_of
from sotc.compiler.user_error import UserError
from sotc.measure.clip import Clip, generated_clip
from sotc.measure.tune import QUANTILE, threads
from sotc.runtime.session import Session
from sotc.specs import locate

STEPS = 10
FEWEST = 2
SECONDS = 6.0
"""Slow specs are stepped less often: until so long has gone by."""


def measure(name: str) -> dict[str, Any]:
    """Milliseconds of a step by backend, or why there are none, and where and how they were measured."""
    torch.manual_seed(0)
    source = source_of(check(locate(name)), None, "cpu", "auto")
    clip = generated_clip()
    taken, refused = {}, {}
    with threads(1):
        for backend in TIMED:
            try:
                taken[backend] = Stepping(build(source, Options(backend=backend)), clip)
            except UserError as error:
                refused[backend] = error.message.replace(f"{ROOT}/", "")
        steps = in_turns(taken)
    height, width = clip.frames[0].shape[:2]
    return {
        "measured": time.strftime("%Y-%m-%d"),
        "machine": {**machine(), "onnxruntime": version("onnxruntime")},
        "load": round(os.getloadavg()[0], 1),
        "frame": [width, height],
        "steps": steps,
        "milliseconds": {
            backend: float(f"{1e3 * np.quantile(stepping.seconds, QUANTILE):.3g}")
            for backend, stepping in taken.items()
        },
        "refused": refused,
    }


def in_turns(taken: Mapping[str, Stepping]) -> int:
    """Step each in its turn; how many steps each made."""
    began = time.perf_counter()
    for steps in range(1, STEPS + 1):
        for stepping in taken.values():
            stepping.step()
        if steps >= FEWEST and time.perf_counter() - began > SECONDS:
            return steps
    return STEPS


class Stepping:
    """One backend in a session over the clip, warmed up by its first step."""

    def __init__(self, compiled: Compiled, clip: Clip) -> None:
        self._frames = iter(clip.frames)
        self._session = Session(compiled.plan, compiled.engine, next(self._frames), clip.boxes)
        self.seconds: list[float] = []
        self.step()
        self.seconds.clear()

    def step(self) -> None:
        began = time.perf_counter()
        self._session.step(next(self._frames)).numpy()
        self.seconds.append(time.perf_counter() - began)
