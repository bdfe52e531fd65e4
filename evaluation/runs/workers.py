"""Processes that run sequences: each opens the tracker once and is given work until there is none.

They are spawned, not forked: a fork of a process with threads (torch, OpenCV) may hang. A process that dies takes the
sequences that it had with it, and no others.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

from ...runtime.tracker import Tracker
from .errors import WorkerError
from .job import Key
from .news import Done, Failed, Free, News, Ready, Stopped, Tell
from .schedule import Batch
from .work import work

OpenTracker: TypeAlias = Callable[[], Tracker]
"""Opens the tracker in whatever process; it can be pickled."""

LEAVING = 3.0
"""Seconds that a process is given to leave by itself: it notices at its next word."""


def serve(pipe: Connection, open_tracker: OpenTracker, folder: Path) -> None:
    """The process: open the tracker, then run what comes, until nothing does or nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started it decides
    with contextlib.suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            tracker = open_tracker()
            pipe.send(Ready(tuple(tracker.warnings)))
            while (batch := pipe.recv()) is not None:
                work(tracker, batch, folder, pipe.send)
                pipe.send(Free())
        except (BrokenPipeError, EOFError, ConnectionResetError):
            raise
        except Exception as error:
            pipe.send(Stopped(sendable(error)))


def sendable(error: Exception) -> Exception:
    """The error, where it can be told to another process; else what it says."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever an error's own making raises
        return WorkerError(f"a process could not go on: {type(error).__name__}: {error}")
    return error


@dataclass(eq=False)
class Worker:
    """A process, and what it is at."""

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    left: set[Key] = field(default_factory=set)
    """what it was given and has not told of"""


def work_in_processes(
    open_tracker: OpenTracker, batches: Iterable[Batch], folder: Path, count: int, tell: Tell
) -> None:
    """Run all batches in so many processes, in their order.

    Raises WorkerError where no process can open the tracker, and what stops one (WriteError, MemoryError): then all
    are stopped. However this ends, no process is left.
    """
    waiting = deque(batches)
    context = multiprocessing.get_context("spawn")
    workers: list[Worker] = []
    try:
        for _ in range(min(count, len(waiting))):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, open_tracker, folder), daemon=True)
            process.start()
            theirs.close()
            workers.append(Worker(process, ours))
        attend(workers, waiting, tell)
    finally:
        dismiss(workers)


def attend(workers: Sequence[Worker], waiting: deque[Batch], tell: Tell) -> None:
    """Give out work and pass on news, until all is done or nobody is left to do it."""
    present = list(workers)
    while present:
        for pipe in wait([worker.pipe for worker in present]):
            worker = next(each for each in present if each.pipe is pipe)
            try:
                news = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                present.remove(worker)
                lost(worker, tell)
                continue
            if not heard(worker, news, waiting, tell):
                present.remove(worker)
    for batch in waiting:  # every process died
        for job in batch:
            tell(Failed(job.key, "it was not tried: no process was left to run it"))


def heard(worker: Worker, news: News, waiting: deque[Batch], tell: Tell) -> bool:
    """Whether the worker goes on after this news. Raises what stopped it."""
    if isinstance(news, Stopped):
        raise news.error
    if isinstance(news, (Done, Failed)):
        worker.left.discard(news.key)
    if not isinstance(news, Free):
        tell(news)
    if not isinstance(news, (Ready, Free)):
        return True
    worker.ready = True
    batch = waiting.popleft() if waiting else None
    worker.left = {job.key for job in batch or ()}
    with contextlib.suppress(BrokenPipeError):  # its death is noticed where it is waited for
        worker.pipe.send(batch)
    return batch is not None


def lost(worker: Worker, tell: Tell) -> None:
    """A process that died: what it was at failed. Raises WorkerError where it had not even opened the tracker."""
    worker.process.join(LEAVING)
    code = worker.process.exitcode
    how = (
        f"killed by signal {-code} ({signal_name(-code)})"
        if code is not None and code < 0
        else f"exit code {code}"
    )
    if not worker.ready:
        raise WorkerError(
            f"a process died before it had opened the tracker: {how}",
            "with little memory, use fewer: --jobs 1",
        )
    for key in sorted(worker.left):
        tell(Failed(key, f"its process died: {how}"))


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def dismiss(workers: Sequence[Worker]) -> None:
    """See every process off: those at work notice at their next word that nobody listens."""
    for worker in workers:
        worker.pipe.close()
        if not worker.ready:
            worker.process.terminate()  # opening a tracker says nothing on the way
    until = time.monotonic() + LEAVING
    for worker in workers:
        worker.process.join(max(0.0, until - time.monotonic()))
    for worker in workers:
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.process.close()
