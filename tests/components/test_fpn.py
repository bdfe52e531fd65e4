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


@pytest.mark.parametrize("activated", [False, True])
@pytest.mark.parametrize("form", ["on_input", "on_lateral", "on_output"])
def test_further_levels_begin_where_they_are_told_to(form: str, activated: bool) -> None:
    torch.manual_seed(0)
    neck = FPN([4, 6, 5], 3, num_outs=5, add_extra_convs=form, relu_before_extra_convs=activated).double()
    features = levels()
    found = neck(features)
    lateral = functional.conv2d(features[2], neck.lateral_convs[2].weight, neck.lateral_convs[2].bias)
    source = {"on_input": features[2], "on_lateral": lateral, "on_output": found[2]}[form]
    first, second = neck.extra_convs
    expected = functional.conv2d(source, first.weight, first.bias, stride=2, padding=1)
    torch.testing.assert_close(found[3], expected)
    read = expected.clamp(min=0) if activated else expected
    torch.testing.assert_close(
        found[4], functional.conv2d(read, second.weight, second.bias, stride=2, padding=1)
    )
    assert first.weight.shape[1] == (5 if form == "on_input" else 3)


def test_true_means_on_input() -> None:
    torch.manual_seed(0)
    plain = FPN([4, 6, 5], 3, num_outs=5, add_extra_convs=True).double()
    named = FPN([4, 6, 5], 3, num_outs=5, add_extra_convs="on_input").double()
    named.load_state_dict(plain.state_dict())
    for one, other in zip(plain(levels()), named(levels()), strict=True):
        assert torch.equal(one, other)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="add_extra_convs"):
        FPN([4], 3, num_outs=2, add_extra_convs="on_top")
