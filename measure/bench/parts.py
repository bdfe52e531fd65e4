"""Where the time of a step goes: an engine whose runner times every call that the session makes of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from ...compiler.backends.engine import Engine, Runner, Value
from ...compiler.backends.wrapped import PassingRunner, WrappedEngine
from .clock import PartClock

PARTS = ("upload", "crop", "network", "decode", "refresh", "state", "read", "other")
"""In the order of a step. `network` is the program `step` of a compiled tracker: it decodes and moves the targets, too,
and where crops are cut in the graph it cuts them. `decode` is told apart only where modules are called by hand."""


def timed(engine: Engine, clock: PartClock) -> Engine:
    """The engine, whose runners tell a clock what they do."""
    return WrappedEngine(engine, lambda runner: TimedRunner(runner, clock))


class TimedRunner(PassingRunner):
    """A runner that times what it is called for.

    Between reading where a crop lies (`get`) and handing over its pixels (`put`) a session does nothing but cut them.
    """

    def __init__(self, runner: Runner, clock: PartClock) -> None:
        super().__init__(runner)
        self._clock = clock
        self._stream = getattr(runner, "_stream", None)
        self._asked: float | None = None

    def put(self, value: Value) -> Value:
        if self._asked is not None:
            self._clock.add("crop", time.perf_counter() - self._asked)
            self._asked = None
        with self._clock("upload"):
            return self._runner.put(value)

    def put_frame(self, pixels: Value) -> Value:
        with self._clock("upload"):
            return self._runner.put_frame(pixels)

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        with self._clock(part_of(program), self._stream):
            return self._runner.run(program, inputs)

    def get(self, value: Value) -> Any:
        with self._clock("read"):
            found = self._runner.get(value)
        self._asked = time.perf_counter()
        return found

    def keep(self, values: Sequence[Value]) -> Sequence[Value]:
        with self._clock("read"):
            return self._runner.keep(values)

    def read_later(self, values: Sequence[Value]) -> Callable[[], Sequence[Any]]:
        with self._clock("read"):
            reading = self._runner.read_later(values)

        def read() -> Sequence[Any]:
            with self._clock("read"):
                return reading()

        return read


def part_of(program: str) -> str:
    if program.startswith("refresh."):
        return "refresh"
    return {"step": "network", "next": "state"}.get(program, "crop")


def median_parts(step: Callable[[int], object], clock: PartClock, frames: Sequence[int]) -> dict[str, float]:
    """Median milliseconds of each part over these frames, and of the whole step: `step`."""
    rows: list[dict[str, float]] = []
    for index in frames:
        clock.take()
        clock.wait()
        began = time.perf_counter()
        step(index)
        clock.wait()
        whole = time.perf_counter() - began
        parts = clock.take()
        rows.append({**parts, "other": max(0.0, whole - sum(parts.values())), "step": whole})
    names = [name for name in (*PARTS, "step") if any(name in row for row in rows)]
    return {name: round(1e3 * statistics.median(row.get(name, 0.0) for row in rows), 4) for name in names}
