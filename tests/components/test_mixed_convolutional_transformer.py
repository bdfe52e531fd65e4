"""The transformer of MixFormer, and its parts: who sees whom, what training leaves, and the score of a box."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sotc.components.backbones.mixed_convolutional_transformer import (
    MixedConvolutionalTransformer,
    QuickPerceptron,
)
from sotc.components.heads.score_prediction_head import ScorePredictionHead
from sotc.components.layers.batch_norm import FrozenBatchNorm

torch.set_num_threads(1)


def network() -> MixedConvolutionalTransformer:
    torch.manual_seed(0)
    return MixedConvolutionalTransformer((4, 6, 8), (1, 2, 1), (1, 3, 2)).double().eval()


def images(side: int = 96) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    template, online = torch.randn(2, 2, 3, 48, 48, generator=generator).double().unbind()
    return template, online, torch.randn(2, 3, side, side, generator=generator).double()


@torch.no_grad()
def test_templates_see_each_other_and_nothing_else() -> None:
    model, (template, online, search) = network(), images()
    before, other = model(template, online, search), model(template, online, search.flip(3))
    assert torch.equal(before.template, other.template)
    assert torch.equal(before.online, other.online)
    assert not torch.equal(before.search, other.search)
    renewed = model(template, online.flip(3), search)
    assert (renewed.template - before.template).abs().max() > 1e-6
    assert (renewed.search - before.search).abs().max() > 1e-6


@torch.no_grad()
def test_both_templates_are_alike() -> None:
    """Nothing tells the first from the online one: given the other way round, they change places."""
    model, (template, online, search) = network(), images()
    one, other = model(template, online, search), model(online, template, search)
    torch.testing.assert_close(one.template, other.online)
    torch.testing.assert_close(one.search, other.search)


@pytest.mark.parametrize(("side", "cells"), [(96, 6), (80, 5), (72, 5)])
@torch.no_grad()
def test_a_cell_for_each_sixteen_pixels(side: int, cells: int) -> None:
    template, _, search = network()(*images(side))
    assert template.shape == (2, 8, 3, 3)
    assert search.shape == (2, 8, cells, cells)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"depths": (1, 2)}, "`depths` is one number for each of the 3 stages, not 2"),
        ({"heads": (1, 3, 5)}, "5 heads do not divide 384 channels"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MixedConvolutionalTransformer(**settings)


def test_a_frozen_norm_is_a_norm_that_is_not_trained() -> None:
    torch.manual_seed(0)
    frozen, plain = FrozenBatchNorm(5), nn.BatchNorm2d(5)
    for name, tensor in frozen.state_dict().items():
        nn.init.uniform_(tensor, 0.5, 2.0)
        plain.state_dict()[name].copy_(tensor)
    features = torch.randn(3, 5, 4, 6)
    wanted = plain.eval()(features)
    torch.testing.assert_close(frozen.train()(features), wanted)
    torch.testing.assert_close(frozen(features), wanted, msg="training has left it as it was")
    assert not list(frozen.parameters())


def test_the_quick_activation_by_hand() -> None:
    part = QuickPerceptron(1, 1)
    part.load_state_dict({f"{name}.weight": torch.ones(1, 1) for name in ("expand", "reduce")}, strict=False)
    nn.init.zeros_(part.expand.bias)
    nn.init.zeros_(part.reduce.bias)
    found = part(torch.tensor([[[0.0], [1.0], [-2.0]]]))
    assert found.flatten().tolist() == pytest.approx([0.0, 0.845796, -0.064341], abs=1e-6)


@torch.no_grad()
def test_a_score_is_of_a_token_that_looks_twice() -> None:
    """At what was found, then at what is known; scaled by the root of the width; nothing is added to what was."""
    torch.manual_seed(0)
    head = ScorePredictionHead(6, heads=3, layers=2).double().eval()
    found, known = torch.randn(2, 4, 6).double(), torch.randn(2, 5, 6).double()
    token = head.token_norm(head.token).expand(2, 1, 6)
    for look, tokens in zip(head.looks, (found, known), strict=True):
        seen = torch.empty(2, 1, 6).double()
        for one in range(3):
            part = slice(2 * one, 2 * one + 2)
            query, keys, values = (
                layer(at)[..., part]
                for layer, at in ((look.queries, token), (look.keys, tokens), (look.values, tokens))
            )
            likeness = (query * keys).sum(2) / 6**0.5
            seen[:, 0, part] = (likeness.softmax(1)[:, :, None] * values).sum(1)
        token = look.norm(look.project_out(seen))
    first, last = head.score.layers
    torch.testing.assert_close(head(found, known), last(first(token).relu())[:, 0])
    with pytest.raises(ValueError, match="4 heads do not divide 6 channels"):
        ScorePredictionHead(6, heads=4)
