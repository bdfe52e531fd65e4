"""Channels taken apart."""

from __future__ import annotations

import pytest
import torch

from sotc.components.layers.split_channels import SplitChannels

torch.set_num_threads(1)


def test_the_first_channels_are_the_first_group() -> None:
    features = torch.arange(2 * 6 * 2 * 2).reshape(2, 6, 2, 2).float()
    found = SplitChannels(2)(features)
    assert found.shape == (2, 2, 3, 2, 2)
    assert torch.equal(found[:, 0], features[:, :3])
    assert torch.equal(found[:, 1], features[:, 3:])


def test_channels_that_cannot_be_parted_are_refused() -> None:
    with pytest.raises(ValueError, match="6 channels do not make 4"):
        SplitChannels(4)(torch.zeros(1, 6, 2, 2))
    with pytest.raises(ValueError, match="positive"):
        SplitChannels(0)
