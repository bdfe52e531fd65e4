"""Instruments: what the parts of a step take, in a pass of their own, so that they cost the timed steps nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

Clock: TypeAlias = Callable[[str], AbstractContextManager[Any]]
"""`with clock("crop"): ...` times a part."""

_NOTHING = nullcontext()


def no_clock(part: str) -> AbstractContextManager[Any]:
    """A clock that does nothing."""
    return _NOTHING


class PartClock:
    """Seconds by part, added up until they are taken. What a part within a part takes is the inner one's alone.

    On a CUDA device every part begins and ends with an idle device; what a stream does is timed by its events.
    """

    def __init__(self, device: str) -> None:
        self._cuda = device.startswith("cuda")
        self._seconds: dict[str, float] = defaultdict(float)
        self._inner: list[float] = []
        """seconds of the parts within each part that is open"""

    @contextmanager
    def __call__(self, part: str, stream: Any = None) -> Iterator[None]:
        events = self._events(stream)
        self._inner.append(0.0)
        began = time.perf_counter()
        yield
        if events is not None:
            events[1].record(stream)
        self.wait()
        seconds = time.perf_counter() - began
        if events is not None:
            seconds = events[0].elapsed_time(events[1]) / 1e3
        self._seconds[part] += seconds - self._inner.pop()
        if self._inner:
            self._inner[-1] += seconds

    def _events(self, stream: Any) -> tuple[Any, Any] | None:
        self.wait()
        if stream is None or not self._cuda:
            return None
        import torch

        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        begin.record(stream)
        return begin, end

    def wait(self) -> None:
        if self._cuda:
            import torch

            torch.cuda.synchronize()

    def add(self, part: str, seconds: float) -> None:
        self._seconds[part] += seconds

    def take(self) -> dict[str, float]:
        """What was timed since the last call."""
        found = dict(self._seconds)
        self._seconds.clear()
        return found
