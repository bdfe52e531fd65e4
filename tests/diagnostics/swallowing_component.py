"""A component that swallows any setting: it must be refused."""

from typing import Any

from torch import nn

from sotc.components.registry import BACKBONES


@BACKBONES.register_module()
class Swallowing(nn.Module):
    def __init__(self, width: int = 1, **kwargs: Any) -> None:
        super().__init__()
