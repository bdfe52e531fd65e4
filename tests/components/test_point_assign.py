"""Targets of point heads, cell by cell, and against the decode that reads what they teach."""

from __future__ import annotations

import math

import pytest
import torch

from sotc.components.assigners.point_assign import PointAssign, PointTargets
from sotc.components.decoders.point_decode import PointDecode
from sotc.components.losses.cross_entropy_loss import CrossEntropyLoss
from sotc.components.losses.iou_loss import IoULoss
from sotc.components.registry import PARTS
from sotc.components.types import View

torch.set_num_threads(1)


def assigned(gt: list[list[float]], cells: tuple[int, int] = (15, 15), **settings: float) -> PointTargets:
    found = PointAssign(**settings)(torch.zeros(len(gt), 2, *cells), torch.tensor(gt))  # type: ignore[arg-type]
    assert isinstance(found, PointTargets)
    return found


@pytest.mark.parametrize("cells", [(15, 15), (16, 16), (9, 13)])
@pytest.mark.parametrize("gt", [[87.5, 77.5, 80.0, 100.0], [20.0, 150.0, 61.0, 33.0]])
def test_each_cell_gets_what_the_ellipses_say(cells: tuple[int, int], gt: list[float]) -> None:
    found = assigned([gt], cells)
    x1, y1, width, height = gt
    counted = {1: 0, 0: 0}
    for row in range(cells[0]):
        for column in range(cells[1]):
            x, y = 127.5 + (column - cells[1] // 2) * 16, 127.5 + (row - cells[0] // 2) * 16
            expected = torch.tensor([x - x1, y - y1, x1 + width - x, y1 + height - y])
            torch.testing.assert_close(found.distances[0, :, row, column], expected)
            away = math.hypot((x - x1 - width / 2) / width, (y - y1 - height / 2) / height)
            label, weight = int(found.labels[0, row, column]), float(found.label_weight[0, row, column])
            assert label == (away <= 0.25)
            assert (weight > 0) == (away <= 0.25 or away > 0.5)
            assert (float(found.box_weight[0, row, column]) > 0) == (away <= 0.25)
            counted[label] += weight > 0
    assert counted[1] > 0
    total = cells[0] * cells[1]
    positive, negative = (found.label_weight[found.labels == label].max() for label in (1, 0))
    assert float(positive) == pytest.approx(total / 2 / counted[1])
    assert float(negative) == pytest.approx(total / 2 / counted[0])
    assert float(found.box_weight.mean()) == pytest.approx(1)
    assert float(found.label_weight.mean()) == pytest.approx(1)


def test_a_tiny_target_gets_the_nearest_cell() -> None:
    found = assigned([[130.0, 100.0, 4.0, 4.0]])
    assert found.labels.sum() == 1
    # 132, 102 lies nearest to 127.5, 95.5 (cell 7, 5) and 111.5 (6): 6.5 away against 9.5
    assert found.labels[0, 5, 7] == 1
    assert float(found.box_weight[0, 5, 7]) == pytest.approx(225)


def test_each_image_is_assigned_by_itself() -> None:
    boxes = [[87.5, 77.5, 80.0, 100.0], [20.0, 150.0, 61.0, 33.0]]
    both = assigned(boxes)
    for index, box in enumerate(boxes):
        for one, together in zip(assigned([box]), both, strict=True):
            torch.testing.assert_close(one[0], together[index])


def test_what_it_teaches_decodes_to_the_true_box() -> None:
    """A head that says exactly the targets makes no loss, and the decoder finds the box it was made from."""
    gt = [87.5, 77.5, 80.0, 100.0]
    found = assigned([gt])
    cls = torch.stack((1 - found.labels, found.labels), dim=1).float() * 40
    loc = found.distances.clamp(min=1)
    assert float(CrossEntropyLoss()(cls, found.labels, found.label_weight)) < 1e-6
    assert float(IoULoss(form="distances")(loc, found.distances, found.box_weight)) < 1e-6

    size = torch.tensor([255.0, 255.0], dtype=torch.float64)
    here = torch.tensor([[127.5, 127.5, 80.0, 100.0]], dtype=torch.float64)
    view = View(here, torch.ones(1, 2, dtype=torch.float64), size)
    box = PointDecode(stride=16, penalty=0.0, window=0.0, rate=1.0)(cls, loc, view).box
    torch.testing.assert_close(
        box, torch.tensor([[127.5, 127.5, 80.0, 100.0]], dtype=torch.float64), atol=1e-3, rtol=0
    )


def test_only_the_shape_of_the_scores_is_read() -> None:
    component = PARTS.get("PointAssign")
    assert component is not None and component.shape_only == {"cls"}
    gt = torch.tensor([[87.5, 77.5, 80.0, 100.0]])
    one, other = (PointAssign()(torch.full((1, 2, 9, 9), value), gt) for value in (0.0, math.nan))
    for left, right in zip(one, other, strict=True):
        assert torch.equal(left, right)


def test_ellipses_must_lie_within_each_other() -> None:
    with pytest.raises(ValueError, match="inner"):
        PointAssign(inner=1.0, outer=0.5)
