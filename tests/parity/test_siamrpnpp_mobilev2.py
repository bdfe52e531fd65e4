"""SiamRPN++ on MobileNetV2 against its published definition, spelled out here on the names of PySOT's checkpoints."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import relu6

import sotc
from sotc.components.decoders.anchor_decode import AnchorDecode

from .pysot import Weights, filled, filled_heads, head_of, normalised, trainable

torch.set_num_threads(1)

NAME = "siamrpnpp_mobilev2"

STAGES = (
    (1, 16, 1, 1, (1,)),
    (6, 24, 2, 2, (1, 1)),
    (6, 32, 3, 2, (1, 1, 1)),
    (6, 64, 4, 1, (1, 2, 2, 2)),
    (6, 96, 3, 1, (2, 2, 2)),
    (6, 160, 3, 1, (2, 4, 4)),
    (6, 320, 1, 1, (4,)),
)
"""Expansion, channels, blocks, stride, and the dilation of each block: at stride 8 throughout."""

LEVELS = {3: 44, 5: 134, 7: 448}


def blocks() -> list[tuple[str, int, int, int, int, int]]:
    """Name, channels in, between and out, stride and dilation, at a width of 1.4."""
    found, channels = [], 44
    for stage, (expansion, out, count, stride, dilations) in enumerate(STAGES, start=1):
        for index in range(count):
            wider = channels * expansion
            step = stride if index == 0 else 1
            found.append(
                (f"backbone.layer{stage}.{index}", channels, wider, int(out * 1.4), step, dilations[index])
            )
            channels = int(out * 1.4)
    return found


def checkpoint() -> Weights:
    torch.manual_seed(11)
    weights: Weights = {}
    filled(weights, "backbone.layer0.0", "backbone.layer0.1", (44, 3, 3))
    weights["backbone.layer0.0.weight"] /= 128  # what comes in are grey levels
    for name, channels, wider, out, _, _ in blocks():
        filled(weights, f"{name}.conv.0", f"{name}.conv.1", (wider, channels, 1))
        filled(weights, f"{name}.conv.3", f"{name}.conv.4", (wider, 1, 3))
        filled(weights, f"{name}.conv.6", f"{name}.conv.7", (out, wider, 1))
        weights[f"{name}.conv.7.weight"] /= 2  # sums along the shortcuts stay in bounds
    for index, channels in enumerate(LEVELS.values(), start=2):
        level = f"neck.downsample{index}.downsample"
        filled(weights, f"{level}.0", f"{level}.1", (256, channels, 1))
        filled_heads(weights, f"rpn_head.rpn{index}")
    return weights


def levels_of(weights: Weights, image: Tensor) -> list[Tensor]:
    """The three levels, behind the neck."""
    features = relu6(normalised(weights, "backbone.layer0.0", "backbone.layer0.1", image, 2))
    stages: dict[int, Tensor] = {}
    for name, channels, wider, out, stride, dilation in blocks():
        inner = relu6(normalised(weights, f"{name}.conv.0", f"{name}.conv.1", features))
        padding = 0 if stride == 2 else dilation
        names = (f"{name}.conv.3", f"{name}.conv.4")
        inner = relu6(normalised(weights, *names, inner, stride, padding, dilation, wider))
        inner = normalised(weights, f"{name}.conv.6", f"{name}.conv.7", inner)
        features = features + inner if stride == 1 and channels == out else inner
        stages[int(name.split(".")[1].removeprefix("layer"))] = features
    necks = [f"neck.downsample{index}.downsample" for index in (2, 3, 4)]
    return [
        normalised(weights, f"{neck}.0", f"{neck}.1", stages[stage])
        for neck, stage in zip(necks, LEVELS, strict=True)
    ]


def test_head_outputs(tmp_path: Path) -> None:
    weights = checkpoint()
    torch.save(weights, tmp_path / "model.pth")
    network = sotc.build(NAME, tmp_path / "model.pth")
    template, search = torch.rand(1, 3, 127, 127) * 255, torch.rand(1, 3, 255, 255) * 255
    with torch.no_grad():
        found = network.run({"template": template, "search": search}, ["cls", "loc"])
        kernels = [level[..., 4:11, 4:11] for level in levels_of(weights, template)]
        fields = levels_of(weights, search)
        for name in ("cls", "loc"):
            answers = [
                head_of(weights, f"rpn_head.rpn{index}.{name}", kernel, field)
                for index, (kernel, field) in enumerate(zip(kernels, fields, strict=True), start=2)
            ]
            expected = torch.stack(answers).mean(0)
            assert expected.shape[2:] == (25, 25)
            assert expected.std() > 0.1
            error = (found[name].flatten(1, 2) - expected).abs().max()
            assert error < 1e-5 * expected.std(), name
    assert sum(parameter.numel() for parameter in network.module.parameters()) == trainable(weights)


def test_settings_are_those_of_the_published_configuration() -> None:
    decoders = [module for module in sotc.build(NAME).module.modules() if isinstance(module, AnchorDecode)]
    assert [(found.penalty, found.window, found.rate) for found in decoders] == [(0.04, 0.4, 0.5)]
