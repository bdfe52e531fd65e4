"""How many threads a tracker uses on the CPU."""

from __future__ import annotations

import cv2
import torch


def use_threads(count: int) -> None:
    """So many threads for PyTorch's operators and OpenCV's: with more than one, a busy machine is many times slower."""
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
