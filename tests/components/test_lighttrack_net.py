"""LightTrack's backbone: weights of the original, sizes, and settings that make no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sotc.compiler.key_map import read_key_map
from sotc.components.backbones.lighttrack_net import LightTrackNet

torch.set_num_threads(1)


def test_weights_are_those_of_the_original(parity_folder: Path, root: Path) -> None:
    """Name by name and shape by shape, with the key map that ships."""
    entries = json.loads((parity_folder / "lighttrack_mobile.json").read_text())["state_dict"]
    keymap = read_key_map(root / "specs" / "lighttrack_mobile.keys.toml")
    theirs = {keymap.rename(name): shape for name, shape, _ in entries if name.startswith("features.")}
    network = LightTrackNet()
    assert {f"backbone.{name}": list(tensor.shape) for name, tensor in network.state_dict().items()} == theirs


@pytest.mark.parametrize(
    ("stages", "channels", "stride"), [(1, 16, 2), (2, 24, 4), (3, 40, 8), (4, 80, 16), (5, 96, 16)]
)
def test_strides_and_channels(stages: int, channels: int, stride: int) -> None:
    network = LightTrackNet(stages).to("meta")
    features = network(torch.empty(2, 3, 127, 255, device="meta"))
    assert features.shape == (2, channels, -(-127 // stride), -(-255 // stride))


@pytest.mark.parametrize("stages", [0, 6])
def test_there_are_five_stages(stages: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.5"):
        LightTrackNet(stages)
