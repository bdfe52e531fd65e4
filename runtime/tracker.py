"""A compiled tracker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..compiler.backends.engine import Engine
from ..compiler.plan import Plan
from ..compiler.shown import Shown
from .boxes import BoxesLike
from .frames import FrameLike
from .session import Session
from .streams import Streams

if TYPE_CHECKING:
    from ..dsl.diagnostics import Diagnostic


@dataclass(frozen=True, repr=False)
class Tracker(Shown):
    """What `sotc.compile` and `sotc.load` give. It holds no state: any number of sessions may run from it."""

    shown_as: ClassVar[str] = "tracker"

    plan: Plan
    engine: Engine
    warnings: Sequence[Diagnostic] = ()
    """what the compiler found worth saying though it compiled"""

    def __repr__(self) -> str:
        return (
            f"Tracker({self.name!r}, backend={self.backend!r}, device={self.device!r}, "
            f"crop={self.plan.crop_lowering!r})"
        )

    @property
    def name(self) -> str:
        """The tracker's name in its spec."""
        return self.plan.name

    @property
    def backend(self) -> str:
        """What runs it: `eager`, `onnx` ..."""
        return self.engine.backend

    @property
    def device(self) -> str:
        """Where it runs: `cpu`, `cuda:0`."""
        return self.engine.device

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the spec's outputs; `box` is always there."""
        return self.plan.outputs

    def start(self, frame: FrameLike, boxes: BoxesLike) -> Session:
        """Begin to follow one target or several, given where they are in the first frame.

        `frame` is RGB `uint8` [H, W, 3], numpy or tensor; `boxes` is [4] or [N, 4]: x, y, w, h in pixels,
        (x, y) being the top left corner. N targets share the frame and run as one batch.

        Raises FrameError, BoxError, and TooManyTargetsError beyond a fixed number, each with a remedy.
        """
        return Session(self.plan, self.engine, frame, boxes)

    def streams(self) -> Streams:
        """Several videos at once, their targets in one batch: `streams.open(frame, boxes)`, `streams.step(frames)`."""
        return Streams(self.plan, self.engine)
