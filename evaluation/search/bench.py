"""Candidates at work: each is run over the searched sequences, and what it gives is scored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...runtime.tracker import Tracker
from ..metrics.grade import grade, overall
from ..metrics.profile import find_profile
from ..metrics.rules import Profile
from ..metrics.score import SequenceScore
from ..runs.follow import Failure, Recording
from ..runs.scoring import sized
from ..sequence import Sequence as Clip
from .closed_loop import recorded, side_by_side
from .compiles import Compiles, Key, Ready
from .recall import RECORDED, Memory
from .shelf import KEPT, Shelf
from .trial import Outcome, Setup, Task

LONGEST = 300
"""Letters of what a candidate stopped with: a whole report of the compiler is no line of a journal."""


class TrialError(Exception):
    """A sequence that a candidate did not come to the end of."""


@dataclass(frozen=True)
class Scores:
    """Of the sequences that were run."""

    table: Mapping[str, SequenceScore]

    def of(self, sequences: tuple[Clip, ...], profile: Profile, measure: str) -> float | None:
        """The measure over some sequences; None where they were not run, or there are none."""
        table = {each.name: self.table[each.name] for each in sequences if each.name in self.table}
        return float(overall(profile, table).measures[measure]) if table else None

    def each(self, measure: str) -> dict[str, float]:
        return {name: float(score.measures[measure]) for name, score in self.table.items()}


class Bench:
    """One process's place to try candidates: compiles and decoded frames are kept between them."""

    def __init__(self, setup: Setup, recorded: int = RECORDED) -> None:
        """`recorded`: bytes that all processes together keep of what networks gave; 0 for nothing."""
        self._setup = setup
        self._memory = Memory(recorded // setup.processes)
        self._profile = find_profile(setup.profile, setup.data)
        self._shelf = Shelf(KEPT // setup.processes)
        self.compiles = Compiles(setup, self._memory, recorded > 0)

    def tried(self, *tasks: Task) -> Iterator[Outcome]:
        """Run candidates, side by side where they share a compile with rows.

        Whatever one raises, but for lack of memory, is what became of it.
        """
        for group in self._groups(tasks):
            if len(group) == 1:
                yield self._one(group[0])
            else:
                yield from self._together(group)

    def _groups(self, tasks: Sequence[Task]) -> list[list[Task]]:
        """Those that could be rows of one batch, in the order in which they were given."""
        groups: dict[int | Key, list[Task]] = {}
        for task in tasks:
            apart = len(tasks) == 1 or task.alone or not task.point
            groups.setdefault(task.number if apart else self.compiles.key(task.point), []).append(task)
        return list(groups.values())

    # ------------------------------------------------------------ one by one

    def _one(self, task: Task, because: str = "") -> Outcome:
        """`because`: why it does not go with others."""
        began, before = time.perf_counter(), self._memory.tally
        ready = Ready(None, "", "")
        try:
            if not task.alone and task.point:
                ready = self.compiles.ready(task.point)
            tracker = self.compiles.alone(task.point) if task.alone else self.compiles.tracker(task.point)
            outcome = self._outcome(task, self._scores(tracker, task))
        except MemoryError:
            raise
        except Exception as error:  # a candidate that compiles to nothing, or raises on its way: others go on
            return failed(task, error, time.perf_counter() - began)
        tally = self._memory.tally.since(before)
        return replace(
            outcome,
            seconds=time.perf_counter() - began,
            steps=tally.steps,
            recorded=tally.recorded,
            way="single" if because else ready.way,
            reason=because or ready.reason,
        )

    def _scores(self, tracker: Tracker, task: Task) -> Scores:
        table = {}
        for sequence in self._sequences(task):
            found = recorded(tracker, sequence, self._shelf.frames(sequence))
            table[sequence.name] = self._graded(sequence, found)
        return Scores(table)

    # ------------------------------------------------------------ side by side

    def _together(self, group: list[Task]) -> Iterator[Outcome]:
        """Where a batch as a whole stops, its candidates run again one by one: only the one to blame stops then."""
        because = ""
        try:
            ready = self.compiles.ready(group[0].point)
            if ready.way == "batched":
                yield from self._rows(group, ready)
                return
        except MemoryError:
            raise
        except Exception as error:  # whatever a tracker raises
            because = f"a batch of {len(group)} stopped with {said_of(error)}"
        for task in group:
            yield self._one(task, because)

    def _rows(self, group: list[Task], ready: Ready) -> list[Outcome]:
        began, done = time.perf_counter(), list[Outcome]()
        tables: dict[int, dict[str, SequenceScore]] = {task.number: {} for task in group}
        stopped: dict[int, Outcome] = {}
        for sequence in self._sequences(group[0]):
            alive = [task for task in group if task.number not in stopped]
            if not alive:
                break
            tracker = self.compiles.tracker(*(task.point for task in alive))
            found = side_by_side(tracker, sequence, self._shelf.frames(sequence), len(alive))
            for task, one in zip(alive, found, strict=True):
                try:
                    tables[task.number][sequence.name] = self._graded(sequence, one)
                except TrialError as error:
                    stopped[task.number] = failed(task, error, 0.0)
        seconds = (time.perf_counter() - began) / len(group)
        for task in group:
            outcome = stopped.get(task.number) or self._outcome(task, Scores(tables[task.number]))
            done.append(
                replace(outcome, seconds=seconds, way=ready.way, rows=len(group), reason=ready.reason)
            )
        return done

    # ------------------------------------------------------------ scores

    def _sequences(self, task: Task) -> tuple[Clip, ...]:
        halves = self._setup.halves
        return halves.searched if task.part == "searched" else halves.all

    def _graded(self, sequence: Clip, found: Recording | Failure) -> SequenceScore:
        """Raises TrialError."""
        if isinstance(found, Failure):
            raise TrialError(f"{sequence.name}, frame {found.frame}: {found.message}")
        return grade(self._profile, sized(self._profile, sequence).truth, found.boxes, sequence.name)

    def _outcome(self, task: Task, scores: Scores) -> Outcome:
        halves, measure = self._setup.halves, self._setup.measure
        return Outcome(
            task.number,
            task.point,
            scores.of(halves.searched, self._profile, measure),
            scores.each(measure),
            held_back=scores.of(halves.held_back, self._profile, measure),
        )


def failed(task: Task, error: Exception, seconds: float) -> Outcome:
    return Outcome(task.number, task.point, None, error=said_of(error), seconds=seconds)


def said_of(error: Exception) -> str:
    """In one line, with its kind where it is no sequence's."""
    reason = " ".join(str(error).split()) or "no message"
    message = reason if isinstance(error, TrialError) else f"{type(error).__name__}: {reason}"
    return message[:LONGEST]
