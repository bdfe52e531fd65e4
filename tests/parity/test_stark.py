"""STARK's specs against the original: networks under procedural weights, masks, and runs over the fixtures' clip."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.compiler.compiled import CropChoice
from sotc.compiler.network import Network
from sotc.compiler.show import show
from sotc.runtime.tracker import Tracker
from sotc.specs import locate

from ..specs.overfit import batch_for
from .fixtures import (
    assert_checkpoint_is_read,
    assert_forced_steps,
    assert_free_run,
    assert_outputs,
    centred,
    clip_frames,
    fill_module,
    meta_of,
    normalised,
    stored_of,
    summary,
    weights_of,
)

torch.set_num_threads(1)

NAME = "stark_st50"

TOLERANCE = 1e-2
"""pixels; a relative change of its inputs by 1e-6 moves the original's own boxes by up to 0.001"""

SMALL: dict[str, Any] = {"width": 32, "layers": 1, "heads": 4, "hidden": 32}

WIRES = ["corners", "doubt", "hint", "memory", "known", "newer", "field", "tokens", "places"]


def at(x: float, y: float, side: float = 64.0) -> Tensor:
    return torch.tensor([[x, y, side, side]], dtype=torch.float64)


WITHIN = {"target": at(5000, 5000), "frame_size": torch.tensor([1e4, 1e4], dtype=torch.float64)}
"""Every crop lies within its frame."""

CUT_OFF = {
    "template.target": at(44, 500),
    "online.target": at(44, 500),
    "search.target": at(160, 123),
    "frame_size": torch.tensor([251, 1e4], dtype=torch.float64),
}
"""The masks of the fixture: 20 columns of the templates; columns from 250 on and 37 rows of the search region."""


@functools.cache
def network(folder: Path) -> Network:
    return sotc.build(NAME, weights_of(NAME, folder, "fill"))


@functools.cache
def found(masked: bool, folder: Path) -> dict[str, Any]:
    images = fill_module(folder).images((1, 3, 128, 128), (1, 3, 128, 128), (1, 3, 320, 320))
    inputs = dict(zip(("template", "online", "search"), map(normalised, images), strict=True))
    with torch.no_grad():
        return network(folder).run({**inputs, **(CUT_OFF if masked else WITHIN)}, WIRES)


def outputs(found: dict[str, Any], prefix: str = "") -> dict[str, Tensor]:
    corners = found["corners"]
    ours = {
        "pred_boxes": centred(corners.box),
        "score_map_tl": corners.top_left,
        "score_map_br": corners.bottom_right,
        "pred_logits": found["doubt"][:, None],
    }
    return {f"{prefix}{name}": tensor for name, tensor in ours.items()}


def test_outputs(parity_folder: Path) -> None:
    """What is reached is about what the original itself loses by single precision."""
    ours = found(False, parity_folder)
    assert_outputs({**outputs(ours), "decoder_embed": ours["hint"][None]}, NAME, parity_folder)


def test_outputs_where_crops_leave_the_frame(parity_folder: Path) -> None:
    """Tokens beyond the frame are not looked at, and places are counted from its edge."""
    assert_outputs(outputs(found(True, parity_folder), "masked_"), NAME, parity_folder)


def test_features_on_the_way(parity_folder: Path) -> None:
    stored, ours = stored_of(NAME, parity_folder), found(False, parity_folder)
    assert np.abs(ours["memory"][:, ::16, :32].numpy() - stored["encoder_memory"]).max() < 2e-5
    summaries = {
        "feat_vec_z0": ours["known"].flatten(2).transpose(1, 2),
        "feat_vec_x": ours["field"].flatten(2).transpose(1, 2),
        "pos_x": ours["places"][:, 128:],
    }
    for name, tensor in summaries.items():
        assert np.allclose(summary(tensor), stored[name], rtol=1e-5, atol=2e-5), name


def test_no_weight_is_without_use(parity_folder: Path) -> None:
    """As many as the original has; it keeps those of batch norms that are fixed as no parameters, we as some."""
    ours = sum(tensor.numel() for tensor in network(parity_folder).module.state_dict().values())
    counters = sum("num_batches" in name for name in network(parity_folder).module.state_dict())
    theirs = meta_of(NAME, parity_folder)["state_dict"]
    assert ours - counters == sum(
        int(np.prod(shape)) for name, shape, _ in theirs if "num_batches" not in name
    )


def test_the_plain_one_is_the_same_without_template_and_score(parity_folder: Path) -> None:
    """STARK-S50 with the weights of the other: one template, which is enough for its boxes to be alike."""
    weights = weights_of(NAME, parity_folder, "fill")
    plain = sotc.build("stark_s50", {name: one for name, one in weights.items() if "cls_head" not in name})
    images = fill_module(parity_folder).images((1, 3, 128, 128), (1, 3, 128, 128), (1, 3, 320, 320))
    template, _, search = map(normalised, images)
    with torch.no_grad():
        alone = plain.run({"template": template, "search": search, **WITHIN}, ["memory", "tokens"])
    ours = found(False, parity_folder)
    expected = torch.cat((ours["tokens"][:, :64], ours["tokens"][:, 128:]), 1)
    torch.testing.assert_close(alone["tokens"], expected)
    assert alone["memory"].shape == (1, 64 + 400, 256)


@functools.cache
def compiled(crop: CropChoice, folder: Path) -> Tracker:
    """With the weights of the run over the clip, and the update interval of VOT2020."""
    return sotc.compile(NAME, weights_of(NAME, folder, "tracking"), crop=crop, params={"every": 10})


@pytest.mark.slow
def test_single_steps_from_the_true_boxes(parity_folder: Path) -> None:
    assert_forced_steps(compiled("host", parity_folder), NAME, parity_folder, TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["host", "graph"])
def test_the_fixtures_clip(crop: CropChoice, parity_folder: Path) -> None:
    """Boxes and scores of every frame of a free run, in which the online template is renewed once."""
    stored = stored_of(f"{NAME}_track", parity_folder)
    assert stored["template_update_frames"].tolist() == [10]
    assert_free_run(compiled(crop, parity_folder), NAME, parity_folder, TOLERANCE)


@pytest.mark.slow
def test_a_checkpoint_file_is_read(parity_folder: Path, tmp_path: Path) -> None:
    assert_checkpoint_is_read(NAME, network(parity_folder), NAME, parity_folder, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stark_s50", "stark_st50"])
def test_targets_in_one_batch_are_tracked_as_alone(name: str, parity_folder: Path) -> None:
    """Two targets of a small network with random weights, over five frames; one of them leaves the frame."""
    torch.manual_seed(0)
    params = {**SMALL, "every": 2} if name == "stark_st50" else SMALL
    tracker = sotc.compile(name, params=params)
    frames = clip_frames(parity_folder, "rgb")[:5]
    starts = np.array([[90.0, 70, 48, 48], [-10.0, 150, 30, 60]])
    together = run(tracker, frames, starts)
    for index, start in enumerate(starts):
        alone = run(tracker, frames, start[None])
        assert np.abs(together[:, index] - alone[:, 0]).max() < 1e-3
    assert np.abs(together[-1] - starts).max() > 1, "they moved"


def run(tracker: Tracker, frames: list[Any], starts: np.ndarray) -> np.ndarray:
    session = tracker.start(frames[0], starts)
    return np.stack([np.asarray(session.step(frame).boxes) for frame in frames[1:]])


@pytest.mark.slow
def test_templates_are_known_as_far_as_the_encoder() -> None:
    """Each frame's program is left with the backbone for the search region alone; it is 43 of its convolutions."""
    params = {name: str(value) for name, value in SMALL.items()}
    step = show(locate(NAME), "step", params=params)
    stages = 1 + 3 * (3 + 4 + 6) + 3  # the stem, three for each block, and a shortcut in each stage
    assert step.count(" = conv2d.default(") == stages + 1 + 2 * 5  # the neck, and two towers


def batch() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = {"template": torch.randn(2, 3, 128, 128, generator=generator) * 0.3}
    images["online"] = images["template"].flip(3)
    images["search"] = torch.randn(2, 3, 320, 320, generator=generator) * 0.3
    truth = torch.tensor([[100.0, 90.0, 70.0, 60.0], [20.0, 130.0, 40.0, 90.0]])
    view = {name: value.expand(2, 4) if name == "target" else value for name, value in WITHIN.items()}
    return {**images, "gt": truth, "present": torch.tensor([[1.0], [0.0]]), **view}


def test_gradients_reach_every_weight_and_the_score_is_trained_by_itself() -> None:
    torch.manual_seed(0)
    trained = sotc.build(NAME, params=SMALL).train()
    losses = trained.losses(batch())
    assert set(losses) == {"overlap", "distance", "classify", "total"}
    losses["classify"].backward(retain_graph=True)
    touched = [name for name, weight in trained.module.named_parameters() if weight.grad is not None]
    assert touched
    assert all(name.startswith("judge.") for name in touched)
    losses["total"].backward()
    for name, weight in trained.module.named_parameters():
        held = (
            name.startswith(("backbone.conv1.", "backbone.layer1."))
            or ".bn" in name
            or ".downsample.1." in name
        )
        assert (weight.grad is None) == held, name
        assert held or torch.isfinite(weight.grad).all(), name


def test_the_second_stage_trains_the_score_alone() -> None:
    torch.manual_seed(0)
    trained = sotc.build(NAME, params={**SMALL, "score_only": True}).train()
    losses = trained.losses(batch())
    assert set(losses) == {"classify", "total"}
    judge = {f"judge.{name}" for name, _ in trained.module.get_submodule("judge").named_parameters()}
    weights = dict(trained.module.named_parameters())
    assert {name for name, weight in weights.items() if weight.requires_grad} == judge
    losses["total"].backward()
    assert all(weights[name].grad is not None for name in judge)
    modes = {name: module.training for name, module in trained.module.named_modules()}
    assert modes["judge"] and not any(modes[name] for name in ("backbone", "encoder", "decoder.layers.0"))


def test_norms_of_the_backbone_keep_what_they_came_with() -> None:
    """As the original's do: FREEZE_BACKBONE_BN, and FREEZE_LAYERS of conv1 and layer1, in its configs."""
    torch.manual_seed(0)
    trained = sotc.build(NAME, params=SMALL).train()
    before = {name: value.clone() for name, value in trained.module.state_dict().items()}
    optimiser = torch.optim.AdamW(trained.parameters(), lr=1e-3, weight_decay=0.1)
    trained.losses(batch())["total"].backward()
    optimiser.step()
    changed = {
        name for name, value in trained.module.state_dict().items() if not torch.equal(value, before[name])
    }
    body = {name for name in before if name.startswith("backbone.")}
    assert changed & body == {
        name
        for name in body
        if ".layer2." in name or ".layer3." in name
        if name.endswith("weight")
        if ".conv" in name or ".downsample.0." in name
    }


@pytest.mark.slow
def test_one_batch_can_be_learnt() -> None:
    """A small network's losses fall to a tenth within two hundred steps, of images in which the target shows."""
    torch.manual_seed(0)
    trained = sotc.build("stark_s50", params={**SMALL, "size": 160}).train()
    inputs = batch_for(trained)
    optimiser = torch.optim.Adam(trained.parameters(), lr=5e-4)
    values = []
    for _ in range(200):
        optimiser.zero_grad()
        total = trained.losses(inputs)["total"]
        total.backward()
        optimiser.step()
        values.append(float(total.detach()))
    assert 0 <= min(values[-10:]) < 0.1 * values[0], values[::20]


@pytest.mark.slow
def test_the_deeper_one_has_the_originals_names(parity_folder: Path) -> None:
    """ST101 under ST50's names, and those of seventeen more blocks in the third stage, as torchvision numbers them."""
    entries = meta_of(NAME, parity_folder)["state_dict"]
    more = [
        (name.replace("layer3.5.", f"layer3.{index}."), shape)
        for index in range(6, 23)
        for name, shape, _ in entries
        if "layer3.5." in name
    ]
    shapes = [*((name, shape) for name, shape, _ in entries), *more]
    weights = {name: np.full(shape, index % 7, np.float32) for index, (name, shape) in enumerate(shapes)}
    deeper = sotc.build("stark_st101", weights).module.state_dict()
    assert float(deeper["backbone.layer3.22.conv3.weight"][0, 0, 0, 0]) == float(
        weights["backbone.0.body.layer3.22.conv3.weight"].flat[0]
    )
    kept = sum(tensor.numel() for name, tensor in deeper.items() if "num_batches" not in name)
    assert kept == sum(weight.size for name, weight in weights.items() if "num_batches" not in name)
