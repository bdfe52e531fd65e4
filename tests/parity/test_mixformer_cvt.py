"""MixFormer on CvT against its published definition, spelled out on the names of its authors' checkpoints."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.compiler.key_map import key_map_of
from sotc.compiler.network import Network
from sotc.compiler.weight_errors import WeightsMismatchError
from sotc.specs import locate

from .fixtures import assert_every_gradient, centred, clip_frames, losses_over, tracked
from .mixformer import Size, Weights, checkpoint, outputs_of, shapes_of

torch.set_num_threads(1)

NAME = "mixformer_cvt"

LITTLE = Size((8, 12, 24), (1, 2, 2), (1, 3, 4), 16)

SMALL: dict[str, Any] = {**{key: list(value) for key, value in LITTLE._asdict().items() if key != "channels"}}
SMALL |= {"channels": LITTLE.channels, "size": 160}

UNUSED = 4
"""Tensors of the pretrained classifier that checkpoints have and no part uses."""


@functools.cache
def weights() -> Weights:
    """Of a small network, for which the first of the images below has a box, and the second one's is inside out."""
    return checkpoint(LITTLE, seed=24, contrast=4.0)


@functools.cache
def network() -> Network:
    return sotc.build(NAME, weights(), params=SMALL)


def images(batch: int, side: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    sides = (128, 128, side)
    return tuple(torch.randn(batch, 3, one, one, generator=generator) for one in sides)


def run(network: Network, seen: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """By the names of the original."""
    with torch.no_grad():
        inputs = dict(zip(("template", "online", "search"), seen, strict=True))
        found = network.run(inputs, ["mixed", "corners", "doubt"])
    mixed, corners = found["mixed"], found["corners"]
    return {
        "pred_boxes": centred(corners.box),
        "pred_scores": found["doubt"].flatten(),
        "score_map_tl": corners.top_left,
        "score_map_br": corners.bottom_right,
        "template": mixed.template,
        "search": mixed.search,
    }


@torch.no_grad()
def assert_equal(network: Network, weights: Weights, size: Size, seen: tuple[Tensor, ...]) -> Tensor:
    """Within ten times what the definition itself loses by single precision; gives the boxes."""
    exact = outputs_of(
        {name: tensor.double() for name, tensor in weights.items()}, size, tuple(one.double() for one in seen)
    )
    rough = outputs_of(weights, size, seen)
    for name, tensor in run(network, seen).items():
        lost = (rough[name] - exact[name]).abs().max()
        error = (tensor - exact[name]).abs().max()
        assert error <= 10 * lost + 1e-6, name
        assert lost < 1e-4 * exact[name].abs().max(), "the definition is well posed"
    return exact["pred_boxes"]


def test_outputs() -> None:
    boxes = assert_equal(network(), weights(), LITTLE, images(2, 160))
    assert boxes[0, 0, 2:].min() > 0.3
    assert boxes[1, 0, 2:].min() < 0, "the score of an empty box counts as well"


@pytest.mark.slow
def test_outputs_of_the_published_size() -> None:
    drawn = checkpoint(Size(), seed=0, contrast=0.4)
    whole = sotc.build(NAME, drawn)
    boxes = assert_equal(whole, drawn, Size(), images(1, 320))
    assert boxes[..., 2:].min() > 0.1


def test_every_name_of_a_checkpoint_is_read(tmp_path: Path) -> None:
    """As the authors save it, beside the state of the training."""
    file = tmp_path / "MixFormerOnlineScore_ep0040.pth.tar"
    torch.save({"epoch": 40, "net_type": "MixFormerOnlineScore", "net": weights()}, file)
    again = sotc.build(NAME, file, params=SMALL).module.state_dict()
    assert len(again) - count_of_counters(again) == len(weights()) - UNUSED
    theirs = network().module.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in again.items())
    keymap = key_map_of(locate(NAME))
    assert keymap is not None
    renamed = [keymap.rename(name) for name in shapes_of(Size())]
    assert renamed.count(None) == UNUSED
    expected = {name for name in sotc.build(NAME).module.state_dict() if not name.endswith("batches_tracked")}
    assert {name for name in renamed if name is not None} == expected


def count_of_counters(state: dict[str, Tensor]) -> int:
    return sum(name.endswith("num_batches_tracked") for name in state)


@pytest.mark.slow
def test_the_online_template_counts_from_the_frame_behind_its_renewal(parity_folder: Path) -> None:
    """Whatever the period, scores are alike until it is over; then they differ."""
    judging = dict(weights())
    judging["score_branch.score_head.layers.2.bias"] = torch.full((1,), 9.0)  # every frame is good enough
    frames = clip_frames(parity_folder, "rgb")[:6]
    runs = []
    for every in (3, 200):
        tracker = sotc.compile(NAME, judging, params={**SMALL, "every": every})
        _, scores = tracked(tracker, frames, np.array([[90.0, 70, 48, 48]]))
        runs.append(scores[:, 0])
    assert np.array_equal(runs[0][:3], runs[1][:3])
    assert (runs[0][3:] != runs[1][3:]).all()


def batch() -> dict[str, Tensor]:
    """Two images with a bright patch where the truth is."""
    template, online, search = (one * 0.3 for one in images(2, 160))
    data = {"template": template, "online": online, "search": search}
    data["gt"] = torch.tensor([[70.0, 60.0, 50.0, 40.0], [20.0, 80.0, 30.0, 60.0]])
    data["present"] = torch.tensor([[1.0], [0.0]])
    for image, (x, y, w, h) in zip(search, data["gt"].int().tolist(), strict=True):
        image[:, y : y + h, x : x + w] += 2
    return data


def test_gradients_reach_every_weight_and_the_score_is_trained_by_itself() -> None:
    torch.manual_seed(0)
    trained = sotc.build(NAME, weights(), params=SMALL).train()
    losses = trained.losses(batch())
    assert set(losses) == {"overlap", "distance", "classify", "total"}
    losses["classify"].backward(retain_graph=True)
    touched = [name for name, weight in trained.module.named_parameters() if weight.grad is not None]
    assert touched
    assert all(name.startswith("judge.") for name in touched)
    losses["total"].backward()
    assert_every_gradient(trained)


def test_training_leaves_the_norms_of_the_backbone() -> None:
    trained = sotc.build(NAME, weights(), params=SMALL).train()
    before = {name: tensor.clone() for name, tensor in trained.module.state_dict().items()}
    learnt = {name for name, _ in trained.module.named_parameters()}
    optimiser = torch.optim.SGD(trained.parameters(), lr=1e-3)
    trained.losses(batch())["total"].backward()
    optimiser.step()
    after = trained.module.state_dict()
    norms = [name for name in after if name.startswith("backbone.") and "running_" in name]
    assert len(norms) == 2 * 3 * sum(LITTLE.depths)
    for name in norms:
        scale = name.replace("running_mean", "weight").replace("running_var", "bias")
        assert scale not in learnt
        assert torch.equal(after[name], before[name])
        assert torch.equal(after[scale], before[scale])
    assert not torch.equal(
        after["corner.top_left.0.norm.running_mean"], before["corner.top_left.0.norm.running_mean"]
    )


def test_the_one_without_score_reads_its_own_checkpoint() -> None:
    """No `score_branch` is in it; the box is that of the one with score, under the same weights."""
    plain = {name: value for name, value in weights().items() if not name.startswith("score_branch.")}
    assert 0 < len(plain) < len(weights())
    network_without = sotc.build("mixformer_cvt_base", plain, params=SMALL)
    seen = images(2, SMALL["size"])
    inputs = dict(zip(("template", "online", "search"), seen, strict=True))
    with torch.no_grad():
        found = network_without.run(inputs, ["corners"])["corners"].box
    torch.testing.assert_close(centred(found), run(network(), seen)["pred_boxes"], rtol=0, atol=0)
    with pytest.raises(WeightsMismatchError, match="judge"):
        sotc.build(NAME, plain, params=SMALL)


@pytest.mark.slow
def test_one_batch_can_be_learnt() -> None:
    """A small network's losses fall to a tenth within two hundred steps."""
    torch.manual_seed(0)
    trained, data = sotc.build(NAME, params=SMALL).train(), batch()
    values = losses_over(trained, data, 5e-3, ("total",))
    assert min(values[-10:]) < 0.1 * values[0], values[::20]
