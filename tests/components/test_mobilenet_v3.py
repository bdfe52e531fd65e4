"""MobileNetV3-Small: shapes and weights of the paper's table, strides, widths, and the blocks' arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sotc.compiler.key_map import read_key_map
from sotc.components.backbones.mobilenet_v3 import (
    SMALL,
    InvertedResidual,
    MobileNetV3,
    Row,
    SqueezeExcite,
    whole_channels,
)

torch.set_num_threads(1)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_weights_are_those_of_the_original(parity_folder: Path, root: Path, version: int) -> None:
    """Name by name and shape by shape, with the key map that ships."""
    entries = json.loads((parity_folder / f"nanotrack_v{version}.json").read_text())["state_dict"]
    keymap = read_key_map(root / "specs" / f"nanotrack_v{version}.keys.toml")
    theirs = {keymap.rename(name): shape for name, shape, _ in entries if name.startswith("backbone.")}
    network = MobileNetV3(blocks=9 if version == 3 else 8)
    ours = {f"backbone.{name}": list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert ours == theirs


@pytest.mark.parametrize(
    ("blocks", "output_stride", "channels", "stride"),
    [
        (1, 16, 16, 4),
        (3, 16, 24, 8),
        (8, 16, 48, 16),
        (8, 8, 48, 8),
        (9, 16, 96, 16),
        (9, 32, 96, 32),
        (11, 4, 96, 4),
    ],
)
def test_strides_and_channels(blocks: int, output_stride: int, channels: int, stride: int) -> None:
    network = MobileNetV3(blocks, output_stride).to("meta")
    features = network(torch.empty(2, 3, 127, 255, device="meta"))
    assert features.shape == (2, channels, -(-127 // stride), -(-255 // stride))


def test_several_numbers_of_blocks_give_a_map_behind_each() -> None:
    torch.manual_seed(0)
    whole, image = MobileNetV3([1, 3, 9], 32).eval(), torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        found = whole(image)
        for blocks, features in zip((1, 3, 9), found, strict=True):
            alone = MobileNetV3(blocks, 32).eval()
            alone.load_state_dict({name: whole.state_dict()[name] for name in alone.state_dict()})
            assert torch.equal(alone(image), features)
    assert [tuple(features.shape[1:]) for features in found] == [(16, 16, 24), (24, 8, 12), (96, 2, 3)]


def test_the_full_table_is_the_papers() -> None:
    """As many parameters as torchvision's MobileNetV3-Small has in its features: 927,008, of which the last 1x1
    convolution to 576 channels and its norm, which trackers do not use, have 96 * 576 + 2 * 576 = 56,448.
    """
    parameters = sum(weight.numel() for weight in MobileNetV3(11, 32).parameters())
    assert parameters == 927_008 - 56_448


def test_width_multiplies_channels() -> None:
    features = MobileNetV3(8, width=0.5).eval()(torch.zeros(1, 3, 32, 32))
    assert features.shape == (1, 24, 2, 2)


@pytest.mark.parametrize(
    ("asked", "given"), [(16, 16), (16 * 0.35, 8), (18, 24), (60, 64), (4, 8), (36, 40), (72 * 0.75, 56)]
)
def test_channels_are_multiples_of_eight(asked: float, given: int) -> None:
    assert whole_channels(asked) == given
    assert given >= 0.9 * asked


@pytest.mark.parametrize("expanded", [8, 24])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_block_is_its_formula(expanded: int, stride: int) -> None:
    """Against the operations written out, in double precision, in evaluation and with running statistics."""
    torch.manual_seed(expanded + stride)
    block = InvertedResidual(8, expanded, 8, Row(3, expanded, 8, True, True, stride), stride).double()
    for module in block.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
            torch.nn.init.uniform_(module.weight)
            torch.nn.init.normal_(module.bias)
    block.eval()
    features = torch.randn(2, 8, 9, 11, dtype=torch.float64)

    def normalised(layer: torch.nn.Module, value: torch.Tensor, step: int, groups: int) -> torch.Tensor:
        kernel = layer.conv.weight
        value = torch.nn.functional.conv2d(value, kernel, None, step, kernel.shape[-1] // 2, groups=groups)
        norm = layer.norm
        scale = norm.weight / torch.sqrt(norm.running_var + 1e-5)
        return (value - norm.running_mean[:, None, None]) * scale[:, None, None] + norm.bias[:, None, None]

    def swish(value: torch.Tensor) -> torch.Tensor:
        return value * (value + 3).clamp(0, 6) / 6

    def squeezed(value: torch.Tensor) -> torch.Tensor:
        layer = block.squeeze
        hidden = (value.mean((2, 3)) @ layer.reduce.weight.T + layer.reduce.bias).clamp(min=0)
        scale = ((hidden @ layer.restore.weight.T + layer.restore.bias + 3) / 6).clamp(0, 1)
        return value * scale[:, :, None, None]

    if expanded == 8:
        value = squeezed(swish(normalised(block.depthwise, features, stride, 8)))
    else:
        value = swish(normalised(block.expand, features, 1, 1))
        value = swish(squeezed(normalised(block.depthwise, value, stride, expanded)))
    value = normalised(block.project, value, 1, 1)
    expected = value + features if stride == 1 else value
    assert torch.allclose(block(features), expected, rtol=1e-10, atol=1e-10)


def test_squeeze_is_a_quarter_as_wide() -> None:
    assert [SqueezeExcite(row.expanded).reduce.out_features for row in SMALL[:8] if row.squeeze] == [
        8,
        24,
        64,
        64,
        32,
        40,
    ]


@pytest.mark.parametrize(("blocks", "output_stride"), [(0, 16), (12, 16), (8, 12)])
def test_impossible_settings_say_what_is_possible(blocks: int, output_stride: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.11|4, 8, 16 or 32"):
        MobileNetV3(blocks, output_stride)
