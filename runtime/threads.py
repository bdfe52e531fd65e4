"""How many threads a tracker uses on the CPU."""

from __future__ import annotations

import sys

import cv2


def use_threads(count: int) -> None:
    """So many threads for OpenCV, and for PyTorch's operators where it is loaded.

    With more than one, a busy machine is many times slower. A tracker that runs without torch has its threads from
    its engine; this never brings torch in.
    """
    cv2.setNumThreads(count)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(count)
