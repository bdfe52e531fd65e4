"""SiamFC as its spec composes it, against the original (huanglianghua/siamfc-pytorch) under procedural weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.compiler.driver import CropChoice
from sotc.compiler.network import Network
from sotc.components.crops.siamese_crop import SiameseCrop

from .fixtures import (
    assert_all_weights_used,
    assert_crops,
    assert_targets_apart,
    checkpoint_of,
    clip_frames,
    fill_module,
    meta_of,
    network_of,
    stored_of,
    summary,
    tracked,
)

torch.set_num_threads(1)

NAME = "siamfc_alexnet"


@pytest.fixture(scope="module")
def network(parity_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network_of(NAME, parity_folder, tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def found(network: Network, parity_folder: Path) -> dict[str, Tensor]:
    """What the network makes of the fixture's images: one patch, at the target's present size."""
    template, search = fill_module(parity_folder).images((1, 3, 127, 127), (1, 3, 255, 255))
    images = {"template": template * np.float32(255), "search": search * np.float32(255)}
    with torch.no_grad():
        wires = ["response", "kernel", "field"]
        return network.run({name: torch.from_numpy(image) for name, image in images.items()}, wires)


def test_head_outputs(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored, meta = stored_of(NAME, parity_folder), meta_of(NAME, parity_folder)
    error = np.abs(found["response"].numpy() - stored["response"]).max()
    assert error < 10 * meta["fp32_vs_fp64"]["response"]["max_abs"]


def test_features(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored = stored_of(NAME, parity_folder)
    for name, wire in (("feat_z", "kernel"), ("feat_x", "field")):
        features = found[wire].flatten(0, -4)  # the search region's have an axis of scales
        np.testing.assert_allclose(summary(features), stored[name], rtol=1e-4, atol=1e-4)
    kernel = found["kernel"][:, ::4].numpy()
    np.testing.assert_allclose(kernel, stored["kernel"], rtol=1e-4, atol=1e-4)


def test_no_weight_is_without_use(network: Network, parity_folder: Path) -> None:
    assert_all_weights_used(network, NAME, parity_folder)


def test_crops(parity_folder: Path) -> None:
    """Of the first frame, of the second at three scales, and of the last one; boxes are counted from 1 there."""
    stored, frames = stored_of(f"{NAME}_track", parity_folder), clip_frames(parity_folder, "rgb")
    boxes = torch.from_numpy(stored["boxes"] - (1, 1, 0, 0))
    template = SiameseCrop(127, convention="siamfc")
    search = SiameseCrop(255, convention="siamfc", scales=3)
    first, last = template.start(boxes[:1]), template.start(boxes[-2:-1])
    cut = {
        "template_crop": (template, 0, first),
        "search_crop_1": (search, 1, first),
        "search_crop_last": (SiameseCrop(255, convention="siamfc"), -1, last),
    }
    border = template.border(torch.from_numpy(frames[0]))
    assert_crops(cut, stored, frames, border, channels_last=True)


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["host", "graph"])
def test_the_fixtures_clip(crop: CropChoice, parity_folder: Path, tmp_path: Path) -> None:
    """Boxes of a free run of 19 steps; the original keeps places in single precision."""
    stored = stored_of(f"{NAME}_track", parity_folder)
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker = sotc.compile(NAME, weights, crop=crop)
    starts = stored["boxes"][:1] - (1, 1, 0, 0)
    boxes, _ = tracked(tracker, clip_frames(parity_folder, "rgb"), starts)
    np.testing.assert_allclose(boxes[:, 0], stored["boxes"] - (1, 1, 0, 0), rtol=0, atol=1e-3)


@pytest.mark.slow
def test_two_targets_are_as_single_runs(parity_folder: Path, tmp_path: Path) -> None:
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker = sotc.compile(NAME, weights)
    assert_targets_apart(tracker, clip_frames(parity_folder, "rgb")[:5])
