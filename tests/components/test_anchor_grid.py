"""Anchors: their places, their sizes in PySOT's rounding, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sotc.components.layers.anchor_grid import AnchorGrid
from sotc.components.registry import PARTS

torch.set_num_threads(1)


def test_the_originals_anchors(parity_folder: Path) -> None:
    stored = np.load(parity_folder / "siamrpnpp_r50.npz")["anchors"]
    found = AnchorGrid()(torch.empty(2, 2, 5, 25, 25))
    assert found.shape == (4, 5, 25, 25)
    assert np.array_equal(found.flatten(1).T.numpy(), stored)


def test_sizes_are_cut_twice() -> None:
    """A ratio of 3 at stride 8: the width is 4.6, cut to 4, and the height three times that, not 13.8."""
    found = AnchorGrid(ratios=(3.0, 0.33), scales=(8.0, 16.0))(torch.empty(1, 1, 1))
    sizes = found[2:, :, 0, 0].T.tolist()
    assert sizes == [[32, 96], [64, 192], [13 * 8, 4 * 8], [13 * 16, 4 * 16]]


def test_mmtrackings_heights_are_those_of_the_ratio() -> None:
    """By hand: 8 / sqrt(r) and 8 sqrt(r), each cut, times 8."""
    found = AnchorGrid(convention="mmtracking")(torch.empty(1, 1, 1))
    assert found[2:, :, 0, 0].T.tolist() == [[104, 32], [88, 40], [64, 64], [40, 88], [32, 104]]


@pytest.mark.parametrize(("height", "width"), [(5, 5), (4, 6)])
def test_places_are_relative_to_the_middle_cell(height: int, width: int) -> None:
    found = AnchorGrid(ratios=(1.0,), stride=16)(torch.empty(3, 8, height, width))
    for row in range(height):
        for column in range(width):
            expected = [(column - width // 2) * 16, (row - height // 2) * 16, 128, 128]
            assert found[:, 0, row, column].tolist() == expected


def test_only_the_shape_of_the_features_is_read() -> None:
    component = PARTS.get("AnchorGrid")
    assert component is not None and component.shape_only == {"features"}
    assert AnchorGrid().state_dict() == {}


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"ratios": ()}, "positive"), ({"scales": (0.0,)}, "positive"), ({"ratios": (0.01,)}, "no size")],
)
def test_anchors_without_size_are_refused(settings: dict[str, tuple[float, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AnchorGrid(**settings)  # type: ignore[arg-type]
