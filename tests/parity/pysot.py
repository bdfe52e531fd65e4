"""What tests of PySOT's trackers share: generated weights by its names, and its heads spelled out on them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


def filled(
    weights: Weights, layer: str, norm: str | None, shape: tuple[int, int, int], bias: bool = False
) -> None:
    """A convolution (channels out and in, side) under which signals keep their size, and the norm behind it."""
    out_channels, in_channels, side = shape
    scale = (2 / (in_channels * side * side)) ** 0.5
    weights[f"{layer}.weight"] = torch.randn(out_channels, in_channels, side, side) * scale
    if bias:
        weights[f"{layer}.bias"] = torch.randn(out_channels) * 0.1
    if norm is not None:
        weights[f"{norm}.weight"] = torch.rand(out_channels) + 0.5
        weights[f"{norm}.bias"] = torch.randn(out_channels) * 0.1
        weights[f"{norm}.running_mean"] = torch.randn(out_channels) * 0.1
        weights[f"{norm}.running_var"] = torch.rand(out_channels) + 0.5
        weights[f"{norm}.num_batches_tracked"] = torch.tensor(0)


def filled_heads(weights: Weights, prefix: str) -> None:
    """The heads of one level: five anchors, 256 channels."""
    for task, count in (("cls", 10), ("loc", 20)):
        head = f"{prefix}.{task}"
        for piece in ("conv_kernel", "conv_search"):
            filled(weights, f"{head}.{piece}.0", f"{head}.{piece}.1", (256, 256, 3))
        filled(weights, f"{head}.head.0", f"{head}.head.1", (256, 256, 1))
        filled(weights, f"{head}.head.3", None, (count, 256, 1), bias=True)


def normalised(
    weights: Weights,
    layer: str,
    norm: str,
    features: Tensor,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """A convolution and the norm behind it."""
    weight, bias = weights[f"{layer}.weight"], weights.get(f"{layer}.bias")
    convolved = F.conv2d(features, weight, bias, stride, padding, dilation, groups)
    mean, deviation, scale, shift = (
        weights[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(convolved, mean, deviation, scale, shift)


def head_of(weights: Weights, head: str, kernel: Tensor, field: Tensor) -> Tensor:
    """Each image's template over its search region, channel by channel, and the two layers behind it."""
    kernel = normalised(weights, f"{head}.conv_kernel.0", f"{head}.conv_kernel.1", kernel).relu()
    field = normalised(weights, f"{head}.conv_search.0", f"{head}.conv_search.1", field).relu()
    answers = [
        F.conv2d(one[None], filters[:, None], groups=256) for one, filters in zip(field, kernel, strict=True)
    ]
    mixed = normalised(weights, f"{head}.head.0", f"{head}.head.1", torch.cat(answers)).relu()
    return F.conv2d(mixed, weights[f"{head}.head.3.weight"], weights[f"{head}.head.3.bias"])


def trainable(weights: Weights) -> int:
    """How many numbers of a checkpoint are learnt."""
    return sum(
        weight.numel()
        for name, weight in weights.items()
        if "running" not in name and not name.endswith("num_batches_tracked")
    )
