"""The door to timm's image models, as backbones."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from ..registry import BACKBONES

OUTPUT_STRIDES = (8, 16, 32)
"""What timm's models can be asked for; the last one is what they come to if nothing is said."""


@BACKBONES.register_module()
class TimmBackbone(nn.Module):
    """A model of timm by its name: an image [N, 3, H, W] -> its map of one stride, or a tuple of maps of several.

    Of several levels of one stride it is the deepest. What lies behind the last level that is wanted is not built.
    Weights are random: none are downloaded; a checkpoint is given as for every other part. Those of timm expect what
    AreaCrop and StretchedCrop give: RGB, less the mean and over the deviation of ImageNet. Models for one size of
    image (most transformers) take no other one.

    name: as in `timm.list_models()`, such as `resnet18`; names with a tag or of a hub are none. strides: a number for
    a map, a list, rising, for a tuple. output_stride: 32, or 8 or 16 of models that can dilate instead.

    Needs the extra `timm`: pip install 'sotc[timm]'.
    Raises RuntimeError where timm cannot be imported, and ValueError for a name, a stride or an output stride that
    there is not.

    Source: github.com/huggingface/pytorch-image-models.
    """

    def __init__(self, name: str, strides: int | Sequence[int] = 16, output_stride: int = 32) -> None:
        super().__init__()
        if output_stride not in OUTPUT_STRIDES:
            raise ValueError(f"`output_stride` is {', '.join(map(str, OUTPUT_STRIDES))}, not {output_stride}")
        timm = import_timm()
        refuse_unknown(timm, name)
        self.single = isinstance(strides, int)
        wanted = [strides] if isinstance(strides, int) else list(strides)
        settings: dict[str, Any] = (
            {} if output_stride == OUTPUT_STRIDES[-1] else {"output_stride": output_stride}
        )
        with torch.device("meta"):
            reductions = features_of(timm, name, settings).feature_info.reduction()
        settings["out_indices"] = levels_of(name, reductions, wanted)
        self.network = features_of(timm, name, settings)
        self.channels_last = getattr(self.network, "output_fmt", None) == "NHWC"

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        maps = self.network(image)
        if self.channels_last:
            maps = [features.permute(0, 3, 1, 2) for features in maps]
        return maps[0] if self.single else tuple(maps)


def import_timm() -> ModuleType:
    """timm, which is only imported where a spec asks for it.

    Raises RuntimeError, with what to do, where it is not installed, and where it is and cannot be imported.
    """
    try:
        import timm
    except ModuleNotFoundError as error:
        if error.name != "timm":
            raise RuntimeError(
                f"timm cannot be imported without {error.name}: pip install 'sotc[timm]'"
            ) from error
        raise RuntimeError("timm is not installed: pip install 'sotc[timm]'") from error
    except (ImportError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        remedy = (
            "often torchvision is of another build than torch (one for CUDA, one for CPUs): install both anew from "
            "the same index"
            if "torchvision" in reason
            else "install it anew: pip install 'sotc[timm]'"
        )
        raise RuntimeError(f"timm cannot be imported: {reason}; {remedy}") from error
    module: ModuleType = timm
    return module


def refuse_unknown(timm: ModuleType, name: str) -> None:
    """Raises ValueError for what is not in timm's own list: nothing is looked up on a hub."""
    names = timm.list_models()
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=3)
    longer = [other for other in names if other.startswith(name)][:3]
    remedy = ", ".join(f"`{other}`" for other in dict.fromkeys([*near, *longer]))
    raise ValueError(
        f"timm has no model `{name}`"
        + (f"; near to it are {remedy}" if remedy else "; see timm.list_models()")
    )


def features_of(timm: ModuleType, name: str, settings: dict[str, Any]) -> Any:
    """timm's model as one that gives feature maps. Raises ValueError where it cannot."""
    try:
        return timm.create_model(name, pretrained=False, features_only=True, **settings)
    except (AssertionError, AttributeError, NotImplementedError, RuntimeError, TypeError) as error:
        wish = f" with output_stride = {settings['output_stride']}" if "output_stride" in settings else ""
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(f"timm's `{name}` gives no feature maps{wish}: {reason}") from error


def levels_of(name: str, reductions: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """Indices of the deepest level of each stride. Raises ValueError for a stride that there is not, or no order."""
    missing = [stride for stride in strides if stride not in reductions]
    if missing or not strides:
        has = ", ".join(map(str, dict.fromkeys(reductions)))
        what = f"no level of stride {missing[0]}" if missing else "no level without a stride"
        raise ValueError(f"timm's `{name}` has {what}: its strides are {has}")
    if list(strides) != sorted(set(strides)):
        raise ValueError(f"`strides` are given once each, in rising order, not {list(strides)}")
    return tuple(max(index for index, found in enumerate(reductions) if found == each) for each in strides)
