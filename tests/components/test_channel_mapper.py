"""The neck that gives all levels the same number of channels."""

from __future__ import annotations

import pytest
import torch

from sotc.components.necks.channel_mapper import ChannelMapper

torch.set_num_threads(1)


def test_each_level_is_mapped_by_its_own_weights() -> None:
    torch.manual_seed(0)
    neck = ChannelMapper([4, 6], 5).double().eval()
    levels = [torch.randn(2, 4, 3, 3, dtype=torch.float64), torch.randn(2, 6, 2, 4, dtype=torch.float64)]
    for level in neck.levels:
        torch.nn.init.normal_(level.norm.bias)
    found = neck(levels)
    assert len(found) == 2
    for level, features, mapped in zip(neck.levels, levels, found, strict=True):
        mixed = torch.einsum("oi,nihw->nohw", level.conv.weight[:, :, 0, 0], features)
        expected = mixed / (1 + 1e-5) ** 0.5 + level.norm.bias[:, None, None]  # statistics as they begin
        torch.testing.assert_close(mapped, expected)


def test_the_levels_must_be_as_many_as_the_weights() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ChannelMapper([4, 6], 5)([torch.zeros(1, 4, 3, 3)])


def test_each_level_may_have_channels_of_its_own() -> None:
    levels = [torch.zeros(1, 4, 3, 3), torch.zeros(1, 6, 2, 2)]
    assert [found.shape[1] for found in ChannelMapper([4, 6], [5, 7])(levels)] == [5, 7]
    with pytest.raises(ValueError, match="3 numbers for 2 levels"):
        ChannelMapper([4, 6], [5, 6, 7])


def test_without_a_norm_there_is_a_bias() -> None:
    torch.manual_seed(0)
    neck, level = ChannelMapper([4], 5, norm=False), torch.randn(2, 4, 3, 3)
    (layer,) = neck.levels
    expected = torch.einsum("oi,nihw->nohw", layer.weight[:, :, 0, 0], level) + layer.bias[:, None, None]
    torch.testing.assert_close(neck([level])[0], expected)
