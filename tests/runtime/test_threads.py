"""One call sets the threads of PyTorch and of OpenCV."""

from __future__ import annotations

import cv2
import torch

from sotc.runtime.threads import use_threads


def test_both_libraries_follow() -> None:
    before = cv2.getNumThreads()
    try:
        use_threads(2)
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (2, 2)
    finally:
        use_threads(1)
        cv2.setNumThreads(before)
    assert torch.get_num_threads() == 1
