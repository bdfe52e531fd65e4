"""Targets of centre heads: cell by cell, with the radius by the equations it comes from."""

from __future__ import annotations

import math

import pytest
import torch

from sotc.components.assigners.centre_assign import CentreAssign, CentreTargets, gaussian_radius
from sotc.components.decoders.centre_box import CentreBox
from sotc.components.losses.gaussian_focal_loss import GaussianFocalLoss
from sotc.components.losses.giou_loss import GIoULoss
from sotc.components.registry import PARTS

torch.set_num_threads(1)


def assigned(gt: list[list[float]], cells: tuple[int, int] = (16, 16), **settings: float) -> CentreTargets:
    found = CentreAssign(**settings)(torch.zeros(len(gt), 1, *cells), torch.tensor(gt))  # type: ignore[arg-type]
    assert isinstance(found, CentreTargets)
    return found


def three_roots(width: float, height: float, overlap: float) -> list[float]:
    """The larger roots of CornerNet's three equations a r^2 - b r + c = 0, times a, as its code has them."""
    total, area = width + height, width * height
    equations = (
        (1.0, total, area * (1 - overlap) / (1 + overlap)),
        (4.0, 2 * total, (1 - overlap) * area),
        (4 * overlap, -2 * overlap * total, (overlap - 1) * area),
    )
    return [(b + math.sqrt(b * b - 4 * a * c)) / 2 for a, b, c in equations]


@pytest.mark.parametrize("overlap", [0.3, 0.7, 0.9])
def test_the_radius_is_the_least_of_three(overlap: float) -> None:
    sizes = [(0.5, 0.5), (4.0, 4.0), (2.0, 7.5), (16.0, 1.0), (12.0, 16.0)]
    found = gaussian_radius(torch.tensor(sizes, dtype=torch.float64), overlap)
    expected = [min(three_roots(*size, overlap)) for size in sizes]
    assert found.tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "gt", [[87.5, 77.5, 80.0, 100.0], [20.0, 150.0, 61.0, 33.0], [0.0, 0.0, 256.0, 256.0]]
)
@pytest.mark.parametrize("cells", [(16, 16), (12, 20)])
def test_each_cell_gets_what_the_gaussian_says(gt: list[float], cells: tuple[int, int]) -> None:
    heat = assigned([gt], cells).heat
    assert heat.shape == (1, 1, *cells)
    x, y, w, h = (number / 16 for number in gt)
    column, row = round(x + w / 2), round(y + h / 2)
    radius = int(min(three_roots(w, h, 0.7)))
    deviation = (2 * radius + 1) / 6
    for i in range(cells[0]):
        for j in range(cells[1]):
            near = abs(i - row) <= radius and abs(j - column) <= radius
            away = (i - row) ** 2 + (j - column) ** 2
            expected = math.exp(-away / (2 * deviation**2)) if near else 0.0
            assert float(heat[0, 0, i, j]) == pytest.approx(expected, rel=1e-5)
    assert (heat == 1).sum() == 1


def test_every_image_has_a_centre() -> None:
    """Also where it lies beyond the crop, or the box is empty; what of the box is seen counts."""
    boxes = [[250.0, 100.0, 40.0, 40.0], [-300.0, -10.0, 20.0, 30.0], [100.0, 100.0, 0.0, 0.0]]
    found = assigned(boxes)
    assert [index.tolist() for index in (found.heat[:, 0] == 1).nonzero()] == [
        [0, 8, 15],
        [1, 0, 0],
        [2, 6, 6],
    ]
    expected = [[250 / 256, 100 / 256, 1, 140 / 256], [0, 0, 0, 20 / 256], [100 / 256] * 4]
    torch.testing.assert_close(found.corners, torch.tensor(expected))


def test_each_image_is_assigned_by_itself() -> None:
    boxes = [[87.5, 77.5, 80.0, 100.0], [20.0, 150.0, 61.0, 33.0]]
    both = assigned(boxes)
    for index, box in enumerate(boxes):
        for one, together in zip(assigned([box]), both, strict=True):
            torch.testing.assert_close(one[0], together[index])


def test_a_head_that_says_the_targets_finds_the_true_box() -> None:
    gt = [87.5, 77.5, 80.0, 100.0]
    found = assigned([gt])
    centre = [(87.5 + 40) / 16, (77.5 + 50) / 16]
    offset = torch.tensor([centre[0] - 8, centre[1] - 8]).reshape(1, 2, 1, 1).expand(1, 2, 16, 16)
    size = torch.tensor([80 / 256, 100 / 256]).reshape(1, 2, 1, 1).expand(1, 2, 16, 16)
    box = CentreBox()(found.heat, size, offset)
    torch.testing.assert_close(box, found.corners)
    assert float(GIoULoss()(box, found.corners)) < 1e-6
    good, bad = found.heat.clamp(1e-4, 1 - 1e-4), found.heat.flip(3).clamp(1e-4, 1 - 1e-4)
    assert float(GaussianFocalLoss()(good, found.heat)) < 0.01 * float(GaussianFocalLoss()(bad, found.heat))


def test_only_the_shape_of_the_scores_is_read() -> None:
    component = PARTS.get("CentreAssign")
    assert component is not None
    assert component.shape_only == {"score"}
    gt = torch.tensor([[87.5, 77.5, 80.0, 100.0]])
    one, other = (CentreAssign()(torch.full((1, 1, 9, 9), value), gt) for value in (0.0, math.nan))
    for left, right in zip(one, other, strict=True):
        assert torch.equal(left, right)


@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_the_overlap_is_a_share(overlap: float) -> None:
    with pytest.raises(ValueError, match="overlap"):
        CentreAssign(overlap=overlap)
