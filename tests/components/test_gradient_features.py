"""Gradient histograms against a pixel-by-pixel reference, and colours against OpenCV's CIELAB."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from sotc.components.layers.colour_features import BASIC_COLOURS, ColourNames, lab
from sotc.components.layers.gradient_features import SMALLEST_ENERGY, GradientHistogram

torch.set_num_threads(1)


def random_image(*shape: int, seed: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def histograms(image: NDArray[np.float64], cell: int, orientations: int) -> NDArray[np.float64]:
    """[3, H, W] -> [2 O, h, w]: every pixel votes by itself, for two orientations in four cells."""
    grey = np.pad(image.mean(axis=0), 1, mode="edge")
    height, width = image.shape[1:]
    rows, columns, bins = height // cell, width // cell, 2 * orientations
    votes = np.zeros((bins, rows, columns))
    for y in range(height):
        for x in range(width):
            along_x = grey[y + 1, x + 2] - grey[y + 1, x]
            along_y = grey[y + 2, x + 1] - grey[y, x + 1]
            magnitude = np.hypot(along_x, along_y)
            turn = (np.arctan2(along_y, along_x) / (2 * np.pi) + 0.5) * bins
            first, share = int(np.floor(turn)), turn - np.floor(turn)
            row, column = (y + 0.5) / cell - 0.5, (x + 0.5) / cell - 0.5
            for near_row in (int(np.floor(row)), int(np.floor(row)) + 1):
                for near_column in (int(np.floor(column)), int(np.floor(column)) + 1):
                    if 0 <= near_row < rows and 0 <= near_column < columns:
                        closeness = (1 - abs(row - near_row)) * (1 - abs(column - near_column)) / cell**2
                        votes[first % bins, near_row, near_column] += magnitude * (1 - share) * closeness
                        votes[(first + 1) % bins, near_row, near_column] += magnitude * share * closeness
    return votes


def features(image: NDArray[np.float64], cell: int, orientations: int) -> NDArray[np.float64]:
    """The four normalisations of each cell, one by one (Felzenszwalb et al., PAMI 2010, section 6)."""
    signed = histograms(image, cell, orientations)
    unsigned = signed[:orientations] + signed[orientations:]
    energy = np.pad((unsigned**2).sum(axis=0), 1, mode="edge")
    rows, columns = signed.shape[1:]
    result = np.zeros((3 * orientations + 4, rows, columns))
    for y in range(rows):
        for x in range(columns):
            blocks = [
                energy[y + dy : y + dy + 2, x + dx : x + dx + 2].sum() for dy in (0, 1) for dx in (0, 1)
            ]
            cut = [np.minimum(signed[:, y, x] / np.sqrt(b + SMALLEST_ENERGY), 0.2) for b in blocks]
            cut_unsigned = [np.minimum(unsigned[:, y, x] / np.sqrt(b + SMALLEST_ENERGY), 0.2) for b in blocks]
            texture = [one.sum() / np.sqrt(18) for one in cut]
            result[:, y, x] = np.concatenate((sum(cut) / 2, sum(cut_unsigned) / 2, texture))
    return result


@pytest.mark.parametrize(
    ("height", "width", "cell", "orientations"), [(16, 16, 4, 9), (12, 18, 3, 9), (16, 24, 8, 6)]
)
def test_features_are_those_of_the_definition(height: int, width: int, cell: int, orientations: int) -> None:
    image = random_image(2, 1, 3, height, width, seed=cell)
    found = GradientHistogram(cell, orientations)(image)
    assert found.shape == (2, 1, 3 * orientations + 4, height // cell, width // cell)
    for one, expected in zip(found[:, 0], image[:, 0], strict=True):
        np.testing.assert_allclose(one.numpy(), features(expected.numpy(), cell, orientations), atol=1e-4)


def test_brightness_does_not_count_and_contrast_hardly() -> None:
    image = random_image(1, 3, 32, 32, seed=1) * 0.5
    plain = GradientHistogram(4)(image)
    torch.testing.assert_close(GradientHistogram(4)(image + 0.3), plain)
    torch.testing.assert_close(GradientHistogram(4)(image * 1.8), plain, rtol=0.02, atol=0.005)


def test_a_flat_patch_has_no_features() -> None:
    assert GradientHistogram(4)(torch.full((1, 3, 16, 16), 0.6)).abs().max() < 1e-6


def test_an_edge_is_told_from_its_negative_by_the_first_channels_only() -> None:
    image = torch.zeros(1, 3, 16, 16)
    image[..., 8:] = 1
    step, negative = (GradientHistogram(4)(one)[0, :, 2, 1] for one in (image, 1 - image))
    # bin b of 18 points b / 18 of a turn from the negative x axis: light on the right votes for bin 9
    assert int(step[:18].argmax()) == 9
    assert int(negative[:18].argmax()) == 0
    torch.testing.assert_close(step[18:], negative[18:], atol=1e-5, rtol=0)


def test_lab_is_opencvs() -> None:
    image = random_image(1, 3, 7, 9, seed=4).float()
    expected = cv2.cvtColor(image[0].permute(1, 2, 0).numpy(), cv2.COLOR_RGB2LAB)
    np.testing.assert_allclose(lab(image)[0].permute(1, 2, 0).numpy(), expected, atol=0.3)


@pytest.mark.parametrize("index", range(len(BASIC_COLOURS)), ids=list(BASIC_COLOURS))
def test_a_basic_colour_is_called_by_its_name(index: int) -> None:
    colour = torch.tensor(list(BASIC_COLOURS.values())[index]).float() / 255
    shares = ColourNames(4)(colour.reshape(3, 1, 1).expand(3, 8, 8))
    assert shares.shape == (12, 2, 2)
    assert (shares[:11].argmax(dim=0) == index).all()
    torch.testing.assert_close(shares[:11].sum(dim=0), torch.zeros(2, 2), atol=1e-6, rtol=0)


def test_lightness_goes_from_black_to_white() -> None:
    black, white = (float(ColourNames(2)(torch.full((3, 2, 2), value))[11, 0, 0]) for value in (0.0, 1.0))
    assert black == pytest.approx(-0.5, abs=1e-3)
    assert white == pytest.approx(0.5, abs=1e-3)
