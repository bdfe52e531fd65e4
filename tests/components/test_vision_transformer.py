"""The vision transformer: against torch's own encoder layers, and what the two images may know of each other."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import sotc
from sotc.components.backbones.vision_transformer import Attention, Block, VisionTransformer, middle_of

torch.set_num_threads(1)

SMALL: dict[str, Any] = {
    "template_size": 16,
    "search_size": 32,
    "patch": 8,
    "width": 24,
    "depth": 2,
    "heads": 3,
}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def small(**settings: Any) -> VisionTransformer:
    torch.manual_seed(1)
    return VisionTransformer(**{**SMALL, **settings}).double().eval()


def torchs_layer(block: Block) -> nn.Module:
    """torch's own encoder layer (attention behind a norm, GELU) with the weights of a block."""
    width, hidden = block.perceptron.reduce.out_features, block.perceptron.expand.out_features
    heads = block.attention.heads
    settings: dict[str, Any] = {"activation": "gelu", "batch_first": True, "norm_first": True}
    layer = nn.TransformerEncoderLayer(width, heads, hidden, 0.0, layer_norm_eps=1e-6, **settings).double()
    pairs = {
        "self_attn.in_proj_": block.attention.project_in,
        "self_attn.out_proj.": block.attention.project_out,
        "linear1.": block.perceptron.expand,
        "linear2.": block.perceptron.reduce,
        "norm1.": block.attention_norm,
        "norm2.": block.perceptron_norm,
    }
    layer.load_state_dict(
        {f"{name}{kind}": getattr(ours, kind) for name, ours in pairs.items() for kind in ("weight", "bias")}
    )
    return layer.eval()


def test_a_block_is_torchs_encoder_layer() -> None:
    torch.manual_seed(0)
    block = Block(24, 3, 4.0).double().eval()
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.3)
    tokens = random(2, 11, 24)
    with torch.no_grad():
        torch.testing.assert_close(block(tokens), torchs_layer(block)(tokens), rtol=1e-10, atol=1e-10)


def test_the_whole_is_written_out() -> None:
    """Patches cut by hand, each multiplied by the embedding; positions; blocks; norm; back into maps."""
    network, template, search = small(), random(2, 3, 16, 16), random(2, 3, 32, 32, seed=1)

    def embedded(image: Tensor, positions: Tensor) -> Tensor:
        cells = image.shape[-1] // 8
        rows = []
        for row in range(cells):
            for column in range(cells):
                patch = image[:, :, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8].flatten(1)
                rows.append(patch @ network.embed.weight.flatten(1).T + network.embed.bias)
        return torch.stack(rows, 1) + positions

    with torch.no_grad():
        found = network(template, search)
        known = embedded(template, network.template_positions)
        tokens = torch.cat((known, embedded(search, network.search_positions)), 1)
        for block in network.blocks:
            tokens = torchs_layer(block)(tokens)  # type: ignore[arg-type]
        tokens = network.norm(tokens)
    assert found.template.shape == (2, 24, 2, 2)
    assert found.search.shape == (2, 24, 4, 4)
    for row in range(4):
        for column in range(4):
            torch.testing.assert_close(found.search[:, :, row, column], tokens[:, 4 + row * 4 + column])
    torch.testing.assert_close(found.template.flatten(2).transpose(1, 2), tokens[:, :4])


def test_each_image_sees_the_other() -> None:
    network, template, search = small(), random(1, 3, 16, 16), random(1, 3, 32, 32, seed=1)
    with torch.no_grad():
        before = network(template, search)
        other_template = network(template + 1, search)
        other_search = network(template, search.flip(3))
    assert (before.search - other_template.search).abs().max() > 1e-4
    assert (before.template - other_search.template).abs().max() > 1e-4


def test_there_are_as_many_parameters_as_in_vit_b() -> None:
    """85.8 M (ViT, table 1, without head, class token and its position), and positions for 64 + 256 tokens."""
    with torch.device("meta"):
        network = VisionTransformer(128, 256)
    block = 4 * 768 * 768 + 4 * 768 + 2 * 4 * 768 * 768 + 4 * 768 + 768 + 4 * 768
    embedding = 3 * 16 * 16 * 768 + 768
    positions = (64 + 256) * 768
    assert (
        sum(found.numel() for found in network.parameters()) == 12 * block + embedding + positions + 2 * 768
    )


def test_sizes_are_inferred_and_must_divide() -> None:
    with pytest.raises(ValueError, match="16 pixels do not divide an image of 127"):
        VisionTransformer(127, 256)
    with pytest.raises(ValueError, match="5 heads do not divide 24"):
        Attention(24, 5)
    checked = sotc.check("ostrack_256", params={"width": 48, "depth": 1, "heads": 5})
    assert any("5 heads do not divide 48 channels" in str(found) for found in checked.diagnostics)


def test_elimination_keeps_what_the_middle_looks_at() -> None:
    """In the second of two blocks; tokens of the search region that are gone are zero, the others as written out."""
    network, template, search = (
        small(eliminate=[1], keep=0.3),
        random(1, 3, 16, 16),
        random(1, 3, 32, 32, seed=1),
    )
    with torch.no_grad():
        known = network.embed(template).flatten(2).transpose(1, 2) + network.template_positions
        seen = network.embed(search).flatten(2).transpose(1, 2) + network.search_positions
        tokens = network.blocks[0](torch.cat((known, seen), 1))
        block: Any = network.blocks[1]
        normed = block.attention_norm(tokens)
        joined = block.attention.project_in(normed).reshape(1, 20, 3, 3, 8).permute(2, 0, 3, 1, 4)
        weights = (joined[0] @ joined[1].transpose(2, 3) / 8**0.5).softmax(3)
        best = (
            weights[0, :, 0, 4:].mean(0).sort(descending=True).indices[:5]
        )  # ceil(0.3 * 16), seen by the first
        tokens = tokens + block.attention(normed)
        tokens = network.norm(tokens + block.perceptron(block.perceptron_norm(tokens)))
        found = network(template, search).search.flatten(2)[0].T
    for index in range(16):
        expected = tokens[0, 4 + index] if index in best else torch.zeros(24, dtype=torch.float64)
        torch.testing.assert_close(found[index], expected)


@pytest.mark.parametrize(("side", "row"), [(7, 3), (8, 3), (12, 5), (14, 6)])
def test_the_middle_of_a_template(side: int, row: int) -> None:
    """The token that the authors' code takes, for each of its sizes."""
    assert middle_of(side**2) == row * side + row


def test_blocks_and_shares_must_exist() -> None:
    with pytest.raises(ValueError, match=r"no block 2 .* 0\.\.1"):
        small(eliminate=[2])
    with pytest.raises(ValueError, match="`keep` must lie in"):
        small(keep=0.0)
