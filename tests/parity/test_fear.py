"""FEAR-XS against its published definition, spelled out here on the names of its authors' checkpoints."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import sotc

from .pysot import Weights, filled, normalised, trainable

torch.set_num_threads(1)

NAME = "fear_xs"

BLOCKS = """
    1_0 16 16 3 1 1
    2_0 16 24 3 2 6 | 2_2 24 24 3 1 1 | 2_3 24 24 3 1 1
    3_0 24 32 5 2 6 | 3_1 32 32 5 1 3 | 3_2 32 32 5 1 6 | 3_3 32 32 3 1 6
    4_0 32 64 5 2 6 | 4_1 64 64 5 1 3 | 4_2 64 64 5 1 6 | 4_3 64 64 5 1 6
    4_4 64 112 5 1 6 | 4_5 112 112 5 1 6 | 4_6 112 112 5 1 6 | 4_7 112 112 5 1 3
"""
"""FBNet-C: name, channels in and out, kernel, stride, expansion; 2_1 does nothing."""

ROOT = "encoder.model.backbone.stages.xif"

HEAD = "connect_model"

TOWERS = {"cls": ("cls_tower", "cls_pred", 1), "reg": ("bbox_tower", "bbox_pred", 4)}


def blocks() -> list[tuple[str, int, int, int, int, int]]:
    entries = [entry.split() for line in BLOCKS.strip().splitlines() for entry in line.split("|")]
    return [(f"{ROOT}{name}", *map(int, numbers)) for name, *numbers in entries]  # type: ignore[misc]


def separable(
    weights: Weights, name: str, norm: str | None, shape: tuple[int, int], bias: bool = True
) -> None:
    channels, out = shape
    filled(weights, f"{name}.depthwise", None, (channels, 1, 3), bias)
    filled(weights, f"{name}.pointwise", norm, (out, channels, 1), bias)


def checkpoint() -> Weights:
    torch.manual_seed(5)
    weights: Weights = {}
    filled(weights, f"{ROOT}0_0.conv", f"{ROOT}0_0.bn", (16, 3, 3), bias=True)
    for name, channels, out, kernel, _, expansion in blocks():
        wider = channels * expansion
        if expansion > 1:
            filled(weights, f"{name}.pw.conv", f"{name}.pw.bn", (wider, channels, 1), bias=True)
        filled(weights, f"{name}.dw.conv", f"{name}.dw.bn", (wider, 1, kernel), bias=True)
        filled(weights, f"{name}.pwl.conv", f"{name}.pwl.bn", (out, wider, 1), bias=True)
        weights[f"{name}.pwl.bn.weight"] /= 2  # sums along the shortcuts stay in bounds
    filled(weights, f"{ROOT}5_0.pw.conv", f"{ROOT}5_0.pw.bn", (8, 8, 1), bias=True)  # of no use here
    filled(weights, "neck.downsample.0", "neck.downsample.1", (256, 112, 1))
    weights["neck.downsample.1.weight"] /= 8  # they are multiplied with each other
    for task, (tower, predict, count) in TOWERS.items():
        encode, mix = f"{HEAD}.{task}_encode.matrix11_s", f"{HEAD}.{task}_dw.enc"
        separable(weights, f"{encode}.0", f"{encode}.1", (256, 256), bias=False)
        separable(weights, f"{mix}.0", f"{mix}.1", (320, 256))
        for index in (0, 3):
            separable(weights, f"{HEAD}.{tower}.{index}", f"{HEAD}.{tower}.{index + 1}", (256, 256))
        separable(weights, f"{HEAD}.{predict}", None, (256, count))
    weights[f"{HEAD}.bbox_pred.pointwise.weight"] /= 32  # what it gives is an exponent
    weights[f"{HEAD}.adjust"] = torch.tensor([0.2])
    weights[f"{HEAD}.bias"] = torch.tensor([1.0, 1.1, 0.9, 1.2]).reshape(1, 4, 1, 1)
    return weights


def features_of(weights: Weights, image: Tensor) -> Tensor:
    features = normalised(weights, f"{ROOT}0_0.conv", f"{ROOT}0_0.bn", image, 2, 1).relu()
    for name, channels, out, kernel, stride, expansion in blocks():
        inner = features
        if expansion > 1:
            inner = normalised(weights, f"{name}.pw.conv", f"{name}.pw.bn", inner).relu()
        names = (f"{name}.dw.conv", f"{name}.dw.bn")
        inner = normalised(weights, *names, inner, stride, kernel // 2, groups=channels * expansion).relu()
        inner = normalised(weights, f"{name}.pwl.conv", f"{name}.pwl.bn", inner)
        features = features + inner if stride == 1 and channels == out else inner
    return normalised(weights, "neck.downsample.0", "neck.downsample.1", features)


def convolved(weights: Weights, name: str, features: Tensor) -> Tensor:
    """The depthwise convolution, and then the one of all channels, not normalised."""
    for layer, padding, groups in (("depthwise", 1, features.shape[1]), ("pointwise", 0, 1)):
        weight, bias = weights[f"{name}.{layer}.weight"], weights.get(f"{name}.{layer}.bias")
        features = F.conv2d(features, weight, bias, 1, padding, 1, groups)
    return features


def activated(weights: Weights, name: str, norm: str, features: Tensor) -> Tensor:
    numbers = (weights[f"{norm}.{key}"] for key in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(convolved(weights, name, features), *numbers).relu()


def answer(weights: Weights, task: str, kernel: Tensor, field: Tensor) -> Tensor:
    tower, predict, _ = TOWERS[task]
    encode, mix = f"{HEAD}.{task}_encode.matrix11_s", f"{HEAD}.{task}_dw.enc"
    field = activated(weights, f"{encode}.0", f"{encode}.1", field)
    matched = torch.einsum("nci,nchw->nihw", kernel.flatten(2), field)
    features = activated(weights, f"{mix}.0", f"{mix}.1", torch.cat((field, matched), 1))
    for index in (0, 3):
        features = activated(weights, f"{HEAD}.{tower}.{index}", f"{HEAD}.{tower}.{index + 1}", features)
    return convolved(weights, f"{HEAD}.{predict}", features)


def test_head_outputs(tmp_path: Path) -> None:
    weights = checkpoint()
    torch.save({"state_dict": weights}, tmp_path / "fear.ckpt")
    network = sotc.build(NAME, tmp_path / "fear.ckpt")
    template, search = torch.randn(2, 3, 128, 128), torch.randn(2, 3, 256, 256)
    with torch.no_grad():
        found = network.run({"template": template, "search": search}, ["cls", "loc"])
        kernel, field = features_of(weights, template), features_of(weights, search)
        distances = (
            answer(weights, "reg", kernel, field) * weights[f"{HEAD}.adjust"] + weights[f"{HEAD}.bias"]
        )
        expected = {"cls": 0.1 * answer(weights, "cls", kernel, field), "loc": distances.exp()}
    for name, value in expected.items():
        assert value.shape[2:] == (16, 16)
        assert 1e-3 < value.std() < 1e3, name
        assert (found[name] - value).abs().max() < 1e-5 * value.std() + 1e-6 * value.abs().max(), name
    unused = sum(
        weight.numel() for name, weight in weights.items() if "xif5_0" in name and "running" not in name
    )
    count = sum(parameter.numel() for parameter in network.module.parameters())
    assert count == trainable(weights) - unused + 1  # its norm counts batches


# ---------------------------------------------------------------- the renewed template


def test_the_kernel_is_a_mixture_of_both_templates() -> None:
    """First of the two that are there at once; in later frames of the first and of what the state holds."""
    torch.manual_seed(3)
    network = sotc.build("fear_xs_dual")
    share = network.module.get_parameter("blend.share")
    assert share.shape == ()
    images = {name: torch.randn(2, 3, 128, 128) for name in ("template", "online")}
    images["search"] = torch.randn(2, 3, 256, 256)
    with torch.no_grad():
        share.fill_(0.3)
        features = {
            name: network.module.get_submodule("neck")(network.module.get_submodule("backbone")(images[name]))
            for name in ("template", "online")
        }
        (kernel,) = network.run(images, ["kernel"]).values()
        torch.testing.assert_close(kernel, 0.7 * features["template"] + 0.3 * features["online"])
        held = torch.randn_like(kernel)
        (kernel,) = network.run({**images, "state.newer": held}, ["kernel"]).values()
        torch.testing.assert_close(kernel, 0.7 * features["template"] + 0.3 * held)


def test_the_likeness_weighs_what_was_found_by_its_score() -> None:
    torch.manual_seed(4)
    network = sotc.build("fear_xs_dual")
    images = {name: torch.randn(3, 3, 128, 128) for name in ("template", "online")}
    images["search"] = torch.randn(3, 3, 256, 256)
    with torch.no_grad():
        values = network.run(images, ["alike", "cls", "field", "kernel"])
    expected = []
    for cls, field, kernel in zip(values["cls"], values["field"], values["kernel"], strict=True):
        score = 1 / (1 + np.exp(-cls.double().numpy()[0]))
        seen = (field.double().numpy() * score).sum((1, 2)) / score.sum()
        known = kernel.double().numpy().mean((1, 2))
        expected.append(seen @ known / np.linalg.norm(seen) / np.linalg.norm(known))
    assert np.allclose(values["alike"].numpy(), expected, atol=1e-6)


@pytest.mark.slow
def test_the_template_is_renewed_by_the_likeliest_frame_of_a_period() -> None:
    """Followed by hand: the state changes at the end of a period, to the features around the best frame's box."""
    torch.manual_seed(5)
    tracker = sotc.compile("fear_xs_dual", params={"every": 3})
    random = np.random.default_rng(0)
    frames = random.integers(0, 255, (8, 120, 160, 3), dtype=np.uint8)
    session = tracker.start(frames[0], (60.0, 40.0, 30.0, 26.0))
    kept = [session.state["newer"].clone()]
    for frame in frames[1:]:
        session.step(frame)
        kept.append(session.state["newer"].clone())
    changed = [not torch.equal(one, other) for one, other in pairwise(kept)]
    assert changed == [False, False, True, False, False, True, False]
