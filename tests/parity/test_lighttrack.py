"""LightTrack-Mobile as its spec composes it, against the original (researchmm/LightTrack) under procedural weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.compiler.driver import CropChoice
from sotc.compiler.network import Network
from sotc.components.crops.area_crop import IMAGENET_DEVIATION, IMAGENET_MEAN
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

NAME = "lighttrack_mobile"


@pytest.fixture(scope="module")
def network(parity_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network_of(NAME, parity_folder, tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def found(network: Network, parity_folder: Path) -> dict[str, Tensor]:
    """What the network makes of the fixture's images."""
    images = fill_module(parity_folder).images((1, 3, 127, 127), (1, 3, 256, 256))
    mean, deviation = (np.float32(numbers)[:, None, None] for numbers in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    template, search = (torch.from_numpy((image - mean) / deviation) for image in images)
    with torch.no_grad():
        return network.run(
            {"template": template, "search": search}, ["cls", "loc", "kernel", "field", "fused"]
        )


def test_head_outputs(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored, meta = stored_of(NAME, parity_folder), meta_of(NAME, parity_folder)
    for name, wire in (("cls", "cls"), ("reg", "loc")):
        error = np.abs(found[wire].numpy() - stored[name]).max()
        assert error < 10 * meta["fp32_vs_fp64"][name]["max_abs"], name


def test_features(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored = stored_of(NAME, parity_folder)
    for name, wire in (("feat_z", "kernel"), ("feat_x", "field"), ("feat_fused", "fused")):
        np.testing.assert_allclose(summary(found[wire]), stored[name], rtol=1e-4, atol=1e-4)


def test_no_weight_is_without_use(network: Network, parity_folder: Path) -> None:
    assert_all_weights_used(network, NAME, parity_folder)


def test_crops(parity_folder: Path) -> None:
    """Of the first frame, of the second, and of the last one."""
    stored, frames = stored_of(f"{NAME}_track", parity_folder), clip_frames(parity_folder, "rgb")
    boxes = torch.from_numpy(stored["boxes"])
    template, search = (SiameseCrop(size, convention="lighttrack") for size in (127, 256))
    first, last = template.start(boxes[:1]), template.start(boxes[-2:-1])
    cut = {
        "template_crop": (template, 0, first),
        "search_crop_1": (search, 1, first),
        "search_crop_last": (search, -1, last),
    }
    assert_crops(cut, stored, frames, template.border(torch.from_numpy(frames[0])))


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["host", "graph"])
def test_the_fixtures_clip(crop: CropChoice, parity_folder: Path, tmp_path: Path) -> None:
    """Boxes of a free run of 19 steps."""
    stored = stored_of(f"{NAME}_track", parity_folder)
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker = sotc.compile(NAME, weights, crop=crop)
    boxes, _ = tracked(tracker, clip_frames(parity_folder, "rgb"), stored["boxes"][:1])
    np.testing.assert_allclose(boxes[:, 0], stored["boxes"], rtol=0, atol=1e-3)


@pytest.mark.slow
def test_two_targets_are_as_single_runs(parity_folder: Path, tmp_path: Path) -> None:
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker = sotc.compile(NAME, weights)
    assert_targets_apart(tracker, clip_frames(parity_folder, "rgb")[:5])
