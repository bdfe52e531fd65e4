"""How pixels are normalised: configs of OpenMMLab give mean and deviation in grey levels, sotc takes shares of 255."""

from __future__ import annotations

from typing import Any

from .section import Section

IMAGENET_MEAN = [0.485, 0.456, 0.406]
IMAGENET_DEVIATION = [0.229, 0.224, 0.225]
GREY_LEVELS = 255


def shares(levels: list[float]) -> list[float]:
    """123.675 of 255 grey levels is 0.485."""
    return [float(f"{level / GREY_LEVELS:.9g}") for level in levels]


def is_imagenet(images: Section, rgb: bool) -> bool:
    """Whether mean and deviation of a `data_preprocessor` are ImageNet's, in the order of the channels."""
    order = 1 if rgb else -1
    mean, deviation = images.numbers("mean", [0.0, 0.0, 0.0]), images.numbers("std", [1.0, 1.0, 1.0])
    return shares(mean) == IMAGENET_MEAN[::order] and shares(deviation) == IMAGENET_DEVIATION[::order]


def area_crop_pixels(images: Section) -> dict[str, Any]:
    """Settings of an AreaCrop for a `data_preprocessor`; none for ImageNet's in RGB, which are its defaults."""
    rgb = images.truth("bgr_to_rgb", False)
    for key in ("mean", "std"):
        found = images.numbers(key, None)
        if found is not None and len(found) != 3:
            images.refuse(key, "should be three numbers, one for each channel")
    images.known.update(("type", "rgb_to_bgr", "pad_size_divisor", "pad_value"))
    images.finish()
    if is_imagenet(images, rgb):
        return (
            {}
            if rgb
            else {"color": "bgr", "mean": IMAGENET_MEAN[::-1], "deviation": IMAGENET_DEVIATION[::-1]}
        )
    mean, deviation = images.numbers("mean", [0.0] * 3), images.numbers("std", [1.0] * 3)
    return {"color": None if rgb else "bgr", "mean": shares(mean), "deviation": shares(deviation)}
