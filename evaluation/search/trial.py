"""A candidate at work: its settings, a closed-loop run over each sequence, and what that scores."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...dsl.sources import Sources
from ...runtime.source import VideoFrame
from ...runtime.tracker import Tracker
from ..metrics.grade import grade, overall
from ..metrics.profile import find_profile
from ..metrics.rules import Profile
from ..metrics.score import SequenceScore
from ..runs.follow import Failure, Lane, Recording, failure_of, run_lanes
from ..runs.job import Job, frames_of
from ..runs.scoring import sized
from ..sequence import Sequence
from .parts import Halves
from .recall import RECORDED, Memory
from .shared import SharedPrograms, TunedEngine, openable, shared_programs
from .space import Point
from .variant import Recipe, variant_text

if TYPE_CHECKING:
    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from ...compiler.python_use import Allowance
    from .knobs import Knob

KEPT = 1 << 30
"""Bytes of decoded frames that all processes together keep: every candidate looks at the same ones."""

COMPILED = 2
"""Compiles that a process keeps, for settings that need one for each value."""

LONGEST = 300
"""Letters of what a candidate stopped with: a whole report of the compiler is no line of a journal."""

ALONE = "each candidate was compiled by itself"
"""Why nothing is recorded where no setting is an input of shared programs."""

SEED = 0
"""Random weights are the same in every process, and those that `sotc eval` would draw."""


@dataclass(frozen=True)
class Setup:
    """All that a process needs to know to try candidates."""

    recipe: Recipe
    knobs: Mapping[str, Knob]
    """what each axis turns"""
    place: str
    """where the variant is to stand"""
    params: Mapping[str, str]
    allow_python: Allowance
    weights: str | None
    options: Options
    halves: Halves
    data: str
    """name of the data set: profiles may depend on it"""
    profile: str
    measure: str
    processes: int = 1


@dataclass(frozen=True)
class Task:
    """A candidate to be tried."""

    number: int
    point: Point
    part: Literal["searched", "all"] = "searched"
    alone: bool = False
    """compiled by itself from the text that would be written, as whoever uses it will"""


@dataclass(frozen=True)
class Outcome:
    """What a candidate came to."""

    number: int
    point: Point
    score: float | None
    """of the searched sequences; None where it failed"""
    sequences: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    held_back: float | None = None
    """the score of the sequences that were held back, where these were run"""
    steps: int = 0
    """in which the network's results could have been there already"""
    recorded: int = 0
    """of these, those in which they were"""
    unrecorded: str = ""
    """why the network ran in every step, where it had to"""


class Bench:
    """One process's place to try candidates: compiles and decoded frames are kept between them."""

    def __init__(self, setup: Setup, recorded: int = RECORDED) -> None:
        """`recorded`: bytes that all processes together keep of what networks gave; 0 for nothing."""
        self._setup = setup
        self._memory = Memory(recorded // setup.processes)
        self._remembers = recorded > 0
        self._profile = find_profile(setup.profile, setup.data)
        self._shared: OrderedDict[tuple[tuple[str, object], ...], SharedPrograms] = OrderedDict()
        self._open: dict[str, Knob] | None = None
        self._shelf = Shelf(KEPT // setup.processes)

    def tried(self, task: Task) -> Outcome:
        """Run a candidate; whatever it raises, but for lack of memory, is what became of it."""
        began, before = time.perf_counter(), self._memory.tally
        try:
            tracker = self.alone(task.point) if task.alone else self.tracker(task.point)
            scores = self._run(tracker, task)
        except MemoryError:
            raise
        except Exception as error:  # a candidate that compiles to nothing, or raises on its way: others go on
            reason = " ".join(str(error).split()) or "no message"
            message = reason if isinstance(error, TrialError) else f"{type(error).__name__}: {reason}"
            seconds = time.perf_counter() - began
            return Outcome(task.number, task.point, None, error=message[:LONGEST], seconds=seconds)
        tally = self._memory.tally.since(before)
        return Outcome(
            task.number,
            task.point,
            scores.of(self._setup.halves.searched, self._profile, self._setup.measure),
            scores.each(self._setup.measure),
            None,
            time.perf_counter() - began,
            scores.of(self._setup.halves.held_back, self._profile, self._setup.measure),
            tally.steps,
            tally.recorded,
            tracker.engine.unrecorded if isinstance(tracker.engine, TunedEngine) else ALONE,
        )

    def _run(self, tracker: Tracker, task: Task) -> Scores:
        halves, table = self._setup.halves, {}
        for sequence in halves.searched if task.part == "searched" else halves.all:
            known = sized(self._profile, sequence)
            found = recorded(tracker, sequence, self._shelf.frames(sequence))
            if isinstance(found, Failure):
                raise TrialError(f"{sequence.name}, frame {found.frame}: {found.message}")
            table[sequence.name] = grade(self._profile, known.truth, found.boxes, sequence.name)
        return Scores(table)

    # ------------------------------------------------------------ trackers

    def alone(self, point: Point) -> Tracker:
        """The spec as it is, or the variant as it would be written, compiled by itself."""
        from ...compiler.driver import compile_checked

        seeded()
        compiled = compile_checked(self._checked(point), self._setup.weights, self._setup.options)
        return Tracker(compiled.plan, compiled.engine)

    def tracker(self, point: Point) -> Tracker:
        """The candidate, of a compile that it shares with others where it can."""
        opened = self._openable()
        if not opened or not point:
            return self.alone(point)
        key = tuple((name, value) for name, value in sorted(point.items()) if name not in opened)
        if key not in self._shared:
            from ...compiler.lowering_errors import LoweringError

            seeded()
            base = self._checked({name: value for name, value in point.items() if name not in opened})
            try:
                made = shared_programs(
                    base, self._setup.weights, self._setup.options, opened, self._remembers
                )
            except LoweringError:  # a component that must know its setting while it is exported
                self._open = {}
                return self.alone(point)
            self._shared[key] = made
            if len(self._shared) > COMPILED:
                self._shared.popitem(last=False)
        self._shared.move_to_end(key)
        programs = self._shared[key]
        values = {name: float(point[name]) for name in opened}
        engine = programs.with_values(values, self._memory, repr(key))
        return Tracker(programs.plan, engine)

    def _openable(self) -> Mapping[str, Knob]:
        if self._open is None:
            graph = self._checked({}).expect()
            knobs = self._setup.knobs
            self._open = {axis: knob for axis, knob in knobs.items() if openable(graph, knob)}
        return self._open

    def _checked(self, point: Point) -> CheckResult:
        return checked_variant(self._setup, point)


class TrialError(Exception):
    """A sequence that a candidate did not come to the end of."""


def checked_variant(setup: Setup, point: Point, doc: str = "A candidate.") -> CheckResult:
    """A variant checked as it would stand in its place, without being written; without a point the spec itself."""
    from ...compiler.check import check

    if not point:
        return check(
            setup.recipe.path,
            params=setup.params,
            allow_python=setup.allow_python,
            tracker=setup.recipe.base,
        )
    place = str(Path(setup.place).absolute())
    sources = Sources({place: variant_text(setup.recipe, place, point, doc)})
    return check(place, allow_python=setup.allow_python, sources=sources)


def seeded() -> None:
    import torch

    torch.manual_seed(SEED)


# ---------------------------------------------------------------- runs


@dataclass(frozen=True)
class Scores:
    """Of the sequences that were run."""

    table: Mapping[str, SequenceScore]

    def of(self, sequences: tuple[Sequence, ...], profile: Profile, measure: str) -> float | None:
        """The measure over some sequences; None where they were not run, or there are none."""
        table = {each.name: self.table[each.name] for each in sequences if each.name in self.table}
        return float(overall(profile, table).measures[measure]) if table else None

    def each(self, measure: str) -> dict[str, float]:
        return {name: float(score.measures[measure]) for name, score in self.table.items()}


def recorded(tracker: Tracker, sequence: Sequence, frames: Iterator[VideoFrame]) -> Recording | Failure:
    """One pass over one sequence."""
    lane = Lane(Job(sequence.name, sequence.frames, sequence.start), frames)
    try:
        (found,) = run_lanes(tracker, [lane], lambda key, done: None)
    except MemoryError:
        raise
    except Exception as error:  # whatever a tracker raises
        return failure_of(lane, error)
    return found


class Shelf:
    """Decoded frames, as far as there is room for them: the sequences that came first stay."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[str, list[VideoFrame]] = {}

    def frames(self, sequence: Sequence) -> Iterator[VideoFrame]:
        """The frames in order; decoded the first time, and again where there was no room to keep them."""
        if sequence.name in self._kept:
            yield from self._kept[sequence.name]
            return
        kept: list[VideoFrame] | None = []
        size = 0
        for frame in frames_of(Job(sequence.name, sequence.frames, sequence.start)):
            size += 0 if frame.pixels is None else frame.pixels.nbytes
            if size > self._room:
                kept = None
            elif kept is not None:
                kept.append(frame)
            yield frame
        if kept is not None:
            self._room -= size
            self._kept[sequence.name] = kept
