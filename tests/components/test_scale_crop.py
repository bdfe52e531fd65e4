"""The crop of several scales: both lowerings, the border, and the map back into the frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sotc.components.crops.scale_crop import ScaleCrop

BORDER = np.zeros(3, dtype=np.uint8)


def frame_of(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def centred(*box: float) -> torch.Tensor:
    return torch.tensor([box], dtype=torch.float64)


def test_at_full_size_a_patch_is_a_piece_of_the_frame() -> None:
    frame, crop = frame_of(60, 80), ScaleCrop(size=20, padding=2.0)
    pixels = crop.sample_host(frame, centred(30, 25, 10, 10).numpy(), BORDER)
    np.testing.assert_array_equal(pixels[0, 0], frame[15:35, 20:40].transpose(2, 0, 1))


def test_beyond_the_frame_its_edge_is_repeated() -> None:
    frame, crop = frame_of(60, 80), ScaleCrop(size=20, padding=2.0)
    pixels = crop.sample_host(frame, centred(0, 60, 10, 10).numpy(), BORDER)[0, 0].transpose(1, 2, 0)
    expected = np.pad(frame, ((0, 10), (10, 0), (0, 0)), mode="edge")[50:70, 0:20]
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("box", [(33.3, 28.7, 11.0, 17.0), (2.0, 57.0, 30.0, 8.0), (70.2, 10.9, 40.0, 50.0)])
def test_both_lowerings_agree(box: tuple[float, ...]) -> None:
    frame = cv2.GaussianBlur(frame_of(60, 80), (0, 0), 1.0)  # as smooth as a photograph
    crop = ScaleCrop(size=32, padding=2.5, scales=5, step=1.1)
    target = torch.cat((centred(*box), centred(40, 30, 10, 20)))
    graph = crop.sample(torch.from_numpy(frame), target, torch.from_numpy(BORDER))
    host = crop.sample_host(frame, target.numpy(), BORDER)
    assert graph.shape == host.shape == (2, 5, 3, 32, 32)
    assert np.abs(graph.numpy().astype(int) - host.astype(int)).max() <= 1


def test_the_view_is_the_map_of_the_patch() -> None:
    """A frame whose colours are its coordinates: each pixel of a patch says where it was taken."""
    height, width = 200, 240
    rows, columns = np.mgrid[0:height, 0:width]
    frame = np.stack((columns, rows, np.zeros_like(rows)), axis=2).astype(np.uint8)
    crop = ScaleCrop(size=30, padding=2.0, scales=3, step=1.2)
    target = centred(110.4, 90.7, 30, 20)
    view = crop.view(target, torch.tensor([width, height], dtype=torch.float64))
    pixels = crop.sample_host(frame, target.numpy(), BORDER)[0]
    for patch, scale in zip(pixels, view.scale[0].tolist(), strict=True):
        middles = np.arange(30) + 0.5 - 15
        np.testing.assert_allclose(patch[0, 0] + 0.5, 110.4 + middles / scale[0], atol=0.52)
        np.testing.assert_allclose(patch[1, :, 0] + 0.5, 90.7 + middles / scale[1], atol=0.52)
    sides = 30 / view.scale[0, :, 0]
    torch.testing.assert_close(sides, torch.tensor([1 / 1.2, 1.0, 1.2]).double() * 2 * np.sqrt(600))


def test_boxes_begin_at_their_centres_and_pixels_become_fractions() -> None:
    crop = ScaleCrop()
    assert crop.start(torch.tensor([[10.0, 20.0, 30.0, 50.0]])).tolist() == [[25.0, 45.0, 30.0, 50.0]]
    assert crop(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx([0, 0.2, 1])


@pytest.mark.parametrize("wrong", [{"scales": 2}, {"size": 0}, {"padding": 0.0}, {"step": 1.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ScaleCrop(**wrong)  # type: ignore[arg-type]
