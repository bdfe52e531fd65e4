"""How alike two descriptions are, against the arithmetic in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sotc.components.layers.cosine_similarity import CosineSimilarity
from sotc.components.layers.mix import LearntMix

torch.set_num_threads(1)


@pytest.mark.parametrize(("batch", "shape"), [(1, (5,)), (3, (4, 1, 1)), (2, (6, 3, 2))])
def test_it_is_the_cosine_of_what_is_flattened(batch: int, shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(batch)
    one, other = (torch.randn(batch, *shape, generator=generator, dtype=torch.float64) for _ in range(2))
    found = CosineSimilarity()(one, other).numpy()
    for row, (first, second) in enumerate(
        zip(one.numpy().reshape(batch, -1), other.numpy().reshape(batch, -1), strict=True)
    ):
        assert found[row] == pytest.approx(
            first @ second / np.linalg.norm(first) / np.linalg.norm(second), abs=1e-12
        )


def test_likeness_of_the_same_of_the_opposite_and_of_nothing() -> None:
    vector = torch.tensor([[3.0, -4.0]])
    assert float(CosineSimilarity()(vector, 2 * vector)) == pytest.approx(1)
    assert float(CosineSimilarity()(vector, -vector)) == pytest.approx(-1)
    assert float(CosineSimilarity()(vector, torch.tensor([[4.0, 3.0]]))) == pytest.approx(0, abs=1e-7)
    assert float(CosineSimilarity()(vector, 0 * vector)) == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_learnt_mixture_is_between_both_and_its_share_learns(share: float) -> None:
    mix = LearntMix(share)
    old, new = torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 1.0]])
    found = mix(old, new)
    torch.testing.assert_close(found, (1 - share) * old + share * new)
    found.sum().backward()
    assert float(mix.share.grad) == pytest.approx(float((new - old).sum()))
