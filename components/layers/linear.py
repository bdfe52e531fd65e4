"""Linear layers and norms over the last axis, as parts of a spec."""

from __future__ import annotations

from typing import Annotated, Any

from torch import Tensor, nn

from ..registry import PARTS
from ..types import Inferred


def width_of(port: str) -> Inferred:
    """The size of the last axis of the tensor at `port`."""

    def rule(shapes: dict[str, Any]) -> Any:
        return shapes[port][-1]

    return Inferred(rule, f"width of `{port}`")


@PARTS.register_module()
class Linear(nn.Module):
    """A linear map of the last axis: [..., C] -> [..., out_features]."""

    def __init__(
        self, in_features: Annotated[int, width_of("features")], out_features: int, bias: bool = True
    ) -> None:
        super().__init__()
        layer = nn.Linear(in_features, out_features, bias)
        self.weight = layer.weight
        self.bias = layer.bias

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.linear(features, self.weight, self.bias)


@PARTS.register_module()
class LayerNorm(nn.Module):
    """Normalisation of the last axis: [..., C] -> [..., C]."""

    def __init__(self, width: Annotated[int, width_of("features")], epsilon: float = 1e-5) -> None:
        super().__init__()
        layer = nn.LayerNorm(width)
        self.weight = layer.weight
        self.bias = layer.bias
        self.epsilon = epsilon

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.layer_norm(features, self.weight.shape, self.weight, self.bias, self.epsilon)
