"""MixFormerV2's spec against the original: its network under procedural weights, and runs over the fixtures' clip."""

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
from sotc.runtime.tracker import Tracker

from .fixtures import (
    assert_checkpoint_is_read,
    assert_every_gradient,
    assert_forced_steps,
    assert_free_run,
    assert_outputs,
    centred,
    clip_frames,
    fill_module,
    losses_over,
    meta_of,
    normalised,
    stored_of,
    tracked,
    weights_of,
)

torch.set_num_threads(1)

NAME = "mixformerv2_small"

TOLERANCE = 5e-3
"""pixels; a relative change of its inputs by 1e-6 moves the original's own boxes by up to 0.001"""

SMALL: dict[str, Any] = {"width": 48, "depth": 2, "heads": 4}


@functools.cache
def network(folder: Path) -> Network:
    return sotc.build(NAME, weights_of(NAME, folder, "fill"))


@functools.cache
def found(folder: Path) -> dict[str, Any]:
    images = fill_module(folder).images((1, 3, 112, 112), (1, 3, 112, 112), (1, 3, 224, 224))
    inputs = dict(zip(("template", "online", "search"), map(normalised, images), strict=True))
    with torch.no_grad():
        return network(folder).run(inputs, ["mixed", "edges", "doubt"])


def test_outputs(parity_folder: Path) -> None:
    ours = found(parity_folder)
    outputs = {
        "pred_boxes": centred(ours["edges"].box),
        "pred_scores": ours["doubt"][0],
        "reg_tokens": ours["mixed"].answers,
    }
    assert_outputs(outputs, NAME, parity_folder)


def test_each_edge(parity_folder: Path) -> None:
    edges = found(parity_folder)["edges"].probability
    assert_outputs(
        {f"prob_{edge}": edges[:, index] for index, edge in enumerate("ltrb")}, NAME, parity_folder
    )


def test_all_tokens(parity_folder: Path) -> None:
    *maps, answers = found(parity_folder)["mixed"]
    tokens = torch.cat([*(one.flatten(2).transpose(1, 2) for one in maps), answers], 1)
    stored = stored_of(NAME, parity_folder)["tokens_last"]
    assert np.abs(tokens[:, ::16, :16].numpy() - stored).max() < 1e-4


def test_no_weight_is_without_use(parity_folder: Path) -> None:
    ours = sum(parameter.numel() for parameter in network(parity_folder).module.parameters())
    assert ours == meta_of(NAME, parity_folder)["params"]


def plain(weights: dict[str, Tensor], images: list[Tensor]) -> tuple[Tensor, Tensor]:
    """The definition on the original's names, all tokens in a row: box [4] of one target, and the score's logit."""

    def linear(name: str, tokens: Tensor) -> Tensor:
        return tokens @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name: str, tokens: Tensor, epsilon: float) -> Tensor:
        spread = (tokens.var(-1, unbiased=False, keepdim=True) + epsilon).sqrt()
        centred = tokens - tokens.mean(-1, keepdim=True)
        return centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    kernel = weights["backbone.patch_embed.proj.weight"].flatten(1).T
    cut = [torch.nn.functional.unfold(image, 16, stride=16)[0].T for image in images]
    row = [patches @ kernel + weights["backbone.patch_embed.proj.bias"] for patches in cut]
    places = [weights[f"backbone.pos_embed_{which}"][0] for which in ("t", "t", "s", "reg")]
    row = torch.cat(
        [one + place for one, place in zip([*row, weights["backbone.reg_tokens"][0]], places, strict=True)]
    )
    known = 2 * len(cut[0])
    hidden = torch.zeros(len(row), len(row), dtype=torch.bool)
    hidden[:known, known:] = True
    for block in range(1 + max(int(name.split(".")[2]) for name in weights if ".blocks." in name)):
        name = f"backbone.blocks.{block}"
        joined = linear(f"{name}.attn.qkv", norm(f"{name}.norm1", row, 1e-6)).unflatten(1, (3, 12, 64))
        q, k, v = joined.permute(1, 2, 0, 3)
        looks = (q @ k.transpose(1, 2) / 8).masked_fill(hidden, float("-inf")).softmax(2)
        row = row + linear(f"{name}.attn.proj", (looks @ v).transpose(0, 1).flatten(1))
        inner = linear(f"{name}.mlp.fc1", norm(f"{name}.norm2", row, 1e-6))
        row = row + linear(f"{name}.mlp.fc2", inner * (1 + (inner / 2**0.5).erf()) / 2)
    answers = row[-4:]
    inner = norm("box_head.layers.0.1", linear("box_head.layers.0.0", answers), 1e-5).relu()
    logits = norm("box_head.layers.1.1", linear("box_head.layers.1.0", inner), 1e-5)
    edges = (logits.softmax(1) * torch.arange(96, dtype=logits.dtype) / 96).sum(1)
    doubt = linear("score_head.layers.1", linear("score_head.layers.0.0", answers).relu()).mean()
    return edges[[0, 2, 1, 3]], doubt


def test_the_definition_is_the_originals(parity_folder: Path) -> None:
    """So that what is held against it below is held against more than ourselves. (Theirs has its places in single.)"""
    stored, bounds = stored_of(NAME, parity_folder), meta_of(NAME, parity_folder)["fp32_vs_fp64"]
    weights = {
        key: torch.from_numpy(one).double() for key, one in weights_of(NAME, parity_folder, "fill").items()
    }
    images = fill_module(parity_folder).images((1, 3, 112, 112), (1, 3, 112, 112), (1, 3, 224, 224))
    box, doubt = plain(weights, [normalised(image).double() for image in images])
    boxes = centred(box[None])
    assert np.abs(boxes.numpy() - stored["pred_boxes"]).max() < 1.1 * bounds["pred_boxes"]["max_abs"]
    assert abs(float(doubt) - float(stored["pred_scores"][0])) < 1.1 * bounds["pred_scores"]["max_abs"]


def names_of_base(folder: Path) -> list[tuple[str, tuple[int, ...], str]]:
    """What 288_depth8_score saves: twice the blocks, perceptrons of 4 x 768 channels, and larger pictures."""
    entries = []
    for name, shape, kind in meta_of(NAME, folder)["state_dict"]:
        shape = {"backbone.pos_embed_s": (1, 324, 768), "backbone.pos_embed_t": (1, 64, 768)}.get(
            name, tuple(shape)
        )
        if ".fc1." in name:
            shape = (3072, *shape[1:])
        if name.endswith(".fc2.weight"):
            shape = (768, 3072)
        entries.append((name, shape, kind))
        if ".blocks." in name:
            first, block, rest = name.split(".", 3)[1:]
            entries.append((f"backbone.{first}.{int(block) + 4}.{rest}", shape, kind))
    return entries


@pytest.mark.slow
def test_the_base_model(parity_folder: Path) -> None:
    """Against the definition, with weights by the names that its checkpoints have."""
    fill = fill_module(parity_folder)
    weights = fill.filled_state_dict(
        names_of_base(parity_folder), meta_of(NAME, parity_folder)["fill"]["overrides"]
    )
    base = sotc.build("mixformerv2_base", weights)
    assert sum(parameter.numel() for parameter in base.module.parameters()) == sum(
        one.size for one in weights.values()
    )
    images = [normalised(one) for one in fill.images((1, 3, 128, 128), (1, 3, 128, 128), (1, 3, 288, 288))]
    with torch.no_grad():
        ours = base.run(dict(zip(("template", "online", "search"), images, strict=True)), ["edges", "doubt"])
    tensors = {key: torch.from_numpy(one) for key, one in weights.items()}
    exact = plain({key: one.double() for key, one in tensors.items()}, [image.double() for image in images])
    rough = plain(tensors, images)
    for given, single, double in zip((ours["edges"].box[0], ours["doubt"][0, 0]), rough, exact, strict=True):
        assert (given - double).abs().max() <= 10 * (single - double).abs().max() + 1e-6


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
    """A free run, in which the best of the first ten frames (the eighth) becomes the online template."""
    assert_free_run(compiled(crop, parity_folder), NAME, parity_folder, TOLERANCE)


def test_the_online_template_counts_from_the_frame_behind_its_renewal(parity_folder: Path) -> None:
    """Whatever the period, boxes are alike until it is over; then they differ."""
    torch.manual_seed(0)
    weights = sotc.build(NAME, params=SMALL).module.state_dict()
    weights["judge.layers.1.bias"] = torch.ones(1)  # every frame is good enough
    weights["edge.last_norm.weight"] *= 30.0  # what is seen counts
    frames = clip_frames(parity_folder, "rgb")[:6]
    runs = []
    for every in (3, 200):
        tracker = sotc.compile(NAME, weights, params={**SMALL, "every": every})
        session = tracker.start(frames[0], [90, 70, 48, 48])
        results = [session.step(frame) for frame in frames[1:]]
        runs.append(np.array([np.asarray(result.scores)[0] for result in results]))
    assert np.array_equal(runs[0][:3], runs[1][:3])
    assert (runs[0][3:] != runs[1][3:]).all()


def test_targets_in_one_batch_are_tracked_as_alone(parity_folder: Path) -> None:
    """Two targets of a small network with random weights, each with a best frame of its own."""
    torch.manual_seed(0)
    tracker = sotc.compile(NAME, params={**SMALL, "every": 2})
    frames = clip_frames(parity_folder, "rgb")[:6]
    starts = np.array([[90.0, 70, 48, 48], [200.0, 150, 30, 60]])
    together, _ = tracked(tracker, frames, starts)
    for index, start in enumerate(starts):
        alone, _ = tracked(tracker, frames, start[None])
        assert np.abs(together[:, index] - alone[:, 0]).max() < 1e-3
    assert np.abs(together[-1] - starts).max() > 1, "they moved"


def batch() -> dict[str, Tensor]:
    """Two images with a bright patch where the truth is, in all regions."""
    generator = torch.Generator().manual_seed(1)
    data = {name: torch.randn(2, 3, 112, 112, generator=generator) * 0.3 for name in ("template", "online")}
    data["search"] = torch.randn(2, 3, 224, 224, generator=generator) * 0.3
    data["gt"] = torch.tensor([[100.0, 90.0, 70.0, 60.0], [20.0, 110.0, 40.0, 90.0]])
    data["present"] = torch.tensor([[1.0], [0.0]])
    for image, (x, y, w, h) in zip(data["search"], data["gt"].int().tolist(), strict=True):
        image[:, y : y + h, x : x + w] += 2
    return data


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
    assert_every_gradient(trained)


@pytest.mark.slow
def test_one_batch_can_be_learnt() -> None:
    """A small network's losses of the box fall to a tenth within two hundred steps."""
    torch.manual_seed(0)
    trained, data = sotc.build(NAME, params=SMALL).train(), batch()
    values = losses_over(trained, data, 3e-3, ("overlap", "distance"))
    assert min(values[-10:]) < 0.1 * values[0], values[::20]


@pytest.mark.slow
def test_a_checkpoint_file_is_read(parity_folder: Path, tmp_path: Path) -> None:
    assert_checkpoint_is_read(NAME, network(parity_folder), NAME, parity_folder, tmp_path)
