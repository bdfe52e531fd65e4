"""The encoder whose template does not look at the search region."""

from __future__ import annotations

import pytest
import torch

from sotc.components.backbones.vision_transformer import Block
from sotc.components.fusion.asymmetric_encoder import AsymmetricEncoder

torch.set_num_threads(1)


def encoder(depth: int = 2) -> AsymmetricEncoder:
    torch.manual_seed(0)
    return AsymmetricEncoder(12, 3, 4, depth, heads=3).double().eval()


def maps(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(  # type: ignore[return-value]
        torch.randn(2, 12, side, side, generator=generator, dtype=torch.float64) for side in (3, 4)
    )


def test_the_template_is_the_same_for_every_search_region() -> None:
    network, (template, search), (_, other) = encoder(), maps(1), maps(2)
    first, second = network(template, search), network(template, other)
    assert torch.equal(first.template, second.template)
    assert not torch.allclose(first.search, second.search)


def test_every_cell_of_the_search_region_sees_the_template() -> None:
    network, (template, search), (other, _) = encoder(1), maps(1), maps(2)
    changed = (network(template, search).search - network(other, search).search).abs()
    assert (changed.amax(1) > 1e-6).all()


def test_the_template_alone_goes_through_plain_blocks() -> None:
    """Held against the blocks of the plain vision transformer with the same weights."""
    network, (template, search) = encoder(), maps(3)
    tokens = template.flatten(2).transpose(1, 2) + network.template_positions
    for mixed in network.blocks:
        block = Block(12, 3, 4.0).double()
        block.load_state_dict(mixed.state_dict())
        tokens = block(tokens)
    expected = network.norm(tokens).transpose(1, 2).unflatten(2, (3, 3))
    torch.testing.assert_close(network(template, search).template, expected)


def test_search_cells_attend_to_both_as_in_one_row() -> None:
    """Of one block over all cells together, the search region's half is the same; the template's is not."""
    network, (template, search) = encoder(1), maps(4)
    known = template.flatten(2).transpose(1, 2) + network.template_positions
    seen = search.flatten(2).transpose(1, 2) + network.search_positions
    block = Block(12, 3, 4.0).double()
    block.load_state_dict(network.blocks[0].state_dict())
    joint = network.norm(block(torch.cat((known, seen), 1)))
    found = network(template, search)
    torch.testing.assert_close(found.search.flatten(2).transpose(1, 2), joint[:, 9:])
    assert not torch.allclose(found.template.flatten(2).transpose(1, 2), joint[:, :9])


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match="5 heads"):
        AsymmetricEncoder(12, 3, 4, heads=5)
