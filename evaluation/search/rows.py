"""One compile in which each candidate is a row: its settings are kept beside its target, from the first frame on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...compiler.backends.engine import Engine, Runner, Value
from ...compiler.backends.wrapped import PassingRunner, WrappedEngine
from ...compiler.plan import Plan, Slot
from ...runtime.rows import pad
from ...runtime.tracker import Tracker
from .row_settings import ROW_SETTING, with_row_settings
from .shared import built, opened_programs

if TYPE_CHECKING:
    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from .knobs import Knob

BEGIN = "begin"


@dataclass(frozen=True)
class RowPrograms:
    """Programs that keep the values of some settings for each target."""

    plan: Plan
    """as a session sees it: `begin` gives the settings of the targets besides"""
    engine: Engine
    axes: tuple[str, ...]
    """the settings, in the order in which `begin` gives them"""

    def tracker(self, values: Sequence[Mapping[str, float]]) -> Tracker:
        """One that is to be started with a box for each of these candidates."""
        table = {axis: np.array([each[axis] for each in values], dtype=np.float64) for axis in self.axes}
        boxes = next(
            index for index, slot in enumerate(self.plan.programs[BEGIN].inputs) if slot.kind == "boxes"
        )
        columns = tuple(table.values())
        return Tracker(
            self.plan, WrappedEngine(self.engine, lambda runner: RowRunner(runner, columns, boxes))
        )


class RowRunner(PassingRunner):
    """Adds the settings to what `begin` gives; where rows were padded, those of the first candidate again."""

    def __init__(self, runner: Runner, columns: Sequence[NDArray[np.float64]], boxes: int) -> None:
        """`columns`: each setting of every candidate; `boxes`: which input of `begin` has a row for each target."""
        super().__init__(runner)
        self._columns, self._boxes = columns, boxes

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        results = self._runner.run(program, inputs)
        if program != BEGIN:
            return results
        rows = inputs[self._boxes].shape[0]
        return [*results, *(self.put(pad(column, rows)) for column in self._columns)]


def row_programs(
    checked: CheckResult, weights: str | None, options: Options, knobs: Mapping[str, Knob]
) -> RowPrograms:
    """Compile a checked spec with these settings open for each target, by axis. All of them are `openable`.

    Raises NoRowsError, and what `shared_programs` raises.
    """
    plan, programs = opened_programs(checked, weights, options, knobs, with_row_settings)
    engine = built(programs, plan, options)
    signatures = {name: program.signature for name, program in programs.items()}
    read = {slot.name for signature in signatures.values() for slot in signature.inputs}
    axes = tuple(axis for axis in knobs if axis in read)
    begin = signatures[BEGIN]
    given = tuple(Slot(axis, ROW_SETTING, per_target=True) for axis in axes)
    signatures[BEGIN] = replace(begin, outputs=(*begin.outputs, *given))
    return RowPrograms(replace(plan, programs=signatures, max_targets=options.targets), engine, axes)
