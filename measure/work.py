"""How much there is to compute in a step, and so over how many frames the gate can run."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ..compiler.driver import Source
from .clip import FEWEST_FRAMES
from .record import Run

GATE_OPERATIONS = 1.5e12
"""What the reference may compute over a clip: half a minute of one CPU thread. A number of frames that followed a
clock would make every artifact another one."""


def step_operations(source: Source, run: Run, device: str) -> int:
    """Multiplications and additions of one step in its convolutions and matrix products."""
    call = run.of("step")[0]
    tensors = [torch.from_numpy(np.ascontiguousarray(value)).to(device) for value in call.inputs]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        source.programs["step"].module(*tensors)
    return int(counter.get_total_flops())


def frames_for(operations: int, frames: int) -> int:
    """Of so many frames as many as the work allows, and `FEWEST_FRAMES` at least."""
    allowed = int(GATE_OPERATIONS / max(operations, 1))
    return min(frames, max(FEWEST_FRAMES, allowed))
