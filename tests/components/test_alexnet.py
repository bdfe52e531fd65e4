"""AlexNet as the first Siamese trackers cut it: weights, sizes, several patches, and its own arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from sotc.compiler.key_map import read_key_map
from sotc.components.backbones.alexnet import AlexNet

torch.set_num_threads(1)


def test_weights_are_those_of_the_original(parity_folder: Path, root: Path) -> None:
    """SiamFC's, name by name and shape by shape, with the key map that ships."""
    entries = json.loads((parity_folder / "siamfc_alexnet.json").read_text())["state_dict"]
    keymap = read_key_map(root / "specs" / "siamfc_alexnet.keys.toml")
    theirs = {keymap.rename(name): shape for name, shape, _ in entries}
    network = AlexNet(groups=2, final_norm=False)
    assert {f"backbone.{name}": list(tensor.shape) for name, tensor in network.state_dict().items()} == theirs


@pytest.mark.parametrize(("side", "found"), [(127, 6), (255, 22), (287, 26)])
def test_nothing_is_bordered(side: int, found: int) -> None:
    network = AlexNet().to("meta")
    assert network(torch.empty(2, 3, side, side, device="meta")).shape == (2, 256, found, found)


def test_patches_are_images() -> None:
    network, images = AlexNet(groups=2, width=0.25).eval(), torch.randn(2, 3, 3, 95, 95)
    with torch.no_grad():
        together = network(images)
        assert together.shape[:3] == (2, 3, 64)
        for index in range(3):
            torch.testing.assert_close(together[:, index], network(images[:, index]))


def test_what_follows_the_convolutions() -> None:
    """ReLU and pooling after the first two, ReLU after the next two, nothing but a norm after the last."""
    found = [[type(module) for module in layer] for layer in AlexNet().layers]
    start = [nn.Conv2d, nn.BatchNorm2d]
    assert found == [*[[*start, nn.ReLU, nn.MaxPool2d]] * 2, *[[*start, nn.ReLU]] * 2, start]
    assert [type(module) for module in AlexNet(final_norm=False).layers[-1]] == [nn.Conv2d]
    assert [layer[0].groups for layer in AlexNet(groups=2).layers] == [1, 2, 1, 2, 2]


def test_channels_that_cannot_be_grouped_are_refused() -> None:
    with pytest.raises(ValueError, match="5 equal groups"):
        AlexNet(groups=5)
    with pytest.raises(ValueError, match="positive"):
        AlexNet(groups=0)
