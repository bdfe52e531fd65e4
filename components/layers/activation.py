"""Activations as parts of a spec: each keeps the shape of what it gets, element by element."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from ..registry import PARTS

Activation: TypeAlias = Literal["relu", "relu6", "hardswish", "gelu", "silu", "sigmoid", "none"]


def activation_layer(name: Activation) -> nn.Module:
    """The layer of that name."""
    layers: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "relu6": nn.ReLU6,
        "hardswish": nn.Hardswish,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "sigmoid": nn.Sigmoid,
        "none": nn.Identity,
    }
    return layers[name]()


@PARTS.register_module()
class ReLU(nn.Module):
    """max(x, 0)."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.relu()


@PARTS.register_module()
class ReLU6(nn.Module):
    """x held within 0..6."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.relu6(features)


@PARTS.register_module()
class HardSwish(nn.Module):
    """x relu6(x + 3) / 6 (MobileNetV3, section 5.2)."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.hardswish(features)


@PARTS.register_module()
class GELU(nn.Module):
    """x times the normal distribution function of x."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.gelu(features)


@PARTS.register_module()
class SiLU(nn.Module):
    """x sigmoid(x)."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.silu(features)


@PARTS.register_module()
class Sigmoid(nn.Module):
    """1 / (1 + exp(-x))."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.sigmoid()


@PARTS.register_module()
class Exp(nn.Module):
    """exp(x): distances and sizes are predicted as logarithms."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.exp()


@PARTS.register_module()
class Softmax(nn.Module):
    """exp(x) / sum of exp(x) over one axis (1: the channels)."""

    def __init__(self, axis: int = 1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, features: Tensor) -> Tensor:
        return torch.softmax(features, self.axis)
