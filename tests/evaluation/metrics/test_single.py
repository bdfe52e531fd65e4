"""Means in float32 are PyTorch's, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sotc.evaluation.metrics.single import mean_of_rows


@pytest.mark.parametrize("sequences", [1, 3, 4, 11, 64, 100, 280, 700])
@pytest.mark.parametrize("thresholds", [21, 51])
def test_the_mean_over_sequences(sequences: int, thresholds: int) -> None:
    """The last bit depends on the width of the processor's registers; half of a bit of the sum bounds it."""
    rows = np.random.default_rng(sequences).random((sequences, thresholds)).astype(np.float32)
    found = mean_of_rows(rows.astype(np.float64))
    assert np.array_equal(found, found.astype(np.float32))
    assert np.abs(found - torch.from_numpy(rows).mean(0).numpy()).max() <= 2**-24 * 4
    assert np.abs(found - rows.astype(np.float64).mean(axis=0)).max() < 1e-6
