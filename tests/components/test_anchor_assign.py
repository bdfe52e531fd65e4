"""Targets of anchor heads, anchor by anchor, and against the decode that reads what they teach."""

from __future__ import annotations

import math

import pytest
import torch

from sotc.components.assigners.anchor_assign import AnchorAssign, AnchorTargets
from sotc.components.decoders.anchor_decode import AnchorDecode
from sotc.components.layers.anchor_grid import AnchorGrid
from sotc.components.losses.cross_entropy_loss import CrossEntropyLoss
from sotc.components.losses.l1_loss import L1Loss
from sotc.components.types import View

torch.set_num_threads(1)

ANCHORS = AnchorGrid()(torch.empty(1, 25, 25))


def assigned(gt: list[list[float]], **settings: float) -> AnchorTargets:
    found = AnchorAssign(**settings)(ANCHORS, torch.tensor(gt))  # type: ignore[arg-type]
    assert isinstance(found, AnchorTargets)
    return found


def overlap(anchor: list[float], box: list[float]) -> float:
    """Of centre, size in pixels from the crop's centre, and of corner, size in pixels from its corner."""
    x, y = anchor[0] + 127.5 - anchor[2] / 2, anchor[1] + 127.5 - anchor[3] / 2
    wide = min(x + anchor[2], box[0] + box[2]) - max(x, box[0])
    high = min(y + anchor[3], box[1] + box[3]) - max(y, box[1])
    common = max(wide, 0) * max(high, 0)
    return common / (anchor[2] * anchor[3] + box[2] * box[3] - common)


@pytest.mark.parametrize("gt", [[91.0, 88.0, 70.0, 74.0], [60.0, 100.0, 66.0, 40.0]])
def test_each_anchor_gets_what_its_overlap_says(gt: list[float]) -> None:
    found = assigned([gt])
    counted = {1: 0, 0: 0}
    for index in range(0, ANCHORS[0].numel(), 3):
        anchor = ANCHORS.flatten(1)[:, index].tolist()
        iou = overlap(anchor, gt)
        label, weight = (int(found.labels.flatten()[index]), float(found.label_weight.flatten()[index]))
        assert label == (iou >= 0.6)
        assert (weight > 0) == (iou >= 0.6 or iou < 0.3)
        assert (float(found.box_weight.flatten()[index]) > 0) == (iou >= 0.6)
        counted[label] += weight > 0
        expected = [
            (gt[0] + gt[2] / 2 - 127.5 - anchor[0]) / anchor[2],
            (gt[1] + gt[3] / 2 - 127.5 - anchor[1]) / anchor[3],
            math.log(gt[2] / anchor[2]),
            math.log(gt[3] / anchor[3]),
        ]
        assert found.offsets[0].flatten(1)[:, index].tolist() == pytest.approx(expected, abs=1e-5)
    assert min(counted.values()) > 0
    for label in (0, 1):
        share = found.label_weight[found.labels == label].sum() / found.labels.numel()
        assert float(share) == pytest.approx(0.5)
    assert float(found.box_weight.mean()) == pytest.approx(1)


def test_a_target_that_no_anchor_fits_gets_the_best_ones() -> None:
    """20 x 20 pixels lie within 64 x 64 at best: an overlap of 400 / 4096, less than the background's limit."""
    found = assigned([[117.5, 117.5, 20.0, 20.0]])
    chosen = ANCHORS[:, found.labels[0] == 1]
    assert chosen.shape[1] > 0
    best = max(overlap(anchor, [117.5, 117.5, 20.0, 20.0]) for anchor in ANCHORS.flatten(1).T.tolist())
    for anchor in chosen.T.tolist():
        assert overlap(anchor, [117.5, 117.5, 20.0, 20.0]) == pytest.approx(best)


def test_a_target_beyond_all_anchors_is_nobodys() -> None:
    found = assigned([[900.0, 900.0, 20.0, 20.0]])
    assert found.labels.sum() == 0
    assert found.box_weight.sum() == 0
    assert float(found.label_weight.mean()) == pytest.approx(0.5)


def test_each_image_is_assigned_by_itself() -> None:
    boxes = [[87.5, 77.5, 80.0, 100.0], [20.0, 150.0, 61.0, 33.0]]
    both = assigned(boxes)
    for index, box in enumerate(boxes):
        for one, together in zip(assigned([box]), both, strict=True):
            torch.testing.assert_close(one[0], together[index])


def test_what_it_teaches_decodes_to_the_true_box() -> None:
    """A head that says exactly the targets makes no loss, and the decoder finds the box it was made from."""
    gt = [97.5, 72.5, 90.0, 110.0]
    found = assigned([gt])
    cls = torch.stack((1 - found.labels, found.labels), dim=1).float() * 40
    assert float(CrossEntropyLoss()(cls, found.labels, found.label_weight)) < 1e-6
    assert float(L1Loss()(found.offsets, found.offsets, found.box_weight)) == 0
    size = torch.tensor([255.0, 255.0], dtype=torch.float64)
    here = torch.tensor([[127.5, 127.5, 80.0, 100.0]], dtype=torch.float64)
    view = View(here, torch.ones(1, 2, dtype=torch.float64), size)
    box = AnchorDecode(penalty=0.0, window=0.0, rate=1.0)(cls, found.offsets, ANCHORS, view).box
    expected = torch.tensor([[142.5, 127.5, 90.0, 110.0]], dtype=torch.float64)
    torch.testing.assert_close(box, expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("limits", [(0.3, 0.6), (1.2, 0.3), (0.5, 0.0)])
def test_limits_must_be_in_order(limits: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="negative <= positive"):
        AnchorAssign(positive=limits[0], negative=limits[1])
