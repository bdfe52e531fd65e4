"""Losses against values worked out by hand and against torch's own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sotc.components.losses.binary_cross_entropy_loss import BinaryCrossEntropyLoss
from sotc.components.losses.ciou_loss import CIoULoss
from sotc.components.losses.cross_entropy_loss import CrossEntropyLoss
from sotc.components.losses.diou_loss import DIoULoss
from sotc.components.losses.focal_loss import FocalLoss
from sotc.components.losses.gaussian_focal_loss import GaussianFocalLoss
from sotc.components.losses.giou_loss import GIoULoss
from sotc.components.losses.iou_loss import IoULoss
from sotc.components.losses.kl_grid_loss import KLGridLoss
from sotc.components.losses.l1_loss import L1Loss
from sotc.components.losses.smooth_l1_loss import SmoothL1Loss
from sotc.components.losses.weighted_loss import reduce_loss, weighted_loss
from sotc.components.registry import LOSSES

torch.set_num_threads(1)


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(found: Tensor, expected: float | list[float]) -> None:
    torch.testing.assert_close(
        found.double(), torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize(
    ("loss", "pred", "target", "expected"),
    [
        # |1 - 3|, |4 - 3|
        (L1Loss("none"), [1.0, 4.0], [3.0, 3.0], [2.0, 1.0]),
        # 2 - 0.5, 0.25 / 2
        (SmoothL1Loss(reduction="none"), [1.0, 3.5], [3.0, 3.0], [1.5, 0.125]),
        # 2 - 0.05, 0.05^2 / 0.2
        (SmoothL1Loss(0.1, "none"), [1.0, 3.05], [3.0, 3.0], [1.95, 0.0125]),
        # ln 2 either way; ln(1 + e)
        (
            BinaryCrossEntropyLoss("none"),
            [0.0, 0.0, 1.0],
            [1.0, 0.0, 0.0],
            [math.log(2)] * 2 + [math.log1p(math.e)],
        ),
        # 1/4 of (1/2)^2 of ln 2; 3/4 of it for the background
        (FocalLoss(reduction="none"), [0.0, 0.0], [1.0, 0.0], [math.log(2) / 16, 3 * math.log(2) / 16]),
        # a centre: (1 - 1/2)^2 of ln 2; background: (3/4)^2 of ln 4; the same, excused to (1/2)^4
        (
            GaussianFocalLoss(reduction="none"),
            [0.5, 0.75, 0.75],
            [1.0, 0.0, 0.5],
            [math.log(2) / 4, math.log(4) * 9 / 16, math.log(4) * 9 / 256],
        ),
    ],
    ids=["l1", "smooth l1", "smooth l1 beta", "binary cross entropy", "focal", "gaussian focal"],
)
def test_elements_are_worked_out_by_hand(
    loss: nn.Module, pred: list[float], target: list[float], expected: list[float]
) -> None:
    close(loss(torch.tensor([pred]), torch.tensor([target]))[0], expected)


def test_cross_entropy_is_torchs() -> None:
    pred, target = (
        random(3, 4, 5, 5, seed=0),
        torch.randint(0, 4, (3, 5, 5), generator=torch.Generator().manual_seed(1)),
    )
    torch.testing.assert_close(CrossEntropyLoss()(pred, target), F.cross_entropy(pred, target))
    summed = CrossEntropyLoss("sum", class_weight=(1.0, 2.0, 0.0, 0.5))(pred, target)
    weights = torch.tensor([1.0, 2.0, 0.0, 0.5], dtype=torch.float64)
    torch.testing.assert_close(summed, F.cross_entropy(pred, target, weights, reduction="sum"))
    # softmax of (ln 3, 0) is 3/4, 1/4
    close(CrossEntropyLoss("none")(torch.tensor([[math.log(3), 0.0]]), torch.tensor([1])), [math.log(4)])


def test_what_cross_entropy_ignores_costs_nothing_and_counts() -> None:
    pred = torch.zeros(2, 2)
    close(CrossEntropyLoss(ignore_index=-1)(pred, torch.tensor([0, -1])), math.log(2) / 2)


def test_focal_loss_takes_indices_of_which_the_last_is_background() -> None:
    pred = random(6, 3, seed=2)
    index = torch.tensor([0, 1, 2, 3, 3, 0])
    one_hot = F.one_hot(index, 4)[:, :3]
    torch.testing.assert_close(FocalLoss()(pred, index), FocalLoss()(pred, one_hot))
    # without focus and balance it is half the cross entropy
    plain = FocalLoss(gamma=0.0, alpha=0.5)(pred, one_hot)
    torch.testing.assert_close(plain, BinaryCrossEntropyLoss()(pred, one_hot) / 2)


BOXES = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0], [3.0, 3.0, 5.0, 4.0]])
OTHERS = torch.tensor([[1.0, 0.0, 3.0, 2.0], [2.0, 0.0, 3.0, 1.0], [3.0, 3.0, 5.0, 4.0]])
"""2 shared of 6; 0 shared of 2, in a hull of 3; the same."""


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (IoULoss(mode="linear", reduction="none"), [2 / 3, 1.0, 0.0]),
        (IoULoss(mode="square", reduction="none"), [8 / 9, 1.0, 0.0]),
        (IoULoss(mode="log", reduction="none", eps=1e-4), [math.log(3), 4 * math.log(10), 0.0]),
        (GIoULoss(reduction="none"), [2 / 3, 1 + 1 / 3, 0.0]),
        # centres 1 apart in a hull of 3 x 2; 2 apart in one of 3 x 1; squares, so that shapes say nothing
        (DIoULoss(reduction="none"), [2 / 3 + 1 / 13, 1 + 4 / 10, 0.0]),
        (CIoULoss(reduction="none"), [2 / 3 + 1 / 13, 1 + 4 / 10, 0.0]),
    ],
    ids=["linear", "square", "log", "giou", "diou", "ciou"],
)
def test_overlaps_are_worked_out_by_hand(loss: nn.Module, expected: list[float]) -> None:
    close(loss(BOXES, OTHERS), expected)


@pytest.mark.parametrize("cls", [IoULoss, GIoULoss, DIoULoss, CIoULoss])
def test_distances_are_boxes_around_a_point(cls: type[nn.Module]) -> None:
    pred, target = (random(2, 4, 3, 3, seed=seed).exp() for seed in (4, 5))
    point = torch.tensor([7.0, -2.0]).reshape(1, 2, 1, 1)
    corners = [torch.cat((point - boxes[:, :2], point + boxes[:, 2:]), dim=1) for boxes in (pred, target)]
    found = cls(form="distances", reduction="none")(pred, target)
    assert found.shape == (2, 3, 3)
    torch.testing.assert_close(found, cls(reduction="none")(*corners))


@pytest.mark.parametrize("cls", [IoULoss, GIoULoss, DIoULoss, CIoULoss])
def test_empty_boxes_give_numbers(cls: type[nn.Module]) -> None:
    pred = torch.zeros(1, 4, requires_grad=True)
    loss = cls()(pred, torch.zeros(1, 4))
    loss.backward()
    assert torch.isfinite(loss) and pred.grad is not None and torch.isfinite(pred.grad).all()


SWAPPED = torch.tensor([[2.0, 2.0, 0.0, 0.0], [5.0, 4.0, 1.0, 1.0], [3.0, 0.0, 1.0, 2.0]])
"""Corners that have changed places, as those of a corner head may: in both axes, or in one."""


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (IoULoss(mode="linear", reduction="none"), [1.0, 1.0, 1.0]),
        # hulls around all corners: 2 x 2, 5 x 4 and 3 x 2, each with the box of 2 x 2 at 0, 0 in it
        (GIoULoss(reduction="none"), [1.0, 1 + 16 / 20, 1 + 2 / 6]),
        # centres at 1, 1 and at 3, 2.5; at 2, 1
        (DIoULoss(reduction="none"), [1.0, 1 + 6.25 / 41, 1 + 1 / 13]),
    ],
    ids=["linear", "giou", "diou"],
)
def test_swapped_corners_hold_nothing(loss: nn.Module, expected: list[float]) -> None:
    close(loss(SWAPPED, torch.tensor([[0.0, 0.0, 2.0, 2.0]]).expand(3, 4)), expected)


@pytest.mark.parametrize("cls", [IoULoss, GIoULoss, DIoULoss, CIoULoss])
def test_no_corners_make_a_loss_below_zero(cls: type[nn.Module]) -> None:
    """Nor one of more than two, where the shapes are not looked at; and whatever there is can be learned from."""
    pred = (random(500, 4, seed=10) * 3).requires_grad_()
    start = random(500, 2, seed=11)
    target = torch.cat((start, start + random(500, 2, seed=12).exp()), dim=1)
    each = cls(reduction="none")(pred, target)
    each.sum().backward()
    assert (each >= 0).all()
    assert cls in (IoULoss, CIoULoss) or (each <= 2).all()
    assert pred.grad is not None and torch.isfinite(pred.grad).all()


def test_shapes_are_compared_by_their_angles() -> None:
    """A square of 1 in one corner of a box sqrt(3) wide and 1 high: angles of 45 and 60 degrees."""
    wide = math.sqrt(3)
    iou, shapes = 1 / wide, 4 / math.pi**2 * (math.pi / 12) ** 2
    apart = ((wide - 1) / 2) ** 2 / 4
    expected = 1 - iou + apart + shapes**2 / (1 - iou + shapes)
    close(CIoULoss()(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([[0.0, 0.0, wide, 1.0]])), expected)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("GIoULoss", "generalized_box_iou_loss"),
        ("DIoULoss", "distance_box_iou_loss"),
        ("CIoULoss", "complete_box_iou_loss"),
        ("FocalLoss", "sigmoid_focal_loss"),
    ],
)
def test_losses_and_their_gradients_are_torchvisions(ours: str, theirs: str, torchvision: Any) -> None:
    pred, target = numeric(ours)
    if "IoU" in ours:
        pred, target = (boxes.permute(0, 2, 1).reshape(-1, 4) for boxes in (pred, target))
    pred.requires_grad_()
    expected = getattr(torchvision.ops, theirs)(pred, target, reduction="none")
    found = LOSSES.build({"type": ours, "reduction": "none"})(pred, target)
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad(each.sum(), pred)[0] for each in (found, expected)]
    torch.testing.assert_close(gradients[0], gradients[1])


def test_a_grid_of_scores_tells_a_density() -> None:
    # a softmax of 1/4, 3/4 against halves, against a certainty, and against what it says itself, in any sum
    scores = torch.tensor([0.0, math.log(3)]).expand(4, 2)
    density = torch.tensor([[1.0, 1.0], [0.0, 5.0], [0.25, 0.75], [0.0, 0.0]])
    expected = [math.log(2 / math.sqrt(3)), math.log(4 / 3), 0.0, 0.0]
    close(KLGridLoss("none")(scores, density), expected)


@pytest.mark.parametrize("shape", [(3, 7), (2, 1, 5, 6)])
def test_a_grids_divergence_is_torchs_and_the_papers_less_the_entropy(shape: tuple[int, ...]) -> None:
    scores, density = random(*shape, seed=8), random(*shape, seed=9).exp()
    wanted = density.flatten(1) / density.flatten(1).sum(1, keepdim=True)
    found = KLGridLoss()(scores, density)
    likely = scores.flatten(1).log_softmax(1)
    torch.testing.assert_close(found, F.kl_div(likely, wanted, reduction="batchmean"))
    # cells of one size: the logarithm of the sum of exponentials, less the expected score
    papers = scores.flatten(1).exp().sum(1).log() - (scores.flatten(1) * wanted).sum(1)
    entropy = -(wanted * wanted.log()).sum(1)
    torch.testing.assert_close(found, (papers - entropy).mean())


def test_a_grid_without_density_gives_no_gradient() -> None:
    scores = torch.randn(1, 1, 3, 3, requires_grad=True)
    KLGridLoss()(scores, torch.zeros(1, 1, 3, 3)).backward()
    assert scores.grad is not None and (scores.grad == 0).all()


def numeric(name: str) -> tuple[Tensor, Tensor]:
    if name == "CrossEntropyLoss":
        return random(3, 4, 2, seed=6), torch.tensor([[0, 1], [2, 3], [3, 0]])
    pred, target = random(3, 4, 2, seed=6), random(3, 4, 2, seed=7)
    if "IoU" in name:
        return tuple(torch.cat((one[:, :2], one[:, :2] + one[:, 2:].exp()), dim=1) for one in (pred, target))
    if name == "GaussianFocalLoss":  # a heat map, with a centre or two
        return pred.sigmoid(), target.exp().clamp(max=1)
    if name == "KLGridLoss":
        return pred, target.exp()
    return pred, target.sigmoid() if name in ("BinaryCrossEntropyLoss", "FocalLoss") else target


NAMES = [
    "BinaryCrossEntropyLoss",
    "CIoULoss",
    "CrossEntropyLoss",
    "DIoULoss",
    "FocalLoss",
    "GaussianFocalLoss",
    "GIoULoss",
    "IoULoss",
    "KLGridLoss",
    "L1Loss",
    "SmoothL1Loss",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_weighs_and_reduces_alike(name: str) -> None:
    """By MMTracking's convention: the weight per element, the mean over their number or over `avg_factor`."""
    pred, target = numeric(name)
    built = LOSSES.build({"type": name, "loss_weight": 2.0})
    each = built(pred, target, reduction_override="none")
    weight = torch.tensor([[0.0, 1.0], [2.0, 0.5], [1.0, 3.0]], dtype=torch.float64)
    weight = weight[:, 0] if each.ndim == 1 else weight
    spread = weight.unsqueeze(1).expand_as(each) if each.ndim == 3 else weight
    torch.testing.assert_close(each, LOSSES.build({"type": name, "reduction": "none"})(pred, target) * 2)
    torch.testing.assert_close(built(pred, target), each.mean())
    torch.testing.assert_close(built(pred, target, weight), (each * spread).sum() / each.numel())
    torch.testing.assert_close(built(pred, target, weight, 2.5), (each * spread).sum() / 2.5)
    torch.testing.assert_close(built(pred, target, weight, torch.tensor(2.5)), (each * spread).sum() / 2.5)
    torch.testing.assert_close(built(pred, target, weight, None, "sum"), (each * spread).sum())
    torch.testing.assert_close(built(pred, target, weight, 2.5, "none"), each * spread)
    with pytest.raises(ValueError, match="avg_factor"):
        built(pred, target, weight, 2.5, "sum")


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name != "CIoULoss"]
)  # which has a part held fixed
def test_every_loss_can_be_learned_from(name: str) -> None:
    """Its gradient is that of differences (torch's own check, in double precision)."""
    pred, target = numeric(name)
    pred = pred.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda values: LOSSES.build({"type": name})(values, target), (pred,))


@pytest.mark.parametrize("cls", [IoULoss, GIoULoss, DIoULoss, CIoULoss])
def test_a_weight_per_coordinate_is_averaged(cls: type[nn.Module]) -> None:
    weight = torch.tensor([[1.0, 3.0, 0.0, 0.0], [0.0] * 4, [2.0] * 4])
    found = cls()(BOXES, OTHERS, weight, reduction_override="none")
    torch.testing.assert_close(found, cls(reduction="none")(BOXES, OTHERS) * torch.tensor([1.0, 0.0, 2.0]))


def test_any_function_of_elements_becomes_a_loss() -> None:
    @weighted_loss
    def cubic(pred: Tensor, target: Tensor, scale: float = 1.0) -> Tensor:
        return (pred - target).abs().pow(3) * scale

    pred, target = torch.tensor([3.0, 1.0]), torch.tensor([1.0, 0.0])
    close(cubic(pred, target), 4.5)
    close(cubic(pred, target, torch.tensor([0.5, 1.0]), reduction="sum", scale=2.0), 10.0)
    assert cubic.__name__ == "cubic"  # type: ignore[attr-defined]


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="none, mean, sum"):
        reduce_loss(torch.zeros(2), reduction="average")
    with pytest.raises(ValueError, match="beta"):
        SmoothL1Loss(0.0)
    with pytest.raises(ValueError, match="mode"):
        IoULoss(mode="cubic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="form"):
        GIoULoss(form="sides")(BOXES, OTHERS)  # type: ignore[arg-type]
