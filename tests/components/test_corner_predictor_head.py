"""Corners as expected places, the box in the frame, and what a corner head should have said."""

from __future__ import annotations

import torch

from sotc.components.assigners.corner_assign import CornerAssign
from sotc.components.crops.area_crop import AreaCrop
from sotc.components.decoders.corner_decode import CornerDecode
from sotc.components.heads.corner_head import CornerHead, expected_place
from sotc.components.heads.corner_predictor_head import CornerPredictorHead


def test_the_expected_place_by_hand() -> None:
    """Two cells of a map of 4 x 5 that are likely, three to one."""
    logits = torch.full((1, 1, 4, 5), -100.0)
    logits[0, 0, 1, 2], logits[0, 0, 3, 4] = torch.tensor([3.0, 1.0]).log()
    expected = [(3 * 2 + 1 * 4) / 4 / 5, (3 * 1 + 1 * 3) / 4 / 4]
    torch.testing.assert_close(expected_place(logits), torch.tensor([expected]))


def test_only_the_last_tokens_count_scaled_by_the_hint() -> None:
    torch.manual_seed(0)
    head = CornerPredictorHead(6, channels=16).eval()
    hint, memory, field = torch.randn(2, 1, 6), torch.randn(2, 30, 6), torch.zeros(2, 3, 4, 5)
    with torch.no_grad():
        found, other = head(hint, memory, field), head(hint, memory[:, 10:], field)
        maps = torch.empty(2, 6, 4, 5)
        for row in range(4):
            for column in range(5):
                token = memory[:, 10 + row * 5 + column]
                maps[:, :, row, column] = token * (token * hint[:, 0]).sum(1, keepdim=True)
        torch.testing.assert_close(found.top_left, head.top_left(maps))
        torch.testing.assert_close(found.bottom_right, head.bottom_right(maps))
    torch.testing.assert_close(found.box, other.box)
    torch.testing.assert_close(found.box[:, 2:], expected_place(found.bottom_right))


def test_without_a_hint_the_map_itself_counts() -> None:
    torch.manual_seed(0)
    head, features = CornerHead(6, channels=16).eval(), torch.randn(2, 6, 4, 5)
    with torch.no_grad():
        found = head(features)
        torch.testing.assert_close(found.top_left, head.top_left(features))
        torch.testing.assert_close(found.bottom_right, head.bottom_right(features))
        corners = (expected_place(found.top_left), expected_place(found.bottom_right))
        torch.testing.assert_close(found.box, torch.cat(corners, 1))


def test_truth_and_decoder_are_each_others_inverse() -> None:
    """A box in pixels of the crop as shares, and those as a box of the frame, which the view maps back."""
    target = torch.tensor([[200.0, 150.0, 40.0, 40.0]], dtype=torch.float64)
    view = AreaCrop(320, 5.0).view(target, torch.tensor([640.0, 480.0], dtype=torch.float64))
    gt = torch.tensor([[96.0, 128.0, 128.0, 64.0]])
    shares = CornerAssign(320)(gt)
    torch.testing.assert_close(shares, torch.tensor([[0.3, 0.4, 0.7, 0.6]]))
    box = CornerDecode(320)(shares, view)
    scale = 320 / 200
    expected = [200 + (160 - 160) / scale, 150 + (160 - 160) / scale, 128 / scale, 64 / scale]
    torch.testing.assert_close(box, torch.tensor([expected], dtype=torch.float64), rtol=1e-6, atol=1e-5)
    assert CornerAssign(320)(torch.tensor([[-32.0, 300.0, 64.0, 64.0]])).tolist()[0][0] == 0


def test_a_box_stays_within_the_frame() -> None:
    view = AreaCrop(320, 5.0).view(
        torch.tensor([[5.0, 5.0, 40.0, 40.0]], dtype=torch.float64),
        torch.tensor([640.0, 480.0], dtype=torch.float64),
    )
    box = CornerDecode(320)(torch.tensor([[0.1, 0.1, 0.2, 0.2]]), view)
    assert box.tolist() == [[5.0, 5.0, 10.0, 10.0]]
