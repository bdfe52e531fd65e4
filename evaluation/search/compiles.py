"""The compiles that candidates run on: shared by all that differ in open settings only, and kept for the next ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ...runtime.tracker import Tracker
from .network_cut import NoCut
from .recall import Memory
from .row_settings import NoRowsError
from .rows import RowPrograms, row_programs
from .shared import SharedPrograms, openable, shared_programs
from .space import Point, Value
from .trial import Setup, Way, checked_variant, seeded

if TYPE_CHECKING:
    from ...compiler.check import CheckResult
    from .knobs import Knob

KEPT = 2
"""Compiles that a process keeps, for settings that need one for each value."""

Key: TypeAlias = tuple[tuple[str, Value], ...]
"""The settings that need a compile of their own, with their values."""

ALONE = "each candidate is compiled by itself: its settings are no numbers that programs can be given"
BEHIND = "what is searched is read behind the network alone"
ASKED = "--batch asks for it"
OFFER = "; --batch 4 would run candidates as rows"
ON_DEVICE = "a GPU runs them together"


@dataclass(frozen=True)
class Ready:
    """What a candidate runs on, which way, and why that way."""

    programs: SharedPrograms | RowPrograms | None
    """None where it needs a compile that nobody shares"""
    way: Way
    reason: str


class Compiles:
    """Compiles candidates for one process."""

    def __init__(self, setup: Setup, memory: Memory, remembers: bool) -> None:
        self._setup, self._memory, self._remembers = setup, memory, remembers
        self._kept: OrderedDict[Key, Ready] = OrderedDict()
        self._open: Mapping[str, Knob] | None = None

    def alone(self, point: Point) -> Tracker:
        """The spec as it is, or the variant as it would be written, compiled by itself."""
        from ...compiler.driver import compile_checked

        seeded()
        compiled = compile_checked(self._checked(point), self._setup.weights, self._setup.options)
        return Tracker(compiled.plan, compiled.engine)

    def key(self, point: Point) -> Key:
        """Candidates of one key share a compile."""
        opened = self._openable()
        return tuple((name, value) for name, value in sorted(point.items()) if name not in opened)

    def ready(self, point: Point) -> Ready:
        """What the candidate runs on, compiled where it is not there yet. Raises what compiling raises."""
        from ...compiler.lowering_errors import LoweringError

        if not point or not self._openable():
            return Ready(None, "single", ALONE)
        key = self.key(point)
        if key not in self._kept:
            try:
                made = self._compiled(dict(key))
            except LoweringError:  # a component that must know its setting while it is exported
                self._open = {}
                return Ready(None, "single", ALONE)
            self._kept[key] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def tracker(self, *points: Point) -> Tracker:
        """One candidate; or several of one key that are `batched`, to be started with a box for each."""
        ready = self.ready(points[0])
        if ready.programs is None:
            return self.alone(points[0])
        values = [{name: float(point[name]) for name in self._openable()} for point in points]
        if isinstance(ready.programs, RowPrograms):
            return ready.programs.tracker(values)
        engine = ready.programs.with_values(values[0], self._memory, repr(self.key(points[0])))
        return Tracker(ready.programs.plan, engine)

    def _compiled(self, fixed: Point) -> Ready:
        """Recorded where that can be and no batch is wanted; rows of a batch where they are."""
        setup, refused = self._setup, OFFER if self._setup.batch == 1 else ""
        arguments = (self._checked(fixed), setup.weights, setup.options, self._openable())
        if setup.batch > 1:
            seeded()
            try:
                rows = row_programs(*arguments)
            except NoRowsError as error:
                refused = f"; no batch, because {error}"
            else:
                return Ready(rows, "batched", ASKED if setup.options.device == "cpu" else ON_DEVICE)
        seeded()
        shared = shared_programs(*arguments, self._remembers)
        if isinstance(shared.cut, NoCut):
            return Ready(shared, "single", shared.cut.reason + refused)
        return Ready(shared, "recorded", BEHIND + (refused if setup.batch > 1 else ""))

    def _openable(self) -> Mapping[str, Knob]:
        if self._open is None:
            graph = self._checked({}).expect()
            knobs = self._setup.knobs
            self._open = {axis: knob for axis, knob in knobs.items() if openable(graph, knob)}
        return self._open

    def _checked(self, point: Point) -> CheckResult:
        return checked_variant(self._setup, point)
