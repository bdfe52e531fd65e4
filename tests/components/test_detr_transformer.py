"""The transformer of DETR, against torch's own layers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sotc.components.fusion.detr_transformer import (
    DetrTransformerDecoder,
    DetrTransformerEncoder,
    MultiheadAttention,
)

torch.set_num_threads(1)

SMALL: dict[str, Any] = {"layers": 2, "heads": 2, "hidden": 12}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def lively(module: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.4)
    return module.double().eval()


def torchs(ours: MultiheadAttention) -> nn.MultiheadAttention:
    width = ours.project_out.in_features
    attention = nn.MultiheadAttention(width, ours.heads, batch_first=True).double().eval()
    weights = {"in_proj_weight": ours.project_in.weight, "in_proj_bias": ours.project_in.bias}
    out = {f"out_proj.{name}": weight for name, weight in ours.project_out.named_parameters()}
    attention.load_state_dict({**weights, **out})
    return attention


PADDING = torch.arange(7)[None, :, None] >= torch.tensor([7, 4])[:, None, None]
"""Of the second of two rows the last three tokens say nothing."""


@torch.no_grad()
def test_attention_is_torchs() -> None:
    ours = lively(MultiheadAttention(8, 2, 0.0))
    queries, keys, values = random(2, 3, 8), random(2, 7, 8, seed=1), random(2, 7, 8, seed=2)
    expected, _ = torchs(ours)(queries, keys, values, PADDING[:, :, 0])  # type: ignore[arg-type]
    torch.testing.assert_close(ours(queries, keys, values, PADDING), expected)
    with pytest.raises(ValueError, match="3 heads do not divide 8"):
        MultiheadAttention(8, 3, 0.0)


@torch.no_grad()
def test_the_encoder_written_out() -> None:
    encoder: Any = lively(DetrTransformerEncoder(8, **SMALL))
    tokens, places = random(2, 7, 8), random(2, 7, 8, seed=1)
    expected = tokens
    for layer in encoder.layers:
        asked = expected + places
        attended, _ = torchs(layer.attention)(asked, asked, expected, PADDING[:, :, 0])
        expected = layer.attention_norm(expected + attended)
        hidden = nn.functional.relu(layer.perceptron.expand(expected))
        expected = layer.perceptron_norm(expected + layer.perceptron.reduce(hidden))
    torch.testing.assert_close(encoder(tokens, places, PADDING), expected)


@torch.no_grad()
def test_the_decoder_written_out() -> None:
    """It begins with zeros; queries are added wherever it asks, places to the keys alone."""
    decoder: Any = lively(DetrTransformerDecoder(8, queries=3, **SMALL))
    memory, places = random(2, 7, 8), random(2, 7, 8, seed=1)
    found = torch.zeros(2, 3, 8, dtype=torch.float64)
    for layer in decoder.layers:
        asked = found + decoder.queries
        found = layer.self_attention_norm(found + torchs(layer.self_attention)(asked, asked, found)[0])
        seen, _ = torchs(layer.cross_attention)(
            found + decoder.queries, memory + places, memory, PADDING[:, :, 0]
        )
        found = layer.cross_attention_norm(found + seen)
        hidden = nn.functional.relu(layer.perceptron.expand(found))
        found = layer.perceptron_norm(found + layer.perceptron.reduce(hidden))
    torch.testing.assert_close(decoder(memory, places, PADDING), decoder.norm(found))


@torch.no_grad()
def test_nobody_looks_at_padding() -> None:
    encoder, decoder = lively(DetrTransformerEncoder(8, **SMALL)), lively(DetrTransformerDecoder(8, **SMALL))
    tokens, places = random(2, 7, 8), random(2, 7, 8, seed=1)
    other = torch.where(PADDING, random(2, 7, 8, seed=5), tokens)
    memory, same = encoder(tokens, places, PADDING), encoder(other, places, PADDING)
    torch.testing.assert_close(memory[1, :4], same[1, :4])
    torch.testing.assert_close(decoder(memory, places, PADDING), decoder(same, places, PADDING))


def test_dropout_is_of_training_alone() -> None:
    encoder = DetrTransformerEncoder(8, **SMALL, dropout=0.5).double()
    tokens, places = random(2, 7, 8), random(2, 7, 8, seed=1)
    assert not torch.equal(encoder(tokens, places, PADDING), encoder(tokens, places, PADDING))
    encoder.eval()
    assert torch.equal(encoder(tokens, places, PADDING), encoder(tokens, places, PADDING))
