"""Candidates tried in this process, or in several: each has a bench of its own and is given tasks until none is left.

As in evaluation/runs/workers.py processes are spawned, and one that dies takes only its own task with it. A process is
given as many tasks at a time as may be rows of one batch; where one dies over several, others try them one by one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from .bench import Bench
from .errors import SearchFailedError
from .trial import Outcome, Setup, Task

LEAVING = 3.0
"""Seconds that a process is given to end before it is killed."""

NextTask = Callable[[], Task | None]
"""The next candidate; None where there is none any more."""


class Pool(Protocol):
    """Tries candidates."""

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        """Each outcome as soon as it is there. The next tasks are asked for when somebody is free for them."""

    def close(self) -> None:
        """Leave no process behind."""


class Here:
    """One after the other, in this process."""

    def __init__(self, setup: Setup) -> None:
        self._bench = Bench(setup)
        self._batch = setup.batch

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        while tasks := several(next_task, self._batch):
            yield from self._bench.tried(*tasks)

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
            for outcome in bench.tried(*pipe.recv()):
                pipe.send(outcome)


@dataclass(eq=False)
class Worker:
    """A process, and what it is at."""

    process: BaseProcess
    pipe: Connection
    tasks: list[Task] = field(default_factory=list)
    """those that it has not answered yet"""


class Processes:
    """Several at a time."""

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        self._batch = setup.batch
        self._workers: list[Worker] = []
        self._again: list[Task] = []
        """to be tried by themselves: a process died over them and others, or before it was given them"""
        for _ in range(setup.processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, setup), daemon=True)
            process.start()
            theirs.close()
            self._workers.append(Worker(process, ours))

    def run(self, next_task: NextTask) -> Iterator[Outcome]:
        """Raises SearchFailedError where every process died."""
        for worker in list(self._workers):
            self._give(worker, next_task)
        while busy := [worker for worker in self._workers if worker.tasks]:
            for pipe in wait([worker.pipe for worker in busy]):
                worker = next(each for each in busy if each.pipe is pipe)
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    yield from self._buried(worker)
                else:
                    worker.tasks = [task for task in worker.tasks if task.number != outcome.number]
                    yield outcome
            for worker in list(self._workers):
                if not worker.tasks:
                    self._give(worker, next_task)
        if not self._workers:
            raise SearchFailedError(
                "every process died: no candidate can be tried any more",
                "with little memory, use fewer --jobs or a smaller --batch; the same command goes on",
            )

    def _buried(self, worker: Worker) -> Iterator[Outcome]:
        """A process that died: of what it was at, a single task failed, and several are to be tried again."""
        self._workers.remove(worker)
        worker.process.join(LEAVING)
        if len(worker.tasks) > 1:
            self._again += worker.tasks
            return
        (task,) = worker.tasks
        yield Outcome(task.number, task.point, None, error=f"its process died ({worker.process.exitcode})")

    def _give(self, worker: Worker, next_task: NextTask) -> None:
        """The next tasks to a process that is free; one that died meanwhile is none of theirs."""
        worker.tasks = [self._again.pop(0)] if self._again else several(next_task, self._batch)
        if not worker.tasks:
            return
        try:
            worker.pipe.send(worker.tasks)
        except (BrokenPipeError, ConnectionResetError):
            self._workers.remove(worker)
            self._again += worker.tasks

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


def several(next_task: NextTask, most: int) -> list[Task]:
    """Up to so many tasks; fewer where there are no more, and a single one where that is to be alone."""
    tasks: list[Task] = []
    while len(tasks) < most and (task := next_task()) is not None:
        tasks.append(task)
        if task.alone:
            break
    return tasks


def pool_for(setup: Setup) -> Pool:
    return Processes(setup) if setup.processes > 1 else Here(setup)
