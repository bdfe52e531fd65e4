"""Answers averaged with learnt weights."""

from __future__ import annotations

import math

import pytest
import torch

from sotc.components.fusion.weighted_sum import WeightedSum, count_of

torch.set_num_threads(1)


def test_weights_are_a_softmax_and_equal_at_first() -> None:
    maps = [torch.full((2, 3, 4, 4), value) for value in (1.0, 10.0, 100.0)]
    blend = WeightedSum(3)
    torch.testing.assert_close(blend(maps), torch.full((2, 3, 4, 4), 37.0))
    with torch.no_grad():
        blend.weight.copy_(torch.tensor([0.0, math.log(2), math.log(5)]))
    torch.testing.assert_close(blend(maps), torch.full((2, 3, 4, 4), (1 + 20 + 500) / 8))


def test_how_many_there_are_is_inferred_from_a_list_only() -> None:
    rule = count_of("features").rule
    assert rule({"features": ((1, 2, 3), (1, 2, 3))}) == 2
    with pytest.raises(ValueError, match="one tensor"):
        rule({"features": (1, 2, 3)})
