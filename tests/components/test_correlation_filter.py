"""The correlation filter and its decode, against dense linear algebra and sums written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from sotc.components.decoders.peak_decode import PeakDecode
from sotc.components.fusion.colour_contrast import INNER, OUTER, ColourContrast, ColourHistogram
from sotc.components.fusion.correlation_filter import (
    GROWTH,
    ApplyFilter,
    SolveFilter,
    box_support,
    gaussian_peak,
)
from sotc.components.layers.cosine_window import CosineWindow
from sotc.components.layers.join_channels import JoinChannels
from sotc.components.layers.mix import Mix
from sotc.components.layers.push import Push
from sotc.components.types import View

torch.set_num_threads(1)

FRAME = torch.tensor([320.0, 240.0], dtype=torch.float64)


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def view_of(width: float, height: float, scales: tuple[float, ...] = (1.0,), count: int = 1) -> View:
    """Targets at 160, 120 of this size, seen at these scales."""
    target = torch.tensor([[160.0, 120.0, width, height]], dtype=torch.float64).expand(count, -1)
    scale = torch.tensor(scales, dtype=torch.float64)[None, :, None].expand(count, -1, 2)
    return View(target, scale, FRAME)


def correlated(filter: Tensor, features: Tensor) -> Tensor:
    """response[s] = sum over channels and positions of features[position + s] * filter[position], wrapped."""
    height, width = features.shape[-2:]
    response = torch.zeros(height, width, dtype=torch.float64)
    for row in range(height):
        for column in range(width):
            shifted = features.roll((-row, -column), dims=(-2, -1))
            response[row, column] = (shifted * filter).sum()
    return response


@pytest.mark.parametrize(("height", "width"), [(6, 6), (5, 8), (7, 5)])
def test_applying_a_filter_is_correlation_summed_over_channels(height: int, width: int) -> None:
    filter, features = random(3, height, width, seed=1), random(2, 2, 3, height, width, seed=2)
    spectrum = torch.view_as_real(torch.fft.rfft2(filter))[None, None].expand(2, -1, -1, -1, -1, -1)
    response = ApplyFilter()(spectrum, features)
    assert response.shape == (2, 2, height, width)
    for target in range(2):
        for patch in range(2):
            torch.testing.assert_close(response[target, patch], correlated(filter, features[target, patch]))


@pytest.mark.parametrize(("height", "width", "iterations"), [(6, 6, 1), (6, 6, 3), (5, 7, 2)])
def test_solving_is_the_method_of_multipliers_on_dense_matrices(
    height: int, width: int, iterations: int
) -> None:
    """The same iteration with every shift written out as a row of a matrix and solved without Fourier."""
    channels, regularisation, sharpness = 2, 0.05, 0.2
    features = random(channels, height, width, seed=height * width)
    view = view_of(12.0, 8.0)
    solve = SolveFilter(4, sharpness, regularisation, iterations)
    found = torch.view_as_complex(solve(features[None, None], view))[0, 0]
    filter = torch.fft.irfft2(found, s=(height, width))

    shifts = torch.stack(
        [
            features.roll((-row, -column), dims=(-2, -1)).flatten()
            for row in range(height)
            for column in range(width)
        ]
    )
    size = torch.tensor([3.0, 2.0], dtype=torch.float64)
    peak = torch.zeros(height, width, dtype=torch.float64)
    for row in range(height):
        for column in range(width):
            down, across = min(row, height - row), min(column, width - column)
            peak[row, column] = np.exp(-(down**2 + across**2) / (2 * (sharpness * np.sqrt(6.0)) ** 2))
    support = box_support(height, width, size).expand(channels, -1, -1).flatten()
    inside = dual = torch.zeros(channels * height * width, dtype=torch.float64)
    penalty = 1.0
    for _ in range(iterations):
        left = shifts.T @ shifts + penalty * torch.eye(len(inside), dtype=torch.float64)
        free = torch.linalg.solve(left, shifts.T @ peak.flatten() + penalty * (inside - dual))
        inside = (free + dual) * support * penalty / (penalty + regularisation)
        dual = (free + dual - inside) / GROWTH
        penalty *= GROWTH
    torch.testing.assert_close(filter.flatten(), inside)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-4, 5)])
def test_a_filter_finds_where_its_target_went(shift: tuple[int, int]) -> None:
    features = random(1, 1, 8, 16, 16, seed=3).float()
    view = view_of(20.0, 16.0)
    filter = SolveFilter(4)(features, view)
    response = ApplyFilter()(filter, features.roll(shift, dims=(-2, -1)))[0, 0]
    place = int(response.argmax())
    assert (place // 16, place % 16) == (shift[0] % 16, shift[1] % 16)


def test_a_filter_is_zero_outside_of_its_box() -> None:
    filter = SolveFilter(4)(random(1, 1, 3, 16, 16, seed=5), view_of(24.0, 16.0))
    space = torch.fft.irfft2(torch.view_as_complex(filter), s=(16, 16))[0, 0].abs().sum(0)
    # 6 by 4 cells in the middle of 16 by 16
    assert (space[6:10, 5:11] > 0).all()
    space[6:10, 5:11] = 0
    assert space.max() < 1e-12


def test_the_wanted_peak_wraps_around() -> None:
    peak = gaussian_peak(4, 5, torch.tensor([1.0], dtype=torch.float64))[0]
    assert peak[0, 0] == 1
    for row, column, squared in ((1, 0, 1), (3, 0, 1), (2, 0, 4), (0, 4, 1), (0, 3, 4), (3, 4, 2)):
        assert float(peak[row, column]) == pytest.approx(np.exp(-squared / 2))


def test_a_box_counts_cells_by_their_share() -> None:
    support = box_support(4, 6, torch.tensor([3.0, 2.0], dtype=torch.float64))
    expected = torch.tensor([0.0, 1.0, 1.0, 0.0])[:, None] * torch.tensor([0.0, 0.5, 1.0, 1.0, 0.5, 0.0])
    torch.testing.assert_close(support, expected.double())


@pytest.mark.parametrize(("move_x", "move_y"), [(0.0, 0.0), (2.3, -1.4), (-6.2, 7.7)])
def test_the_peak_is_found_between_cells(move_x: float, move_y: float) -> None:
    shifts = torch.fft.fftfreq(24, 1 / 24, dtype=torch.float64)
    hill = torch.exp(-((shifts[:, None] - move_y) ** 2 + (shifts - move_x) ** 2) / (2 * 2.0**2))
    pick = PeakDecode(4)(hill[None, None], view_of(40.0, 30.0, (0.5,)))
    # cells to pixels of the crop to pixels of the frame; a parabola misses a Gaussian's top a little
    expected = torch.tensor([[160 + move_x * 4 / 0.5, 120 + move_y * 4 / 0.5, 40, 30]], dtype=torch.float64)
    torch.testing.assert_close(pick.box, expected, rtol=0, atol=0.02 * 8)
    assert pick.box.dtype == torch.float64
    assert float(pick.score) == pytest.approx(1, abs=0.06)


def test_the_scale_is_chosen_and_refined() -> None:
    ratio = 1.05
    view = view_of(40.0, 30.0, (ratio**2, ratio, 1.0, 1 / ratio, 1 / ratio**2))
    response = torch.zeros(1, 5, 9, 9, dtype=torch.float64)
    true_step = 0.8
    for index in range(5):
        response[0, index, 0, 0] = 1 - 0.1 * (index - 2 - true_step) ** 2
    pick = PeakDecode(4)(response, view)
    expected = torch.tensor([[160, 120, 40 * ratio**true_step, 30 * ratio**true_step]], dtype=torch.float64)
    torch.testing.assert_close(pick.box, expected)

    response[0, 4, 0, 0] = 2
    largest = PeakDecode(4)(response, view).box[0]
    torch.testing.assert_close(largest[2:], torch.tensor([40, 30], dtype=torch.float64) * ratio**2)
    present = PeakDecode(4, preference=0.1)(response, view).box[0]
    assert ratio**-0.5 <= float(present[2] / 40) <= ratio**0.5


def test_a_box_stays_in_the_frame_and_keeps_its_aspect() -> None:
    response = torch.zeros(1, 1, 9, 9)
    response[0, 0, 0, 4] = 1
    far = view_of(40.0, 30.0, (0.05,))
    assert PeakDecode(4)(response, far).box[0].tolist() == [320.0, 120.0, 40.0, 30.0]
    grown = torch.zeros(1, 3, 9, 9)
    grown[0, 2, 0, 0] = 1
    huge = PeakDecode(4)(grown, view_of(300.0, 150.0, (1.2, 1.0, 1 / 1.2))).box[0]
    torch.testing.assert_close(huge[2:], torch.tensor([320.0, 160.0], dtype=torch.float64))
    shrunk = PeakDecode(4)(grown.flip(1), view_of(9.0, 4.5, (2.0, 1.0, 0.5))).box[0]
    torch.testing.assert_close(shrunk[2:], torch.tensor([8.0, 4.0], dtype=torch.float64))


def test_a_flat_response_leaves_the_box() -> None:
    view = view_of(40.0, 30.0, (1.1, 1.0, 1 / 1.1), count=2)
    pick = PeakDecode(4, preference=0.9)(torch.full((2, 3, 8, 8), 0.5), view)
    torch.testing.assert_close(pick.box, view.target.clone())
    assert pick.score.tolist() == [0.5, 0.5]


def test_histograms_are_of_what_is_inside_and_outside() -> None:
    image = random(1, 1, 3, 20, 20, seed=7).sigmoid()
    view, bins = view_of(10.0, 10.0), 4
    inside, outside = ColourHistogram(bins)(image, view)[0, 0]
    weights = [
        box_support(20, 20, torch.full((2,), 10 * factor, dtype=torch.float64)) for factor in (INNER, OUTER)
    ]
    pixels = image[0, 0].permute(1, 2, 0).reshape(-1, 3).numpy()
    for found, weight in ((inside, weights[0]), (outside, 1 - weights[1])):
        expected, _ = np.histogramdd(pixels, bins=bins, range=[(0, 1)] * 3, weights=weight.flatten().numpy())
        np.testing.assert_allclose(found.numpy(), expected.flatten() / expected.sum(), atol=1e-12)


def test_contrast_is_the_box_against_its_ring() -> None:
    """Boxes of whole pixels, so that every sum can be taken by slicing."""
    bins, side, stride, doubt = 2, 24, 4, 0.01
    image = random(1, 2, 3, side, side, seed=9).sigmoid()
    histograms = random(1, 1, 2, bins**3, seed=10).softmax(-1)
    view = view_of(8.0, 4.0, (1.0, 1.0, 1.0))
    image = torch.cat((image, image.flip(-1)[:, :1]), dim=1)
    found = ColourContrast(stride, ring=2.0, doubt=doubt)(histograms, image, view)
    belief = (histograms[0, 0, 0] / (histograms[0, 0].sum(0) + doubt)).numpy()
    assert found.shape == (1, 3, 6, 6)
    for patch in range(3):
        levels = (image[0, patch].numpy() * bins).astype(int)
        likely = belief[(levels[0] * bins + levels[1]) * bins + levels[2]]
        for row in range(-1, 2):
            for column in range(-1, 2):
                y, x = side // 2 + row * stride, side // 2 + column * stride
                box = likely[y - 2 : y + 2, x - 4 : x + 4]
                whole = likely[y - 4 : y + 4, x - 8 : x + 8]
                ring = (whole.sum() - box.sum()) / (whole.size - box.size)
                assert float(found[0, patch, row, column]) == pytest.approx(box.mean() - ring)


def test_contrast_is_highest_where_the_colour_is() -> None:
    image = torch.full((1, 1, 3, 48, 48), 0.2)
    image[..., 0, 20:28, 20:28] = 0.9
    view = view_of(8.0, 8.0)
    histograms = ColourHistogram()(image, view)
    moved = image.roll((8, -4), dims=(-2, -1))
    response = ColourContrast(4)(histograms, moved, view)[0, 0]
    place = int(response.argmax())
    assert (place // 12, place % 12) == (2, 11)
    assert float(response.max()) > 0.9


def test_window_mix_join_and_push() -> None:
    window = CosineWindow()(torch.ones(2, 4, 5, dtype=torch.float64))
    rows, columns = (np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in (4, 5))
    np.testing.assert_allclose(window[1].numpy(), np.outer(rows, columns))

    assert Mix(0.25)(torch.tensor([4.0]), torch.tensor([8.0])).tolist() == [5.0]
    with pytest.raises(ValueError, match="rate"):
        Mix(1.5)

    joined = JoinChannels()(torch.zeros(2, 1, 3, 4, 5), torch.ones(2, 1, 2, 4, 5))
    assert joined.shape == (2, 1, 5, 4, 5)
    assert joined[:, :, :, 0, 0].tolist() == [[[0, 0, 0, 1, 1]]] * 2

    push = Push(3)
    memory = push(torch.tensor([[1.0], [5.0]]))
    assert memory.tolist() == [[[1.0]] * 3, [[5.0]] * 3]
    memory = push(push(memory, torch.tensor([[2.0], [6.0]])), torch.tensor([[3.0], [7.0]]))
    assert memory.tolist() == [[[1.0], [2.0], [3.0]], [[5.0], [6.0], [7.0]]]
    with pytest.raises(ValueError, match="holds 3 entries"):
        Push(2)(memory, torch.zeros(2, 1))
