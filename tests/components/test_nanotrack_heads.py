"""Correlations, attention and towers, against loops and formulas in double precision."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest
import torch

from sotc.components.fusion.cross_correlation import XCorrDepthwise, XCorrPixelwise
from sotc.components.heads.separable_head import SeparableHead
from sotc.components.layers.attention import ChannelAttention
from sotc.components.layers.shape import CenterCrop

torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("batch", "kernel_size", "padding"), [(1, (4, 4), 1), (3, (2, 3), 0), (2, (1, 1), 2)]
)
def test_depthwise_correlation(batch: int, kernel_size: tuple[int, int], padding: int) -> None:
    torch.manual_seed(batch)
    field = torch.randn(batch, 5, 7, 8, dtype=torch.float64)
    kernel = torch.randn(batch, 5, *kernel_size, dtype=torch.float64)
    response = XCorrDepthwise(padding)(field, kernel)
    padded = torch.nn.functional.pad(field, (padding,) * 4)
    height, width = kernel_size
    rows, columns = padded.shape[2] - height + 1, padded.shape[3] - width + 1
    assert response.shape == (batch, 5, rows, columns)
    for row, column in itertools.product(range(rows), range(columns)):
        window = padded[:, :, row : row + height, column : column + width]
        assert torch.allclose(response[:, :, row, column], (window * kernel).sum((2, 3)))


def test_pixelwise_correlation() -> None:
    torch.manual_seed(0)
    field = torch.randn(2, 6, 5, 4, dtype=torch.float64)
    kernel = torch.randn(2, 6, 3, 2, dtype=torch.float64)
    response = XCorrPixelwise()(field, kernel)
    assert response.shape == (2, 6, 5, 4)
    for target, row, column in itertools.product(range(2), range(3), range(2)):
        expected = (field[target] * kernel[target, :, row, column][:, None, None]).sum(0)
        assert torch.allclose(response[target, row * 2 + column], expected)


@pytest.mark.parametrize("reduction", [1, 4])
def test_channel_attention(reduction: int) -> None:
    torch.manual_seed(1)
    attention = ChannelAttention(8, reduction).double()
    features = torch.randn(3, 8, 6, 5, dtype=torch.float64)
    squeeze, excite = attention.squeeze.weight[:, :, 0, 0], attention.excite.weight[:, :, 0, 0]
    hidden = (features.mean((2, 3)) @ squeeze.T + attention.squeeze.bias).clamp(min=0)
    scale = 1 / (1 + torch.exp(-(hidden @ excite.T + attention.excite.bias)))
    assert torch.allclose(attention(features), features * scale[:, :, None, None])


@pytest.mark.parametrize(
    ("height", "width", "size", "top", "left"), [(8, 8, 4, 2, 2), (7, 9, 4, 1, 2), (3, 8, 4, 0, 2)]
)
def test_centre_crop(height: int, width: int, size: int, top: int, left: int) -> None:
    features = torch.arange(height * width).reshape(1, 1, height, width)
    assert torch.equal(CenterCrop(size)(features), features[..., top : top + size, left : left + size])


@pytest.mark.parametrize("activation", ["last", "between"])
def test_separable_head(activation: Literal["last", "between"]) -> None:
    """Its layers in their order, written out in double precision."""
    torch.manual_seed(2)
    head = SeparableHead(6, 4, channels=10, kernels=(5, 3), activation=activation).double()
    for module in head.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
            torch.nn.init.normal_(module.weight)
    head.eval()
    features = 100 * torch.randn(2, 6, 7, 7, dtype=torch.float64)  # so that some reach the limit of ReLU6
    weights = head.state_dict()

    def convolve(value: torch.Tensor, index: int) -> torch.Tensor:
        kernel = weights[f"tower.{index}.weight"]
        groups = value.shape[1] if kernel.shape[1] == 1 else 1
        return torch.nn.functional.conv2d(value, kernel, padding=kernel.shape[-1] // 2, groups=groups)

    def normalise(value: torch.Tensor, index: int) -> torch.Tensor:
        name = f"tower.{index}."
        variance = weights[name + "running_var"] + 1e-5
        shift = weights[name + "running_mean"][:, None, None]
        scale = (weights[name + "weight"] / variance.sqrt())[:, None, None]
        return (value - shift) * scale + weights[name + "bias"][:, None, None]

    value = features
    if activation == "last":
        for start in (0, 4):
            value = normalise(convolve(convolve(value, start), start + 1), start + 2).clamp(0, 6)
    else:
        for start in (0, 5):
            value = normalise(convolve(value, start), start + 1).clamp(0, 6)
            value = normalise(convolve(value, start + 3), start + 4)
    expected = torch.einsum("oi,nihw->nohw", weights["predict.weight"][:, :, 0, 0], value)
    expected = expected + weights["predict.bias"][:, None, None]
    assert torch.allclose(head(features), expected, rtol=1e-10, atol=1e-10)


def test_a_head_without_a_tower_only_predicts() -> None:
    head = SeparableHead(6, 2, kernels=())
    assert head(torch.zeros(1, 6, 5, 5)).shape == (1, 2, 5, 5)
    assert [name for name, _ in head.named_parameters()] == ["predict.weight", "predict.bias"]
