"""The crop of the transformer trackers, against the crops that three originals stored."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sotc.components.crops.area_crop import AreaCrop

torch.set_num_threads(1)

BLACK = np.zeros(3, np.uint8)


def stored_clip(folder: Path) -> list[np.ndarray]:
    """The frames of the fixtures; they were fed to these originals as RGB."""
    sys.path.insert(0, str(folder))
    try:
        import clip
    finally:
        sys.path.pop(0)
    frames: list[np.ndarray] = clip.make_clip()[0]
    return frames


def centred(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], 1)


@pytest.mark.parametrize("name", ["ostrack_vitb256", "stark_st50", "mixformerv2_small"])
def test_crops_are_those_of_the_originals(parity_folder: Path, name: str) -> None:
    frames = stored_clip(parity_folder)
    stored = np.load(parity_folder / f"{name}_track.npz")
    meta = json.loads((parity_folder / f"{name}.json").read_text())["inference"]
    template = AreaCrop(meta["template_size"], meta["template_factor"])
    search = AreaCrop(meta["search_size"], meta["search_factor"])
    boxes = stored["boxes"]
    for crop, frame, box, key in (
        (template, frames[0], boxes[:1], "template_crop"),
        (search, frames[1], boxes[:1], "search_crop_1"),
        (search, frames[-1], boxes[-2:-1], "search_crop_last"),
    ):
        expected = stored[key].transpose(2, 0, 1)[None]
        assert np.array_equal(crop.sample_host(frame, centred(box), BLACK), expected), key
        graph = crop.sample(torch.from_numpy(frame), torch.from_numpy(centred(box)), torch.from_numpy(BLACK))
        assert np.array_equal(graph.numpy(), expected), key


def test_the_last_row_and_column_are_never_seen() -> None:
    """The originals' padding starts a pixel early."""
    frame = np.full((40, 60, 3), 200, np.uint8)
    crop = AreaCrop(20, factor=1.0)
    patch = crop.sample_host(frame, np.array([[50.0, 30.0, 20.0, 20.0]]), BLACK)[0]
    assert patch[:, :19, :19].min() == 200
    assert patch[:, 19, :].max() == 0
    assert patch[:, :, 19].max() == 0


@pytest.mark.parametrize("size", [96, 256])
def test_both_lowerings_agree_anywhere(size: int) -> None:
    rng = np.random.default_rng(size)
    frame = rng.integers(0, 256, (70, 110, 3), dtype=np.uint8)
    centre = rng.uniform(-0.5, 1.5, (40, 2)) * (110, 70)
    target = np.concatenate([centre, np.exp(rng.uniform(-1, 5, (40, 2)))], 1)
    target[0, :2] = float("nan")
    target[1, 2] = 0.0
    crop = AreaCrop(size, factor=4.0)
    graph = crop.sample(torch.from_numpy(frame), torch.from_numpy(target), torch.from_numpy(BLACK))
    assert np.array_equal(crop.sample_host(frame, target, BLACK), graph.numpy())


def test_conventions() -> None:
    crop = AreaCrop(128, factor=2.0)
    start = crop.start(torch.tensor([[10.0, 20.0, 30.0, 40.0]]))
    assert start.tolist() == [[25.0, 40.0, 30.0, 40.0]]
    view = crop.view(start, torch.tensor([640.0, 480.0], dtype=torch.float64))
    side = 70  # ceil(2 sqrt(1200)) = ceil(69.28)
    assert view.scale.tolist() == [[128 / side, 128 / side]]
    pixels = torch.tensor([0, 128, 255], dtype=torch.uint8).reshape(1, 3, 1, 1)
    expected = [(0 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    assert torch.allclose(crop(pixels).flatten(), torch.tensor(expected))
    plain = AreaCrop(128, mean=(0, 0, 0), deviation=(1, 1, 1), color="bgr")
    assert torch.allclose(plain(pixels).flatten(), torch.tensor([1.0, 128 / 255, 0.0]))
