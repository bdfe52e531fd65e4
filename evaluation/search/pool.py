"""Candidates tried in this process, or in several: each has a bench of its own and is given tasks until none is left.

As in evaluation/runs/workers.py processes are spawned, and one that dies takes only its own task with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from .errors import SearchFailedError
from .trial import Bench, Outcome, Setup, Task

LEAVING = 3.0
"""Seconds that a process is given to end before it is killed."""

NextTask = Callable[[], Task | None]
"""The next candidate; None where there is none any more."""


class Pool(Protocol):
    """Tries candidates."""

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        """Each outcome as soon as it is there. The next task is asked for when somebody is free for it."""

    def close(self) -> None:
        """Leave no process behind."""


class Here:
    """One after the other, in this process."""

    def __init__(self, setup: Setup) -> None:
        self._bench = Bench(setup)

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        while (task := next_task()) is not None:
            yield self._bench.tried(task)

    def close(self) -> None:
        """Nothing to leave behind."""


def serve(pipe: Connection, setup: Setup) -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started it decides
    import torch  # noqa: F401  (so that `use_threads` reaches it)

    from ...runtime.threads import use_threads

    use_threads(setup.options.threads)
    bench = Bench(setup)
    with contextlib.suppress(BrokenPipeError, EOFError, ConnectionResetError):
        while True:
            pipe.send(bench.tried(pipe.recv()))


@dataclass(eq=False)
class Worker:
    """A process, and what it is at."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None


class Processes:
    """Several at a time."""

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        self._workers: list[Worker] = []
        for _ in range(setup.processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, setup), daemon=True)
            process.start()
            theirs.close()
            self._workers.append(Worker(process, ours))

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        """Raises SearchFailedError where every process died."""
        for worker in self._workers:
            give(worker, next_task)
        while busy := [worker for worker in self._workers if worker.task is not None]:
            for pipe in wait([worker.pipe for worker in busy]):
                worker = next(each for each in busy if each.pipe is pipe)
                task = worker.task
                assert task is not None
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    self._workers.remove(worker)
                    worker.process.join(LEAVING)
                    code = worker.process.exitcode
                    outcome = Outcome(task.number, task.point, None, error=f"its process died ({code})")
                worker.task = None
                yield outcome
                if worker in self._workers:
                    give(worker, next_task)
        if not self._workers:
            raise SearchFailedError(
                "every process died: no candidate can be tried any more",
                "with little memory, use fewer --jobs; the same command goes on",
            )

    def close(self) -> None:
        """Those that are free leave by themselves when nobody is there any more; the others are ended."""
        for worker in self._workers:
            worker.pipe.close()
        until = time.monotonic() + LEAVING
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers = []


def give(worker: Worker, next_task: NextTask) -> None:
    """The next task to a process that is free."""
    worker.task = next_task()
    if worker.task is not None:
        with contextlib.suppress(BrokenPipeError):  # its death is noticed where it is waited for
            worker.pipe.send(worker.task)


def pool_for(setup: Setup) -> Pool:
    return Processes(setup) if setup.processes > 1 else Here(setup)
