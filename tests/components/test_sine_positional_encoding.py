"""Places as sines and cosines, by the formula."""

from __future__ import annotations

import math

import pytest
import torch

from sotc.components.layers.sine_positional_encoding import SinePositionalEncoding


def test_a_place_by_hand() -> None:
    """The third of five columns and the second of four rows; two wavelengths, 1 and 100 times 2 pi."""
    waves = SinePositionalEncoding(num_feats=4)(torch.zeros(1, 1, 4, 5, dtype=torch.bool))
    assert waves.shape == (1, 8, 4, 5)
    row, column = 2 / 4 * 2 * math.pi, 3 / 5 * 2 * math.pi
    expected = [
        wave(angle / length)
        for angle in (row, column)
        for length in (1, 100)
        for wave in (math.sin, math.cos)
    ]
    torch.testing.assert_close(waves[0, :, 1, 2], torch.tensor(expected), rtol=1e-5, atol=1e-5)


def test_masked_cells_do_not_count() -> None:
    """A map whose first two columns are masked is placed as one that begins behind them."""
    mask = torch.zeros(1, 1, 4, 5, dtype=torch.bool)
    mask[..., :2] = True
    narrow = SinePositionalEncoding(num_feats=4)(torch.zeros(1, 1, 4, 3, dtype=torch.bool))
    assert torch.equal(SinePositionalEncoding(num_feats=4)(mask)[..., 4:, 2:], narrow[..., 4:, :])
    assert torch.equal(SinePositionalEncoding(num_feats=4)(mask)[..., 2:], narrow)


def test_channels_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="even"):
        SinePositionalEncoding(num_feats=3)
