"""SiamRPN++ as its spec composes it, against the original (PySOT) under procedural weights."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.compiler.driver import CropChoice
from sotc.compiler.network import Network
from sotc.compiler.show import show
from sotc.components.crops.siamese_crop import SiameseCrop
from sotc.specs import locate

from .fixtures import checkpoint_of, clip_frames, fill_module, meta_of, stored_of, summary, tracked

torch.set_num_threads(1)

NAME = "siamrpnpp_r50"

FEATURES = {
    "feat_backbone_z": "kernels.backbone",
    "feat_backbone_x": "fields.backbone",
    "feat_neck_z": "kernels",
    "feat_neck_x": "fields",
}
"""Names of the fixture's feature summaries, less the number of the level, and of our wires."""


@pytest.fixture(scope="module")
def network(parity_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The spec with the fixture's weights, which go through a checkpoint file and the spec's key map."""
    return sotc.build(NAME, checkpoint_of(NAME, parity_folder, tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="module")
def found(network: Network, parity_folder: Path) -> dict[str, Tensor]:
    """What the network makes of the fixture's images."""
    template, search = fill_module(parity_folder).images((1, 3, 127, 127), (1, 3, 255, 255))
    images = {"template": template * np.float32(255), "search": search * np.float32(255)}
    with torch.no_grad():
        wires = ["cls", "loc", "anchors", *FEATURES.values()]
        return network.run({name: torch.from_numpy(image) for name, image in images.items()}, wires)


def test_head_outputs(found: dict[str, Tensor], parity_folder: Path) -> None:
    """Within ten times the original's own rounding; what is reached is its size."""
    stored, meta = stored_of(NAME, parity_folder), meta_of(NAME, parity_folder)
    for name in ("cls", "loc"):
        error = np.abs(found[name].flatten(1, 2).numpy() - stored[name]).max()
        assert error < 10 * meta["fp32_vs_fp64"][name]["max_abs"], name


def test_features(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored = stored_of(NAME, parity_folder)
    for name, wire in FEATURES.items():
        assert len(found[wire]) == 3
        for level, features in enumerate(found[wire]):
            np.testing.assert_allclose(summary(features), stored[f"{name}{level}"], rtol=1e-4, atol=1e-4)


def test_anchors(found: dict[str, Tensor], parity_folder: Path) -> None:
    stored = stored_of(NAME, parity_folder)["anchors"]
    assert np.array_equal(found["anchors"].flatten(1).T.numpy(), stored)


def test_no_weight_is_without_use(network: Network, parity_folder: Path) -> None:
    assert (
        sum(parameter.numel() for parameter in network.module.parameters())
        == meta_of(NAME, parity_folder)["params"]
    )


def test_crops(parity_folder: Path) -> None:
    """Of the first frame, of the second, and of the last one, where the target has left the frame in part."""
    stored, frames = stored_of(f"{NAME}_track", parity_folder), clip_frames(parity_folder)
    boxes = torch.from_numpy(stored["boxes"])
    pixels = [torch.from_numpy(frame) for frame in frames]
    template, search = SiameseCrop(127, color="bgr"), SiameseCrop(255, color="bgr")
    border = template.border(pixels[0])
    first = template.start(boxes[:1])
    last = torch.cat((boxes[-2:-1, :2] + boxes[-2:-1, 2:] / 2, boxes[-2:-1, 2:]), dim=1)
    for name, crop, frame, target in (
        ("template_crop", template, pixels[0], first),
        ("search_crop_1", search, pixels[1], first),
        ("search_crop_last", search, pixels[-1], last),
    ):
        image = crop(crop.sample(frame, target, border))
        assert np.array_equal(image.numpy(), stored[name].astype(np.float32)), name


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["host", "graph"])
def test_the_fixtures_clip(crop: CropChoice, parity_folder: Path, tmp_path: Path) -> None:
    """Boxes and scores of a free run of 19 steps; no choice of an anchor is closer than 3e-4."""
    stored = stored_of(f"{NAME}_track", parity_folder)
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker = sotc.compile(NAME, weights, crop=crop)
    boxes, scores = tracked(tracker, clip_frames(parity_folder), stored["boxes"][:1])
    np.testing.assert_allclose(boxes[:, 0], stored["boxes"], rtol=0, atol=1e-3)
    np.testing.assert_allclose(scores[:, 0], stored["scores"][1:], rtol=0, atol=1e-5)


@pytest.mark.slow
def test_two_targets_are_as_single_runs(parity_folder: Path, tmp_path: Path) -> None:
    weights = checkpoint_of(NAME, parity_folder, tmp_path, tracking=True)
    tracker, frames = sotc.compile(NAME, weights), clip_frames(parity_folder)[:5]
    starts = np.array([[90.0, 70, 48, 48], [150, 90, 40, 60]])
    together, _ = tracked(tracker, frames, starts)
    for index in range(2):
        alone, _ = tracked(tracker, frames, starts[index : index + 1])
        np.testing.assert_allclose(together[:, index], alone[:, 0], rtol=0, atol=1e-3)


@pytest.mark.slow
def test_the_template_is_worked_out_once() -> None:
    """A ResNet-50 and the neck are 56 convolutions. The template's six projections are cached with them; a step has
    its own six, as many correlations, and two layers behind each of these.
    """
    for stage, expected in (("init", 56 + 6), ("step", 56 + 4 * 6)):
        lines = show(locate(NAME), stage).splitlines()
        assert len([line for line in lines if re.match(r"\w+ = conv", line)]) == expected, stage
