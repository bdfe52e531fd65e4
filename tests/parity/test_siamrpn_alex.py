"""SiamRPN on AlexNet against its published definition, spelled out here on the names of PySOT's checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import sotc
from sotc.components.decoders.anchor_decode import AnchorDecode

from .pysot import Weights, filled, filled_heads, head_of, normalised, trainable

torch.set_num_threads(1)

NAME = "siamrpn_alex"

CONVOLUTIONS = ((96, 3, 11), (256, 96, 5), (384, 256, 3), (384, 384, 3), (256, 384, 3))
"""Channels out and in, and the kernel's side."""

LEGACY = (0, 4, 8, 11, 14)
"""Where the convolutions are in the older form of the backbone, which has one list of layers."""


def checkpoint(names: list[tuple[str, str]]) -> Weights:
    """Weights by PySOT's names; `names` are those of the backbone's convolutions and norms."""
    torch.manual_seed(7)
    weights: Weights = {}
    for (convolution, norm), shape in zip(names, CONVOLUTIONS, strict=True):
        filled(weights, convolution, norm, shape, bias=True)
    weights[f"{names[0][0]}.weight"] /= 128  # what comes in are grey levels
    filled_heads(weights, "rpn_head")
    return weights


NAMES = {
    "layers": [(f"backbone.layer{index}.0", f"backbone.layer{index}.1") for index in range(1, 6)],
    "legacy": [(f"backbone.features.{index}", f"backbone.features.{index + 1}") for index in LEGACY],
}


def features_of(weights: Weights, names: list[tuple[str, str]], image: Tensor) -> Tensor:
    features = image
    for index, (convolution, norm) in enumerate(names):
        features = normalised(weights, convolution, norm, features, 2 if index == 0 else 1)
        features = F.max_pool2d(features, 3, 2) if index < 2 else features
        features = features.relu() if index < 4 else features
    return features


@pytest.mark.parametrize("form", NAMES)
def test_head_outputs(form: str, tmp_path: Path) -> None:
    weights = checkpoint(NAMES[form])
    torch.save({"state_dict": weights}, tmp_path / "model.pth")
    network = sotc.build(NAME, tmp_path / "model.pth")
    template, search = torch.rand(2, 3, 127, 127) * 255, torch.rand(2, 3, 287, 287) * 255
    with torch.no_grad():
        found = network.run({"template": template, "search": search}, ["cls", "loc"])
        kernel, field = (features_of(weights, NAMES[form], image) for image in (template, search))
        for name in ("cls", "loc"):
            expected = head_of(weights, f"rpn_head.{name}", kernel, field)
            assert expected.std() > 0.1
            error = (found[name].flatten(1, 2) - expected).abs().max()
            assert error < 1e-5 * expected.std(), name
    count = sum(parameter.numel() for parameter in network.module.parameters())
    assert count == trainable(weights)


def test_settings_are_those_of_the_published_configuration() -> None:
    """siamrpn_alex_dwxcorr: 21 x 21 places of 5 anchors, penalty 0.16, window 0.4, rate 0.3."""
    network = sotc.build(NAME)
    images = {"template": torch.zeros(1, 3, 127, 127), "search": torch.zeros(1, 3, 287, 287)}
    anchors = network.run(images, ["anchors"])["anchors"]
    assert anchors.shape == (4, 5, 21, 21)
    assert anchors[:, :, 0, 0].T.tolist() == [
        [-80, -80, 104, 32], [-80, -80, 88, 40], [-80, -80, 64, 64], [-80, -80, 40, 80], [-80, -80, 32, 96]
    ]  # fmt: skip
    decoders = [module for module in network.module.modules() if isinstance(module, AnchorDecode)]
    assert [(found.penalty, found.window, found.rate) for found in decoders] == [(0.16, 0.4, 0.3)]
