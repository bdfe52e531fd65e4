"""A thread that does what takes long, one file after the other, the newest wish of each file only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Work: TypeAlias = Callable[[Callable[[], bool]], None]
"""What is to be done. It asks now and then whether it has been superseded, and gives up if so."""


@dataclass(frozen=True)
class Job:
    number: int
    due: float
    """when it may begin, in seconds of `time.monotonic`"""
    work: Work


class Worker:
    """Jobs by key: a newer one takes the place of the one before, also while that is at work."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._newest: dict[str, int] = {}
        self._count = 0
        self._stopped = False
        self._thread: threading.Thread | None = None

    def submit(self, key: str, work: Work, delay: float = 0.0) -> None:
        """Do `work` in `delay` seconds, unless something newer is submitted under the key."""
        with self._changed:
            self._count += 1
            self._newest[key] = self._count
            self._jobs[key] = Job(self._count, time.monotonic() + delay, work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sotc-check", daemon=True)
                self._thread.start()
            self._changed.notify()

    def cancel(self, key: str) -> None:
        with self._changed:
            self._jobs.pop(key, None)
            self._newest.pop(key, None)

    def stop(self) -> None:
        """Begin nothing any more."""
        with self._changed:
            self._stopped = True
            self._jobs.clear()
            self._newest.clear()
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Wait until what is at work is done: a thread that is cut off within torch takes the process down."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while (found := self._next()) is not None:
            key, job = found
            try:
                job.work(lambda key=key, job=job: self._newest.get(key) != job.number)  # type: ignore[misc]
            except BaseException as error:  # a `sys.exit` in a user's component must not end the checking
                self._failed(error)

    def _next(self) -> tuple[str, Job] | None:
        """Wait for the job that is due first; None at the end."""
        with self._changed:
            while not self._stopped:
                first = min(self._jobs.items(), key=lambda entry: entry[1].due, default=None)
                wait = first[1].due - time.monotonic() if first is not None else None
                if first is not None and wait is not None and wait <= 0:
                    return first[0], self._jobs.pop(first[0])
                self._changed.wait(wait)
            return None
