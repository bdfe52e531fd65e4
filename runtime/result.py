"""What one step of tracking gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..compiler.backends.engine import Runner, Value


@dataclass(frozen=True)
class Result:
    """The targets in one frame.

    Values are tensors on the tracker's device, which only the caller reads; where the tracker runs without torch
    (backends `onnx` and `openvino`) they are numpy arrays.

    Shapes: N is the number of targets, in the order in which they were given at the start.
    """

    boxes: Value
    """[N, 4] float64: x, y, w, h in pixels of the frame, (x, y) being the top left corner"""
    scores: Value | None
    """[N], the spec's output `score`; None where it has none"""
    held: Value
    """[N] bool: the step gave no usable box (NaN, infinite, no size), so the target's last one was kept"""
    outputs: Mapping[str, Value]
    """every output of the spec by name, as the step gave it (`box` is centre-size, before holding)"""
    runner: Runner = field(repr=False, compare=False)
    """what made the values, and reads them"""

    def read_later(self) -> Callable[[], Result]:
        """Start to bring all values to the host; what is returned waits for them and gives them as numpy arrays.

        On a device, call it after each step and the function that it gave one frame later: nothing waits.
        """
        reading = self.runner.read_later([self.boxes, self.held, *self.outputs.values()])

        def read() -> Result:
            boxes, held, *values = reading()
            outputs = MappingProxyType(dict(zip(self.outputs, values, strict=True)))
            return Result(boxes, outputs.get("score"), held, outputs, self.runner)

        return read

    def numpy(self) -> Result:
        """The same with numpy arrays for values; waits for the device."""
        return self.read_later()()
