"""A compiled tracker."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..compiler.plan import Plan
from ..dsl.diagnostics import Diagnostic
from .boxes import BoxesLike
from .frames import FrameLike
from .session import Session


@dataclass(frozen=True, repr=False)
class Tracker:
    """What `sotc.compile` and `sotc.load` give. It holds no state: any number of sessions may run from it."""

    plan: Plan

    def __repr__(self) -> str:
        return f"Tracker({self.name!r}, device={str(self.device)!r}, crop={self.plan.crop_lowering!r})"

    @property
    def name(self) -> str:
        """The tracker's name in its spec."""
        return self.plan.name

    @property
    def device(self) -> torch.device:
        return self.plan.device

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the spec's outputs; `box` is always there."""
        return self.plan.outputs

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the compiler found worth saying though it compiled."""
        return self.plan.warnings

    def start(self, frame: FrameLike, boxes: BoxesLike) -> Session:
        """Begin to follow one target or several, given where they are in the first frame.

        `frame` is RGB `uint8` [H, W, 3], numpy or tensor; `boxes` is [4] or [N, 4]: x, y, w, h in pixels,
        (x, y) being the top left corner. N targets share the frame and run as one batch.

        Raises FrameError and BoxError, each with a remedy.
        """
        return Session(self.plan, frame, boxes)
