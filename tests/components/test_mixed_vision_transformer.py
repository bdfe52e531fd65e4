"""The transformer of MixFormerV2: who sees whom, and its heads."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sotc.components.backbones.mixed_vision_transformer import MixedVisionTransformer, PatchConvolution
from sotc.components.heads.edge_head import EdgeHead
from sotc.components.heads.score_head import ScoreHead
from sotc.components.layers.best_frame import BestFrame
from sotc.components.layers.choose import Choose

torch.set_num_threads(1)


def images(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    template, online = torch.randn(2, 2, 3, 16, 16, generator=generator).double().unbind()
    return template, online, torch.randn(2, 3, 32, 32, generator=generator).double()


def network() -> MixedVisionTransformer:
    torch.manual_seed(0)
    return MixedVisionTransformer(16, 32, patch=8, width=24, depth=2, heads=3).double().eval()


@torch.no_grad()
def test_templates_see_each_other_and_nothing_else() -> None:
    model, (template, online, search) = network(), images()
    before, other = model(template, online, search), model(template, online, search.flip(3))
    assert torch.equal(before.template, other.template)
    assert torch.equal(before.online, other.online)
    assert not torch.equal(before.answers, other.answers)
    renewed = model(template, online.flip(3), search)
    assert (renewed.template - before.template).abs().max() > 1e-6
    assert (renewed.search - before.search).abs().max() > 1e-6


@torch.no_grad()
def test_it_is_a_masked_attention_over_all_tokens() -> None:
    """One block, written out with all tokens in a row and the likeness of templates to the rest put out."""
    model, (template, online, search) = network(), images()
    tokens = [model.embed(image).flatten(2).transpose(1, 2) for image in (template, online, search)]
    positions = (model.template_positions, model.template_positions, model.search_positions)
    answers = (model.answers + model.answer_positions).expand(2, -1, -1)
    row = torch.cat([*(one + place for one, place in zip(tokens, positions, strict=True)), answers], 1)
    hidden = torch.zeros(28, 28, dtype=torch.bool)
    hidden[:8, 8:] = True
    for block in model.blocks:
        joined = block.attention.project_in(block.attention_norm(row)).reshape(2, 28, 3, 3, 8)
        queries, keys, values = joined.permute(2, 0, 3, 1, 4)
        likeness = (queries @ keys.transpose(2, 3) / 8**0.5).masked_fill(hidden, float("-inf"))
        seen = (likeness.softmax(3) @ values).transpose(1, 2).reshape(2, 28, 24)
        row = row + block.attention.project_out(seen)
        row = row + block.perceptron(block.perceptron_norm(row))
    found = model(template, online, search)
    torch.testing.assert_close(found.answers, row[:, 24:])
    torch.testing.assert_close(found.search.flatten(2).transpose(1, 2), row[:, 8:24])
    torch.testing.assert_close(found.online.flatten(2).transpose(1, 2), row[:, 4:8])


def test_patches_are_convolved() -> None:
    """The same numbers and gradients as of the convolution that it stands for, of an image that is no square."""
    torch.manual_seed(0)
    patches = PatchConvolution(3, 5, 4, 4).double()
    image = torch.randn(2, 3, 8, 20, dtype=torch.float64)
    expected = torch.nn.functional.conv2d(image, patches.weight, patches.bias, 4)
    found = patches(image)
    torch.testing.assert_close(found, expected)
    slopes = [
        torch.autograd.grad(maps.square().sum(), list(patches.parameters())) for maps in (found, expected)
    ]
    torch.testing.assert_close(*slopes)


@torch.no_grad()
def test_edges_are_left_top_right_bottom() -> None:
    """Tokens come as left, right, top, bottom; each edge is the mean of its places."""
    torch.manual_seed(0)
    head, tokens = EdgeHead(12, bins=8).double(), torch.randn(2, 4, 12).double()
    found = head(tokens)
    for index, token in enumerate((0, 2, 1, 3)):
        logits = head.last_norm(head.last(head.inner_norm(head.inner(tokens[:, token])).relu()))
        torch.testing.assert_close(found.probability[:, index], logits.softmax(1))
        expected = sum(logits.softmax(1)[:, place] * place / 8 for place in range(8))
        torch.testing.assert_close(found.box[:, index], expected)


@torch.no_grad()
def test_a_score_is_the_mean_over_tokens() -> None:
    torch.manual_seed(0)
    head, tokens = ScoreHead(6, hidden=5, layers=2).double(), torch.randn(2, 4, 6).double()
    each = torch.stack([head(tokens[:, index : index + 1]) for index in range(4)])
    torch.testing.assert_close(head(tokens), each.mean(0))
    assert head(tokens).shape == (2, 1)


@pytest.mark.parametrize(
    ("scores", "better", "found", "due"),
    [
        ([0.6, 0.7, 0.65, 0.55], [1, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0]),
        ([0.4, 0.5, 0.45, 0.6], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]),
    ],
)
def test_the_best_frame_of_a_period(scores: list[float], better: list, found: list, due: list) -> None:
    """Of three frames; the fourth begins the next period. A half is not enough."""
    part, best, age = BestFrame(every=3), torch.tensor([-1.0]), torch.tensor([0.0])
    for index, score in enumerate(scores):
        renewal = part(torch.tensor([score]), best, age)
        assert [bool(renewal.better), bool(renewal.found), bool(renewal.due)] == [
            better[index],
            found[index],
            due[index],
        ]
        best, age = renewal.best, renewal.age
    assert age.tolist() == [1.0]


def test_each_target_has_its_choice() -> None:
    one, other = torch.ones(2, 3, 4), torch.zeros(2, 3, 4)
    assert Choose()(torch.tensor([True, False]), one, other).mean((1, 2)).tolist() == [1.0, 0.0]
