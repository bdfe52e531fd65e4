"""Choosing a backend by measuring those that are at hand, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch

from ..compiler.backends.backend import Recordings
from ..compiler.backends.find import BACKENDS, find_backend, own_beside_auto
from ..compiler.compiled import Compiled, Options
from ..compiler.driver import Source, build, build_options
from ..compiler.user_error import UserError, said_by
from ..runtime.session import Session
from .clip import Clip
from .memory import out_of_memory
from .trial import CrashError, tried_apart

Note = Callable[[str], None]

PROMISE: Mapping[str, tuple[str, ...]] = {
    "cpu": ("onnx", "openvino", "aoti", "inductor", "eager", "tensorrt"),
    "cuda": ("aoti", "inductor", "eager", "tensorrt", "onnx", "openvino"),
}
"""Which backends are tried first, by what was found beforehand; what is not named comes last.

Of the two that are as fast as each other on a CPU, ONNX Runtime gives the first box 0.3 s after the process starts and
OpenVINO 0.7 s."""

BUILD_SECONDS: Mapping[str, float] = {"aoti": 20.0, "inductor": 30.0, "tensorrt": 60.0}
"""Seconds that building takes as a rule: with less left of the budget it is not begun. The others take a few."""

BLOCK = 5
"""Steps that a candidate makes before it is the next one's turn."""

MOST_ROUNDS = 20
FEWEST_ROUNDS = 2
MEASURE_SECONDS = 5.0
"""Even when building has used up the budget, candidates are compared for so long, and by so many rounds."""

QUANTILE = 0.2
"""A step's time is this quantile: what other programs take of a busy machine only ever adds to it."""

ALIKE = 1.1
"""Times closer than this are noise: the backend that is tried first is taken."""


@dataclass(frozen=True)
class Trial:
    """What became of one backend."""

    backend: str
    seconds: float | None
    """the time of a step (see `QUANTILE`); None where it was not measured"""
    build_seconds: float | None
    note: str | None
    """why it was not measured, or not taken"""


@dataclass(frozen=True)
class Candidate:
    options: Options
    compiled: Compiled
    build_seconds: float


@dataclass(frozen=True)
class Tuning:
    """What was tried, the fastest first."""

    trials: tuple[Trial, ...]
    candidates: Mapping[str, Candidate]
    """those that run, by backend"""

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(trial.backend for trial in self.trials if trial.seconds is not None)


def tune(
    source: Source,
    options: Options,
    clip: Clip,
    calibration: Recordings | None,
    seconds: float,
    note: Note,
    native: bool = True,
) -> Tuning:
    """Build and time every backend that can be used for `options`, within about so many seconds in all.

    Those of the user's own are tried that stand beside `auto` in `options.backend`.
    Those that give machine code are tried only with `native`.
    A build that was begun is finished; the first backend that can be built is measured, whatever the budget.
    """
    end = time.perf_counter() + seconds
    candidates: dict[str, Candidate] = {}
    refused: list[Trial] = []
    for name in (*promising(options.device), *own_beside_auto(options.backend)):
        wanted = replace(options, backend=name)
        left = end - time.perf_counter()
        reason = unusable(wanted, calibration, native)
        if reason is None and candidates and name in BUILD_SECONDS and left < BUILD_SECONDS[name]:
            reason = f"not tried: {max(left, 0):.0f} of {seconds:g} seconds were left"
        made = reason if reason is not None else built(source, wanted, calibration, clip, note)
        if isinstance(made, Candidate):
            candidates[name] = made
        else:
            note(f"{name}: {made}")
            refused.append(Trial(name, None, None, made))
    if candidates:
        note(f"measuring {', '.join(candidates)} in turns")
    times, failures = step_times(candidates, clip, options, max(end, time.perf_counter() + MEASURE_SECONDS))
    refused += [Trial(name, None, candidates[name].build_seconds, said) for name, said in failures.items()]
    trials = [Trial(name, times[name], candidates[name].build_seconds, None) for name in by_speed(times)]
    return Tuning((*trials, *refused), candidates)


def by_speed(times: Mapping[str, float]) -> list[str]:
    """Names from the fastest on; of those that are `ALIKE` the fastest, the ones named first come first."""
    best = min(times.values(), default=0.0)
    near = [name for name in times if times[name] <= ALIKE * best]
    return [*near, *sorted(times.keys() - set(near), key=lambda name: (times[name], name))]


def promising(device: str) -> tuple[str, ...]:
    order = PROMISE.get(torch.device(device).type, PROMISE["cuda"])
    return (*(name for name in order if name in BACKENDS), *(name for name in BACKENDS if name not in order))


def unusable(options: Options, calibration: Recordings | None, native: bool = True) -> str | None:
    """Why a backend cannot be used for these options here; None where it can."""
    try:
        backend = find_backend(options.backend)
    except ImportError as error:
        return f"it cannot be imported: {error}"
    if backend.native and not native:
        return "it gives machine code, which was not asked for (--native)"
    if options.precision not in backend.precisions:
        return f"it has no {options.precision}"
    wanted = build_options(options, calibration)
    missing = backend.missing(wanted)
    return None if missing is None else missing.reason


def built(
    source: Source, options: Options, calibration: Recordings | None, clip: Clip, note: Note
) -> Candidate | str:
    """The candidate, or why there is none: the message of whatever its backend raised, or how it crashed."""
    note(f"building with {options.backend}")
    began = time.perf_counter()
    plan = replace(source.plan, max_targets=options.targets)
    try:
        tried = tried_apart(plan, build_options(options), options.backend, clip)
        compiled = build(source, options, calibration, tried)
    except CrashError as error:
        return error.message
    except Exception as error:  # a backend is foreign code: whatever it raises, another one may do
        if out_of_memory(error):
            return "there was not enough memory to build it"
        return f"it failed to build: {first_line(error)}"
    return Candidate(options, compiled, time.perf_counter() - began)


# ---------------------------------------------------------------- timing


def step_times(
    candidates: Mapping[str, Candidate], clip: Clip, options: Options, end: float
) -> tuple[dict[str, float], dict[str, str]]:
    """Seconds of a step of each, in the order given, from alternated blocks; and what those said that fail to run."""
    failures: dict[str, str] = {}
    with threads(options.threads):
        runs = {name: Timed(made.compiled, clip) for name, made in candidates.items()}
        for rounds in range(MOST_ROUNDS):
            if rounds >= FEWEST_ROUNDS and time.perf_counter() > end:
                break
            for name in [name for name in runs if name not in failures]:
                try:
                    runs[name].block()
                except Exception as error:  # foreign code, as in `built`
                    failures[name] = f"it fails to run: {first_line(error)}"
    sound = {name: run.seconds for name, run in runs.items() if name not in failures}
    return {name: float(np.quantile(seconds, QUANTILE)) for name, seconds in sound.items()}, failures


def first_line(error: Exception) -> str:
    return error.message if isinstance(error, UserError) else said_by(error)


class Timed:
    """One candidate stepping over a clip, again and again from its first frame."""

    def __init__(self, compiled: Compiled, clip: Clip) -> None:
        self._compiled, self._clip = compiled, clip
        self._place = len(clip.frames)
        self._session: Session | None = None
        self.seconds: list[float] = []

    def block(self) -> None:
        if self._session is None or self._place + BLOCK > len(self._clip.frames):
            self._session = Session(
                self._compiled.plan, self._compiled.engine, self._clip.frames[0], self._clip.boxes
            )
            self._session.step(self._clip.frames[1]).numpy()  # the first step of a session warms up
            self._place = 1
        for frame in self._clip.frames[self._place : self._place + BLOCK]:
            began = time.perf_counter()
            self._session.step(frame).numpy()  # waits for the device
            self.seconds.append(time.perf_counter() - began)
        self._place += BLOCK


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads while measuring, for PyTorch and OpenCV."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def to_json(trials: tuple[Trial, ...]) -> list[dict[str, Any]]:
    return [asdict(trial) for trial in trials]
