"""Several ways to do the same, timed in turns: what else the machine does meanwhile falls on all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

Step = Callable[[int], object]
"""Process the frame of this index; whatever it gives is on the host when it returns."""

BLOCK_SECONDS = 0.15
"""A turn is about so long, and a step at the least."""

WARM_UP_SECONDS = 0.3
WARM_UP_STEPS = 3
FEWEST_ROUNDS = 3
FEWEST_FOR_P95, FEWEST_FOR_P99 = 20, 100


@dataclass
class Times:
    """What was timed of one of them."""

    steps: list[float] = field(default_factory=list)
    """seconds of every step"""
    rounds: list[float] = field(default_factory=list)
    """mean seconds of a step, a number a round"""
    processor: float = 0.0
    """seconds of processor time"""

    @property
    def processor_share(self) -> float:
        return self.processor / max(sum(self.steps), 1e-9)

    def percentile(self, percent: float) -> float | None:
        """Seconds; None where there are too few steps to say."""
        fewest = {95: FEWEST_FOR_P95, 99: FEWEST_FOR_P99}.get(int(percent), 1)
        return float(np.percentile(self.steps, percent)) if len(self.steps) >= fewest else None


@dataclass(frozen=True)
class Ratio:
    """How many times as fast: over the rounds."""

    median: float
    low: float
    high: float


class Turns:
    """The contest. It may be stopped at any time: what was timed so far is in `times` and `failed`."""

    def __init__(self, steps: Mapping[str, Step], frames: int) -> None:
        """`frames`: indices are 0 .. frames - 1, given in order and again from the first."""
        self._steps, self._frames = dict(steps), frames
        self._next = dict.fromkeys(steps, 0)
        self._block = dict.fromkeys(steps, 1)
        self.times: dict[str, Times] = {name: Times() for name in steps}
        self.failed: dict[str, str] = {}
        """why one of them was left out"""

    def run(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
        """Warm all up, then let them take turns for about so long, and for a few rounds at the least."""
        for name in list(self._steps):
            self._guarded(name, lambda name=name: self._warm_up(name, clock))  # type: ignore[misc]
        end, done = clock() + seconds, 0
        while self._steps and (done < FEWEST_ROUNDS or clock() < end):
            names = list(self._steps)
            turn = done % len(names)  # who is first changes
            for name in names[turn:] + names[:turn]:
                self._guarded(name, lambda name=name: self._turn(name, clock))  # type: ignore[misc]
            done += 1

    def _guarded(self, name: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # foreign code: one that fails must not end the others
            self.failed[name] = reason(error)
            del self._steps[name]

    def _warm_up(self, name: str, clock: Callable[[], float]) -> None:
        """The first steps compile, allocate and fill caches; the last of them tells how long a turn is."""
        began, done, took = clock(), 0, 0.0
        while done < WARM_UP_STEPS or (clock() - began < WARM_UP_SECONDS and done < self._frames):
            before = clock()
            self._one(name)
            took, done = clock() - before, done + 1
        self._block[name] = max(1, min(round(BLOCK_SECONDS / max(took, 1e-6)), 4 * self._frames))

    def _turn(self, name: str, clock: Callable[[], float]) -> None:
        times, found = self.times[name], []
        before = time.process_time()
        for _ in range(self._block[name]):
            began = clock()
            self._one(name)
            found.append(clock() - began)
        times.processor += time.process_time() - before
        times.steps += found
        times.rounds.append(sum(found) / len(found))

    def _one(self, name: str) -> None:
        index = self._next[name]
        self._next[name] = (index + 1) % self._frames
        self._steps[name](index)

    def ratio(self, name: str, base: str) -> Ratio | None:
        """How many times as fast as `base`, round by round."""
        pairs = list(zip(self.times[base].rounds, self.times[name].rounds, strict=False))
        if not pairs:
            return None
        found = [slow / fast for slow, fast in pairs]
        low, median, high = np.percentile(found, (25, 50, 75)).tolist()
        return Ratio(median, low, high)


def reason(error: Exception) -> str:
    """An exception as one line for a table."""
    message = getattr(error, "message", None) or str(error).strip().partition("\n")[0]
    name = type(error).__name__
    return str(message) if hasattr(error, "code") else f"{name}: {message}"[:300]
