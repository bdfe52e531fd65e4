"""Labels within a radius of the true centre, by numbers counted by hand."""

from __future__ import annotations

import pytest
import torch

from sotc.components.assigners.disc_assign import DiscAssign


def test_a_disc_of_two_cells() -> None:
    """A box in the middle of the crop: 13 of the 17 x 17 cells are no more than 2 away."""
    found = DiscAssign()(torch.empty(1, 3, 17, 17), torch.tensor([[107.5, 97.5, 40.0, 60.0]]))
    assert found.labels.shape == found.label_weight.shape == (1, 3, 17, 17)
    expected = torch.zeros(17, 17)
    for row, columns in {6: [8], 7: [7, 8, 9], 8: [6, 7, 8, 9, 10], 9: [7, 8, 9], 10: [8]}.items():
        expected[row, columns] = 1
    for patch in range(3):
        assert torch.equal(found.labels[0, patch], expected)
    for chosen, count in ((expected == 1, 13), (expected == 0, 289 - 13)):
        weight = found.label_weight[0, 0][chosen]
        torch.testing.assert_close(weight, torch.full_like(weight, 289 / 2 / count))


def test_the_nearest_cell_counts_where_none_is_near() -> None:
    found = DiscAssign(radius=1.0)(torch.empty(1, 1, 17, 17), torch.tensor([[251.0, 120.0, 6.0, 10.0]]))
    assert torch.nonzero(found.labels).tolist() == [[0, 0, 8, 16]]


def test_a_radius_must_be_positive() -> None:
    with pytest.raises(ValueError, match="radius"):
        DiscAssign(radius=0.0)
