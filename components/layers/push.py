"""A memory of fixed size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class Push(nn.Module):
    """Puts an entry at the end of a memory and drops the oldest.

    memory [N, size, ...] and entry [N, ...] -> [N, size, ...]. A memory begins as one entry, repeated, by a Push
    of the entry alone: `state memory = Push { size = 3 }(d)`.

    size: how many entries are kept.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        self.size = size

    def forward(self, memory: Tensor, entry: Tensor | None = None) -> Tensor:
        """Raises ValueError where the memory does not hold `size` entries."""
        if entry is None:
            return memory.unsqueeze(1).repeat_interleave(self.size, dim=1)
        if memory.shape[1] != self.size:
            raise ValueError(f"the memory holds {memory.shape[1]} entries; Push keeps {self.size}")
        return torch.cat((memory[:, 1:], entry.unsqueeze(1)), dim=1)
