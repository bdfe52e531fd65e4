"""The feature pyramid against the operations written out, in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from sotc.components.necks.fpn import FPN

torch.set_num_threads(1)


def levels() -> list[Tensor]:
    """Three of them, the last two not halves of what is before them."""
    torch.manual_seed(1)
    return [torch.randn(2, *shape, dtype=torch.float64) for shape in ((4, 8, 10), (6, 4, 5), (5, 3, 3))]


def nearest(coarse: Tensor, height: int, width: int) -> Tensor:
    """Each cell is the one of the coarser map in which its corner lies."""
    rows = torch.arange(height) * coarse.shape[2] // height
    columns = torch.arange(width) * coarse.shape[3] // width
    return coarse[:, :, rows][:, :, :, columns]


def test_each_level_knows_of_the_coarser_ones() -> None:
    torch.manual_seed(0)
    neck, (fine, middle, coarse) = FPN([4, 6, 5], 3).double(), levels()
    lateral = [
        torch.einsum("oi,nihw->nohw", layer.weight[:, :, 0, 0], level) + layer.bias[:, None, None]
        for layer, level in zip(neck.lateral_convs, (fine, middle, coarse), strict=True)
    ]
    second = lateral[1] + nearest(lateral[2], 4, 5)
    first = lateral[0] + nearest(second, 8, 10)
    found = neck([fine, middle, coarse])
    for layer, level, smooth in zip(neck.fpn_convs, (first, second, lateral[2]), found, strict=True):
        torch.testing.assert_close(smooth, functional.conv2d(level, layer.weight, layer.bias, padding=1))


def test_further_levels_leave_out_every_other_cell() -> None:
    torch.manual_seed(0)
    found = FPN([4, 6, 5], 3, num_outs=5).double()(levels())
    assert [tuple(level.shape[2:]) for level in found] == [(8, 10), (4, 5), (3, 3), (2, 2), (1, 1)]
    assert torch.equal(found[3], found[2][:, :, [0, 2]][:, :, :, [0, 2]])
    assert torch.equal(found[4], found[2][:, :, :1, :1])


def test_further_levels_may_be_convolved_from_what_came_in() -> None:
    torch.manual_seed(0)
    neck, features = FPN([4, 6, 5], 3, num_outs=5, add_extra_convs=True).double(), levels()
    found = neck(features)
    source = features[2]
    for layer, extra in zip(neck.extra_convs, found[3:], strict=True):
        source = functional.conv2d(source, layer.weight, layer.bias, stride=2, padding=1)
        torch.testing.assert_close(extra, source)
    assert [tuple(level.shape[1:]) for level in found[3:]] == [(3, 2, 2), (3, 1, 1)]


def test_no_level_is_thrown_away() -> None:
    with pytest.raises(ValueError, match="3 levels come in"):
        FPN([4, 6, 5], 3, num_outs=2)
