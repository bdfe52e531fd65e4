"""The benchmark: contenders built, timed in turns for each number of targets, taken apart, held against the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ...compiler.compiled import Options
from ..clip import Clip
from ..tune import threads as so_many_threads
from .clock import PartClock
from .contenders import Engines, Entry, Hands
from .errors import BenchError
from .machine import afterwards, machine_of
from .parts import median_parts
from .report import Footage, Machine, Report, Row
from .turns import Step, Times, Turns, reason
from .work import Work

Note = Callable[[str], None]

INSTRUMENTED_STEPS = 40
INSTRUMENTED_SECONDS = 4.0
STREAMED_SECONDS = 1.0


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    tracker: str
    spec: str
    weights: str
    clip: Clip
    options: Options
    targets: tuple[int, ...]
    seconds: float
    """for each number of targets"""
    against: tuple[str, ...]
    """names of the contenders that are compared with, the first being the baseline"""
    check_seconds: float | None = None
    gates: Mapping[str, str] | None = None
    """what the parity gate said, by contender"""


class Bench:
    """A run of the benchmark. `report` may be asked for at any time: it tells what was measured so far."""

    def __init__(
        self,
        plan: Plan,
        entries: Sequence[Entry],
        work: Callable[[int], Work] | None,
        note: Note,
    ) -> None:
        """`work` tells what a step does with so many targets; None where nobody knows it.

        Raises BenchError where nothing can be measured.
        """
        self._plan, self._entries, self._work, self._note = plan, entries, work, note
        self._rows: list[Row] = []
        self._finished = False
        if not any(entry.ready for entry in entries):
            reasons = "\n".join(f"  - {entry.contender.name}: {entry.error}" for entry in entries)
            raise BenchError(
                f"nothing can be measured:\n{reasons}", "see `sotc bench --help` for what there is"
            )
        note("measuring what this machine can do")
        with self._threads():
            self._machine: Machine = machine_of(
                plan.options.device,
                plan.options.threads,
                {entry.contender.precision for entry in entries if entry.ready} | {"fp32"},
            )

    def run(self) -> None:
        for count in self._plan.targets:
            self._note(f"timing {count} target{'s' if count > 1 else ''}")
            with self._threads():
                self._measure(self._plan.clip.with_targets(count), count)
        self._finished = True

    @contextmanager
    def _threads(self) -> Iterator[None]:
        with so_many_threads(self._plan.options.threads):
            yield

    @property
    def baseline(self) -> str | None:
        ready = {entry.contender.name for entry in self._entries if entry.ready}
        return next((name for name in self._plan.against if name in ready), None)

    @property
    def report(self) -> Report:
        plan, first = self._plan, self._plan.clip.frames[0]
        return Report(
            tracker=plan.tracker,
            spec=plan.spec,
            weights=plan.weights,
            machine=afterwards(self._machine),
            footage=Footage(plan.clip.name, len(plan.clip.frames), first.shape[1], first.shape[0]),
            baseline=self.baseline,
            rows=tuple(self._rows),
            finished=self._finished,
            check_seconds=plan.check_seconds,
        )

    # ------------------------------------------------------------ one number of targets

    def _measure(self, clip: Clip, count: int) -> None:
        steps, failed = self._started(clip)
        turns = Turns(steps, len(clip.frames))
        parts: dict[str, dict[str, float]] = {}
        streamed: dict[str, float] = {}
        try:
            turns.run(self._plan.seconds)
            able = [name for name in steps if name not in turns.failed]
            self._apart(clip, able, parts)
            streamed = self._streamed(clip, able)
        finally:  # what was measured is told, also when the user interrupts
            failed |= turns.failed
            work = self._work(count) if self._work is not None else None
            for entry in self._entries:
                row = self._row(entry, count, turns, failed, parts, work)
                stream = streamed.get(entry.contender.name)
                self._rows.append(replace(row, streamed_frames_per_second=stream))

    def _started(self, clip: Clip) -> tuple[dict[str, Step], dict[str, str]]:
        """A session of each, begun on the first frame."""
        steps: dict[str, Step] = {}
        failed: dict[str, str] = {}
        for entry in self._entries:
            if entry.ready is None:
                failed[entry.contender.name] = entry.error or "it is not ready"
                continue
            try:
                steps[entry.contender.name] = entry.ready.start(clip)
            except Exception as error:  # foreign code
                failed[entry.contender.name] = reason(error)
        return steps, failed

    def _apart(self, clip: Clip, names: Sequence[str], parts: dict[str, dict[str, float]]) -> None:
        """The parts of a step of each, in a pass of its own."""
        self._note("taking the steps apart")
        for entry in self._entries:
            if entry.contender.name in names and isinstance(entry.ready, (Engines, Hands)):
                clock = PartClock(self._plan.options.device)
                step = entry.ready.start(clip, clock)
                few = self._few(step, len(clip.frames))
                parts[entry.contender.name] = median_parts(step, clock, few)

    def _streamed(self, clip: Clip, names: Sequence[str]) -> dict[str, float]:
        """Frames a second without waiting for each frame's boxes, where that makes a difference."""
        if not self._plan.options.device.startswith("cuda"):
            return {}
        return {
            entry.contender.name: round(entry.ready.streamed(clip, STREAMED_SECONDS), 2)
            for entry in self._entries
            if entry.contender.name in names and isinstance(entry.ready, Engines)
        }

    def _few(self, step: Step, frames: int) -> list[int]:
        """Indices of frames to step over: as many as a few seconds allow, and three at the least."""
        step(0)  # warm
        began = time.perf_counter()
        step(1 % frames)
        count = int(INSTRUMENTED_SECONDS / max(time.perf_counter() - began, 1e-6))
        return [(2 + index) % frames for index in range(max(3, min(count, INSTRUMENTED_STEPS)))]

    def _row(
        self,
        entry: Entry,
        count: int,
        turns: Turns,
        failed: Mapping[str, str],
        parts: Mapping[str, Mapping[str, float]],
        work: Work | None,
    ) -> Row:
        contender = entry.contender
        name = contender.name
        gate = (self._plan.gates or {}).get(name)
        row = Row(
            name=name,
            targets=count,
            backend=contender.backend,
            precision=contender.precision,
            passes=contender.passes,
            build_seconds=entry.build_seconds,
            notes=entry.notes,
            gate=gate,
        )
        if name in failed:
            return replace(row, error=failed[name])
        times = turns.times[name]
        if not times.steps:
            return replace(row, error="interrupted before its first step")
        row = with_times(row, times, count)
        row = with_work(row, work, self._machine) if isinstance(entry.ready, (Engines, Hands)) else row
        base = self.baseline
        ratio = turns.ratio(name, base) if base is not None and base in turns.times else None
        if ratio is not None and base not in failed:
            row = replace(
                row,
                ratio=round(ratio.median, 3),
                ratio_low=round(ratio.low, 3),
                ratio_high=round(ratio.high, 3),
            )
        return replace(row, parts_ms=dict(parts.get(name, {})))


def with_times(row: Row, times: Times, count: int) -> Row:
    middle = times.percentile(50)
    assert middle is not None
    return replace(
        row,
        steps=len(times.steps),
        rounds=len(times.rounds),
        p50_ms=milliseconds(middle),
        p95_ms=milliseconds(times.percentile(95)),
        p99_ms=milliseconds(times.percentile(99)),
        frames_per_second=round(1 / middle, 2),
        targets_per_second=round(count / middle, 2),
        processor_ms=milliseconds(times.processor / len(times.steps)),
        processor_share=round(times.processor_share, 3),
    )


def with_work(row: Row, work: Work | None, machine: Machine) -> Row:
    """What the step does, against what the machine can do."""
    if work is None or row.p50_ms is None:
        return row
    seconds = row.p50_ms / 1e3
    precision = row.precision
    moved = work.least_bytes(precision)
    rate = machine.gemm_gflops.get(precision)
    return replace(
        row,
        step_gflop=round(work.operations / 1e9, 4),
        gemm_share=round(work.operations / 1e9 / seconds / rate, 4) if rate else None,
        step_megabytes=round(moved / 1e6, 3),
        copy_share=round(moved / 1e9 / seconds / machine.copy_gbs, 4),
    )


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1e3 * seconds, 4)
