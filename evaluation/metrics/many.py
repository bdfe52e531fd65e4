"""Many sequences and several trackers at once, in processes; a truth is read once for all trackers."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from ...compiler.user_error import UserError
from ..box_files import Polygons, read_boxes
from .folders import Pair, padded, read_truth
from .grade import grade
from .prepare import count_of
from .rules import Profile
from .score import SequenceScore
from .vot_files import listed

BYTES_WORTH_PROCESSES = 50_000_000
"""of files, below which starting processes takes longer than they save"""
CHUNK = 8
"""sequences that a process takes at a time"""


@dataclass(frozen=True)
class Task:
    """One sequence, for each of the trackers (by name) that has boxes in it."""

    profile: Profile
    pairs: Mapping[str, Pair]
    polygons: Polygons = "refuse"
    pad: bool = False


@dataclass(frozen=True)
class Graded:
    """The scores of a sequence by tracker, and what the user should know of them."""

    name: str
    scores: Mapping[str, SequenceScore]
    remarks: tuple[str, ...] = ()
    error: UserError | None = None
    """why there are no scores"""


def grade_task(task: Task) -> Graded:
    """The scores of a sequence, or what is wrong with its files."""
    name = next(iter(task.pairs.values())).name
    try:
        return graded(task)
    except UserError as error:  # it goes on with the next, so that all that is wrong can be told at once
        return Graded(name, {}, error=error)


def graded(task: Task) -> Graded:
    """Raises what `grade` and the readers raise."""
    first = next(iter(task.pairs.values()))
    truth = read_truth(first, task.polygons)
    scores, remarks = {}, []
    for tracker, pair in task.pairs.items():
        boxes = read_boxes(pair.boxes, task.polygons)
        if len(boxes) and task.pad:
            boxes = padded(boxes, len(truth))
        scores[tracker] = grade(task.profile, truth, boxes, pair.name)
        if len(boxes) != len(truth):
            done = (
                "left out" if len(boxes) > len(truth) or task.profile.short == "cut" else "taken as 0,0,0,0"
            )
            counts = f"{count_of(len(truth), 'frame')} and {count_of(len(boxes), 'box', 'boxes')}"
            remarks.append(f"{pair.name} has {counts}; the rest is {done}, as {task.profile.name} does")
    return Graded(first.name, scores, tuple(remarks))


def grade_many(
    tasks: Sequence[Task], jobs: int = 1, on_done: Callable[[int], None] | None = None
) -> Iterator[Graded]:
    """The scores of each task, in order. With `jobs` > 1 in so many processes, where there is work enough for them.

    `on_done` is told how many are done.
    """
    for done, one in enumerate(spread(tasks, jobs), start=1):
        if on_done is not None:
            on_done(done)
        yield one


def told_together(found: Iterable[Graded]) -> UserError | None:
    """One error for all sequences that have one; None where none has."""
    wrong = [(one.name, one.error) for one in found if one.error is not None]
    if not wrong:
        return None
    (_, first), *others = wrong
    more = f"; there is something wrong with {listed([name for name, _ in others])}, too" if others else ""
    return type(first)(first.message + more, first.remedy)


def spread(tasks: Sequence[Task], jobs: int) -> Iterable[Graded]:
    work = sum(pair.boxes.stat().st_size for task in tasks for pair in task.pairs.values())
    if jobs < 2 or len(tasks) < 2 or work < BYTES_WORTH_PROCESSES:
        yield from map(grade_task, tasks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context, initializer=leave_interrupts)
    try:
        yield from pool.map(grade_task, tasks, chunksize=CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def leave_interrupts() -> None:
    """Ctrl-C is for the process that was started by hand; it ends these."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
