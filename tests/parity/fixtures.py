"""What the parity tests share: the stored outputs of the originals, and the weights that they were made with."""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import sotc
from sotc.compiler.network import Network
from sotc.components.crops.area_crop import IMAGENET_DEVIATION, IMAGENET_MEAN
from sotc.components.crops.crop import Crop
from sotc.runtime.tracker import Tracker

TWO_TARGETS = np.array([[90.0, 70, 48, 48], [150, 90, 40, 60]])
"""First boxes in the fixtures' clip."""


@functools.cache
def module_of(folder: Path, name: str) -> ModuleType:
    """A python file that lies beside the fixtures, as a module."""
    spec = importlib.util.spec_from_file_location(f"parity_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fill_module(folder: Path) -> Any:
    """The fixtures' own generator of weights and images."""
    return module_of(folder, "fill")


def meta_of(name: str, folder: Path) -> dict[str, Any]:
    """What is written down about the fixture `name`: names of weights, settings, errors of the original."""
    meta: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return meta


def stored_of(name: str, folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of `NAME.npz`; those of a tracking run have a name that ends in `_track`."""
    with np.load(folder / f"{name}.npz") as arrays:
        return {key: arrays[key] for key in arrays.files}


def weights_of(name: str, folder: Path, what: str) -> dict[str, NDArray[Any]]:
    """By the original's names; `what` is `fill`, or `tracking` for those of the run over the clip."""
    meta = meta_of(name, folder)
    weights: dict[str, NDArray[Any]] = fill_module(folder).filled_state_dict(
        meta["state_dict"], meta[what]["overrides"]
    )
    return weights


def normalised(image: NDArray[np.float32]) -> torch.Tensor:
    """An image of 0..1 as networks of the ImageNet convention see it."""
    mean, deviation = (
        np.array(one, np.float32)[:, None, None] for one in (IMAGENET_MEAN, IMAGENET_DEVIATION)
    )
    return torch.from_numpy((image - mean) / deviation)


def centred(corners: torch.Tensor) -> torch.Tensor:
    """[N, 4] left, top, right, bottom -> [N, 1, 4] centre x, centre y, width, height."""
    first, last = corners[:, :2], corners[:, 2:]
    return torch.cat(((first + last) / 2, last - first), 1)[:, None]


def assert_outputs(ours: dict[str, torch.Tensor], name: str, folder: Path) -> None:
    """Each within ten times what the original itself loses by single precision."""
    stored, bounds = stored_of(name, folder), meta_of(name, folder)["fp32_vs_fp64"]
    for key, tensor in ours.items():
        assert tensor.shape == stored[key].shape, key
        assert np.abs(tensor.numpy() - stored[key]).max() <= 10 * bounds[key]["max_abs"], key


def checkpoint_of(name: str, folder: Path, work: Path, tracking: bool = False) -> Path:
    """A checkpoint of the fixture's weights under the names of the original, written below `work`.

    tracking: the weights of the tracking run, whose heads are set for the clip instead of for noise.
    """
    fill, meta = fill_module(folder), meta_of(name, folder)
    overrides = meta["tracking" if tracking else "fill"]["overrides"]
    weights = fill.filled_state_dict(meta["state_dict"], overrides)
    if not tracking:
        assert np.allclose(sums(weights), meta["fill"]["checksum"])
    path = work / f"{name}{'_track' if tracking else ''}.pth"
    torch.save({key: torch.from_numpy(array) for key, array in weights.items()}, path)
    return path


def sums(weights: dict[str, NDArray[Any]]) -> list[float]:
    """Sum and sum of squares over all weights: the fixtures' checksum."""
    total = sum(float(array.sum(dtype=np.float64)) for array in weights.values())
    return [total, sum(float(np.vdot(array, array)) for array in weights.values())]


def clip_frames(folder: Path, color: str = "bgr") -> list[NDArray[np.uint8]]:
    """The fixtures' clip as RGB frames; `color` is the order in which the originals were given its channels."""
    frames = module_of(folder, "clip").make_clip()[0]
    return [np.ascontiguousarray(frame[:, :, ::-1] if color == "bgr" else frame) for frame in frames]


def summary(features: torch.Tensor) -> NDArray[np.float64]:
    """Mean, deviation and the first 64 channels at the centre, as the fixtures keep them.

    The centre of a map [1, C, H, W] is at [0, :, H // 2, W // 2], that of tokens [1, N, C] at [0, N // 2].
    """
    if features.ndim == 3:
        centre = features[0, features.shape[1] // 2, :64]
    else:
        centre = features[0, :64, features.shape[2] // 2, features.shape[3] // 2]
    numbers = [features.mean(), features.std(unbiased=False), *centre]
    return np.array([float(number) for number in numbers])


def tracked(
    tracker: Tracker, frames: list[NDArray[np.uint8]], boxes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes [T, N, 4] and scores [T - 1, N] of a run; the first boxes are those given."""
    session = tracker.start(frames[0], boxes)
    results = [session.step(frame) for frame in frames[1:]]
    scores = np.stack([np.asarray(result.scores) for result in results])
    return np.stack([boxes, *(np.asarray(result.boxes) for result in results)]), scores


def network_of(name: str, folder: Path, work: Path) -> Network:
    """The spec `name` with the fixture's weights, which go through a checkpoint file and the spec's key map."""
    return sotc.build(name, checkpoint_of(name, folder, work))


def assert_all_weights_used(network: Network, name: str, folder: Path) -> None:
    """The spec has as many weights as the original."""
    assert (
        sum(parameter.numel() for parameter in network.module.parameters()) == meta_of(name, folder)["params"]
    )


def assert_crops(
    cut: dict[str, tuple[Crop, int, torch.Tensor]],
    stored: dict[str, NDArray[Any]],
    frames: list[NDArray[np.uint8]],
    border: torch.Tensor,
    channels_last: bool = False,
) -> None:
    """Crops are the original's, byte for byte, cut in the graph and on the host.

    `cut`: by the name that a crop is stored under, the component, the number of the frame, and the target [1, 4].
    """
    for name, (crop, number, target) in cut.items():
        for patch in (
            crop.sample(torch.from_numpy(frames[number]), target, border).numpy(),
            crop.sample_host(frames[number], target.numpy(), border.numpy()),
        ):
            found = np.moveaxis(patch[0], -3, -1) if channels_last else patch[0]
            assert np.array_equal(found, stored[name]), name


def assert_targets_apart(
    tracker: Tracker, frames: list[NDArray[np.uint8]], starts: NDArray[np.float64] = TWO_TARGETS
) -> None:
    """Targets in one batch are tracked as each alone."""
    together, _ = tracked(tracker, frames, starts)
    for index in range(len(starts)):
        alone, _ = tracked(tracker, frames, starts[index : index + 1])
        np.testing.assert_allclose(together[:, index], alone[:, 0], rtol=0, atol=1e-3)


def assert_forced_steps(tracker: Tracker, name: str, folder: Path, tolerance: float) -> None:
    """Boxes, within pixels, and scores of single steps, each from the clip's true box."""
    stored, frames = stored_of(f"{name}_track", folder), clip_frames(folder, "rgb")
    session = tracker.start(frames[0], stored["boxes"][0])
    for index, frame in enumerate(frames[1:], start=1):
        session.set_boxes(stored["gt"][index - 1])
        result = session.step(frame)
        away = np.abs(np.asarray(result.boxes)[0] - stored["forced_boxes"][index]).max()
        assert away < tolerance, index
        assert abs(float(np.asarray(result.scores)[0]) - stored["forced_scores"][index]) < 1e-5, index


def assert_free_run(tracker: Tracker, name: str, folder: Path, tolerance: float) -> None:
    """Boxes, within pixels, and scores of every frame of a free run over the clip."""
    stored, frames = stored_of(f"{name}_track", folder), clip_frames(folder, "rgb")
    boxes, scores = tracked(tracker, frames, stored["boxes"][:1])
    assert np.abs(boxes[:, 0] - stored["boxes"]).max() < tolerance
    assert np.abs(scores[:, 0] - stored["scores"][1:]).max() < 1e-5


def assert_checkpoint_is_read(spec: str, network: Network, name: str, folder: Path, work: Path) -> None:
    """A file as the authors' would be gives the weights that `network` has."""
    again = sotc.build(spec, str(checkpoint_of(name, folder, work)))
    theirs = network.module.state_dict()
    for key, tensor in again.module.state_dict().items():
        assert torch.equal(tensor, theirs[key]), key


def assert_every_gradient(network: Network) -> None:
    """Every weight has one, and it is a number."""
    for name, weight in network.module.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name


def losses_over(
    network: Network, data: dict[str, torch.Tensor], rate: float, names: tuple[str, ...], steps: int = 200
) -> list[float]:
    """The sum of these losses at each of so many steps on one batch."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    values = []
    for _ in range(steps):
        optimiser.zero_grad()
        losses = network.losses(data)
        losses["total"].backward()
        optimiser.step()
        values.append(float(sum(losses[name].detach() for name in names)))
    return values
