"""Components that read a value, or a size that depends on values: no program can do that."""

import torch

from sotc.components.registry import PARTS


@PARTS.register_module()
class ValueReader(torch.nn.Module):
    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features if features.max() > 0 else -features


@PARTS.register_module()
class NumpyReader(torch.nn.Module):
    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(features.numpy() * 2)


@PARTS.register_module()
class Counter(torch.nn.Module):
    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features / len(features.nonzero())
