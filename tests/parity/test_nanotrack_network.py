"""NanoTrack's network as its specs compose it, against the original code under procedural weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sotc
from sotc.compiler.network import Network, build

torch.set_num_threads(1)

VERSIONS = (1, 2, 3)

FEATURES = {
    1: {"feat_backbone_z": "kernel", "feat_backbone_x": "field", "feat_corr_pw": "match"},
    2: {"feat_backbone_z": "kernel", "feat_backbone_x": "field"},
    3: {"feat_backbone_z": "kernel", "feat_backbone_x": "field"},
}
"""Names of the fixtures' feature summaries, and of our wires."""


def fill_module(folder: Path) -> Any:
    """The fixtures' own generator of weights and images."""
    sys.path.insert(0, str(folder))
    try:
        import fill
    finally:
        sys.path.pop(0)
    return fill


def network_of(version: int, parity: Path, root: Path, work: Path) -> tuple[Network, dict[str, Any], Any]:
    """The spec with the fixture's weights, which go through a checkpoint file and the spec's key map."""
    fill = fill_module(parity)
    meta = json.loads((parity / f"nanotrack_v{version}.json").read_text())
    overrides = meta["fill"]["overrides"]
    assert np.allclose(fill.checksum(meta["state_dict"], overrides), meta["fill"]["checksum"])
    weights = fill.filled_state_dict(meta["state_dict"], overrides)
    path = work / f"nanotrack_v{version}.pth"
    torch.save({name: torch.from_numpy(array) for name, array in weights.items()}, path)
    return build(str(root / "specs" / f"nanotrack_v{version}.sot"), str(path)), meta, fill


def images_of(fill: Any) -> dict[str, torch.Tensor]:
    template, search = fill.images((1, 3, 127, 127), (1, 3, 255, 255))
    scale = np.float32(255)
    return {"template": torch.from_numpy(template * scale), "search": torch.from_numpy(search * scale)}


def summary(features: torch.Tensor) -> np.ndarray:
    """Mean, deviation and the first channels at the centre, as the fixtures keep them."""
    _, _, height, width = features.shape
    numbers = [features.mean(), features.std(unbiased=False), *features[0, :64, height // 2, width // 2]]
    return np.array([float(number) for number in numbers])


@pytest.mark.parametrize("version", VERSIONS)
def test_head_outputs(version: int, parity_folder: Path, root: Path, tmp_path: Path) -> None:
    """Within 1e-4 of each output's largest value; what is reached is a few 1e-6."""
    network, _, fill = network_of(version, parity_folder, root, tmp_path)
    stored = np.load(parity_folder / f"nanotrack_v{version}.npz")
    with torch.no_grad():
        found = network.run(images_of(fill), ["cls", "loc"])
    for name in ("cls", "loc"):
        error = np.abs(found[name].numpy() - stored[name]).max() / np.abs(stored[name]).max()
        assert error < 1e-5, name


@pytest.mark.parametrize("version", VERSIONS)
def test_features(version: int, parity_folder: Path, root: Path, tmp_path: Path) -> None:
    network, _, fill = network_of(version, parity_folder, root, tmp_path)
    stored = np.load(parity_folder / f"nanotrack_v{version}.npz")
    with torch.no_grad():
        found = network.run(images_of(fill), list(FEATURES[version].values()))
    for name, wire in FEATURES[version].items():
        ours = summary(found[wire])
        assert np.allclose(ours[2:], stored[name][2:], rtol=1e-4, atol=1e-5), name
        assert np.allclose(ours[:2], stored[name][:2], rtol=1e-3, atol=1e-4), name


@pytest.mark.parametrize("version", VERSIONS)
def test_a_batch_is_its_targets_one_by_one(
    version: int, parity_folder: Path, root: Path, tmp_path: Path
) -> None:
    network, _, fill = network_of(version, parity_folder, root, tmp_path)
    arrays = fill.images((3, 3, 127, 127), (3, 3, 255, 255), seed=3)
    template, search = (torch.from_numpy(array * np.float32(255)) for array in arrays)
    with torch.no_grad():
        whole = network.run({"template": template, "search": search}, ["cls", "loc"])
        for index in range(3):
            rows = slice(index, index + 1)
            alone = network.run({"template": template[rows], "search": search[rows]}, ["cls", "loc"])
            for name in ("cls", "loc"):
                assert torch.allclose(whole[name][rows], alone[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_weight_is_without_use(version: int, parity_folder: Path, root: Path, tmp_path: Path) -> None:
    """As many parameters as the original has, less the neck that it builds and never calls."""
    network, meta, _ = network_of(version, parity_folder, root, tmp_path)
    unused = sum(
        int(np.prod(shape))
        for name, shape, _ in meta["state_dict"]
        if name.startswith("neck.") and name.endswith((".weight", ".bias"))
    )
    assert sum(parameter.numel() for parameter in network.module.parameters()) == meta["params"] - unused


def test_a_variant_reads_its_bases_weights(data_folder: Path, tmp_path: Path) -> None:
    """The key map beside the base's spec serves what extends it, wherever that lies."""
    path = tmp_path / "mine.sot"
    path.write_text(
        'use "nanotrack_v1.sot" { NanoTrackV1 }\n\n'
        "tracker Mine extends NanoTrackV1 {\n"
        "    override pick = PointDecode { window = 0.4 }(cls, loc, search.view)\n}\n"
    )
    weights = str(data_folder / "weights" / "nanotrackv1" / "nanotrackv1.pth")
    images = {"template": torch.rand(1, 3, 127, 127) * 255, "search": torch.rand(1, 3, 255, 255) * 255}
    mine = sotc.build(path, weights).run(images, ["cls"])["cls"]
    assert torch.equal(mine, sotc.build("nanotrack_v1", weights).run(images, ["cls"])["cls"])
