"""What a tracker's programs were called with and gave in a real run: the gate replays it, int8 is calibrated on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiler.backends.backend import Recordings
from ..compiler.backends.engine import Engine, Runner, Value
from ..compiler.backends.wrapped import PassingRunner, WrappedEngine
from ..compiler.compiled import Compiled
from ..compiler.plan import Plan
from ..runtime.session import Session
from .clip import Clip

Array = NDArray[Any]


@dataclass(frozen=True)
class Call:
    """One run of one program; values on the host, in the order of the program's inputs and outputs."""

    program: str
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


@dataclass(frozen=True)
class Run:
    """A free run over a clip."""

    plan: Plan
    calls: tuple[Call, ...]
    boxes: NDArray[np.float64]
    """[frames, N, 4] x, y, w, h; the first as given"""

    def of(self, program: str) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if call.program == program)


class RecordingRunner(PassingRunner):
    """A runner that notes in `calls` what its programs are called with and give."""

    def __init__(self, runner: Runner, plan: Plan, calls: list[Call]) -> None:
        super().__init__(runner)
        self._plan, self._calls = plan, calls
        self._frame: Array | None = None

    def put_frame(self, pixels: Array) -> Value:
        self._frame = pixels
        return self._runner.put_frame(pixels)

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        slots = self._plan.programs[program].inputs
        given = tuple(self._host(slot.kind, value) for slot, value in zip(slots, inputs, strict=True))
        results = self._runner.run(program, inputs)
        self._calls.append(Call(program, given, tuple(self._runner.get(value) for value in results)))
        return results

    def _host(self, kind: str, value: Value) -> Array:
        if kind == "frame" and self._frame is not None:
            return self._frame  # the clip holds it anyway
        return self._runner.get(value)


def record(compiled: Compiled, clip: Clip) -> Run:
    """Run a tracker freely over a clip and note all that its programs read and gave."""
    calls: list[Call] = []
    engine = WrappedEngine(compiled.engine, lambda runner: RecordingRunner(runner, compiled.plan, calls))
    boxes = free_boxes(compiled.plan, engine, clip)
    return Run(compiled.plan, tuple(calls), boxes)


def free_boxes(plan: Plan, engine: Engine, clip: Clip) -> NDArray[np.float64]:
    """[frames, N, 4]: the boxes of a free run, the first as given."""
    session = Session(plan, engine, clip.frames[0], clip.boxes)
    found = [clip.boxes]
    for frame in clip.frames[1:]:
        found.append(np.asarray(session.step(frame).numpy().boxes, dtype=np.float64))
    return np.stack(found)


def shaken_boxes(compiled: Compiled, clip: Clip, error: float, seed: int) -> NDArray[np.float64]:
    """[frames, N, 4]: a free run whose boxes are moved after every step, each number by a normal error in pixels."""
    random = np.random.default_rng(seed)
    session = Session(compiled.plan, compiled.engine, clip.frames[0], clip.boxes)
    found = [clip.boxes]
    for frame in clip.frames[1:]:
        boxes = np.asarray(session.step(frame).numpy().boxes, dtype=np.float64)
        found.append(boxes + random.normal(0, error, boxes.shape))
        session.set_boxes(found[-1])
    return np.stack(found)


def calibration(run: Run, most: int = 64) -> Recordings:
    """What int8 is calibrated on: the inputs of each program in a run of the reference, `most` calls evenly."""
    found: dict[str, Sequence[tuple[Array, ...]]] = {}
    for program in run.plan.programs:
        calls = run.of(program)
        if calls:
            found[program] = [calls[index].inputs for index in evenly(len(calls), most)]
    return found


def evenly(count: int, most: int) -> list[int]:
    """Up to `most` of `count` places, evenly spread, the first and the last among them."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})
