"""What one step of tracking gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiler.backends.engine import Runner, Value

STATES = ("tracked", "uncertain", "lost")
"""Names of the numbers of an output `state` (component `TrackState`)."""

LOST = STATES.index("lost")


@dataclass(frozen=True)
class Result:
    """The targets in one frame.

    Values are tensors on the tracker's device, which only the caller reads; where the tracker runs without torch
    (backends `onnx` and `openvino`) they are numpy arrays.

    Shapes: N is the number of targets, in the order of `ids`.
    """

    boxes: Value
    """[N, 4] float64: x, y, w, h in pixels of the frame, (x, y) being the top left corner"""
    scores: Value | None
    """[N], the spec's output `score`; None where it has none"""
    held: Value
    """[N] bool: the step gave no usable box (NaN, infinite, no size), so the target's last one was kept"""
    outputs: Mapping[str, Value]
    """every output of the spec by name, as the step gave it (`box` is centre-size, before holding)"""
    ids: tuple[int, ...]
    """[N]: which target each row is; the first are 0, 1 ..., in the order of the boxes at the start"""
    runner: Runner = field(repr=False, compare=False)
    """what made the values, and reads them"""

    @property
    def states(self) -> tuple[str, ...] | None:
        """`tracked`, `uncertain` or `lost` for each target; None where the spec has no output `state`.

        A held target is lost, whatever its score: nothing was found of it in this frame. Waits for the device.
        """
        if "state" not in self.outputs:
            return None
        held, state = self._reading([self.held, self.outputs["state"]])()
        numbers = [
            LOST if kept else int(number)
            for kept, number in zip(held.tolist(), state.reshape(-1).tolist(), strict=True)
        ]
        return tuple(STATES[number] if 0 <= number < len(STATES) else str(number) for number in numbers)

    def read_later(self) -> Callable[[], Result]:
        """Start to bring all values to the host; what is returned waits for them and gives them as numpy arrays.

        On a device, call it after each step and the function that it gave one frame later: nothing waits.
        """
        reading = self._reading([self.boxes, self.held, *self.outputs.values()])

        def read() -> Result:
            boxes, held, *values = reading()
            outputs = MappingProxyType(dict(zip(self.outputs, values, strict=True)))
            return Result(boxes, outputs.get("score"), held, outputs, self.ids, self.runner)

        return read

    def numpy(self) -> Result:
        """The same with numpy arrays for values; waits for the device."""
        return self.read_later()()

    def _reading(self, values: Sequence[Value]) -> Callable[[], Sequence[NDArray[Any]]]:
        if isinstance(self.boxes, np.ndarray):
            return lambda: values
        return self.runner.read_later(values)
