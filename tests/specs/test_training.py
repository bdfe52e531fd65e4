"""Every spec that ships trains: gradients for every weight, and one generated batch is learnt by heart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

import sotc
from sotc.compiler.network import Network
from sotc.specs import names

from .overfit import batch_for, learn

torch.set_num_threads(1)

STEPS = 200
TENFOLD = 0.1


@dataclass(frozen=True)
class Course:
    """How a spec is made small, and how well it learns a batch."""

    params: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1e-3
    steps: int = STEPS
    share: float = TENFOLD
    """what is left of the first loss"""
    alone: Mapping[str, str] = field(default_factory=dict)
    """losses whose gradient stays within one part"""
    uncounted: tuple[str, ...] = ()
    """losses that need not fall"""


ONE_STREAM = {"side": 128, "width": 48, "depth": 2, "heads": 4}
STARK = {"depth": 18, "width": 32, "layers": 1, "heads": 4, "hidden": 32, "size": 160}
MIXFORMER_V2 = {"side": 96, "template_side": 48, "width": 48, "depth": 2, "heads": 4}
MIXFORMER = {"widths": [16, 32, 64], "depths": [1, 1, 1], "heads": [1, 2, 4], "channels": 32, "size": 160}
LEVEL = {"levels": [2], "width": 32}
BY_ITSELF = {"classify": "judge."}

COURSES = {
    "asymmetric_vit": Course({"side": 128, "width": 48, "depth": 2}, rate=5e-3),
    "fear_xs": Course(),
    "fear_xs_dual": Course(),
    "lighttrack_mobile": Course(),
    "mixformer_cvt": Course(MIXFORMER, alone=BY_ITSELF),
    "mixformer_cvt_base": Course(MIXFORMER),
    "mixformerv2_base": Course(MIXFORMER_V2, alone=BY_ITSELF),
    "mixformerv2_small": Course(MIXFORMER_V2, alone=BY_ITSELF),
    "mobile_fpn_centre": Course({"side": 128, "width": 32}, rate=5e-3),
    "nanotrack_v1": Course(),
    "nanotrack_v2": Course(),
    "nanotrack_v3": Course(),
    "ostrack_256": Course(ONE_STREAM),
    "ostrack_256_ce": Course({**ONE_STREAM, "eliminate": [1]}),
    "ostrack_384": Course(ONE_STREAM),
    "ostrack_384_ce": Course({**ONE_STREAM, "eliminate": [1]}),
    "siamfc_alexnet": Course({"width": 0.25}),
    "siamrpn_alex": Course({"width": 0.25}),
    "siamrpnpp_mobilev2": Course({"levels": [3], "scale": 0.5, "width": 32}),
    "siamrpnpp_r50": Course(LEVEL),
    "siamrpnpp_r50_mm": Course(LEVEL),
    "stark_s50": Course(STARK),
    # the score looks at a query that the box alone trains: its authors train it later, and longer
    "stark_st50": Course(STARK, alone=BY_ITSELF, uncounted=("classify",)),
    # as deep as it ships: a step takes a second, and some of them lower the loss
    "stark_st101": Course(
        {**STARK, "depth": 101}, steps=25, share=0.5, alone=BY_ITSELF, uncounted=("classify",)
    ),
}

WITHOUT_WEIGHTS = {"correlation_filter"}
"""Its features are made by hand, and its filter is solved: there is nothing to train."""

NOTHING_YET = {
    "decoder.layers.0.self_attention.project_in.weight": "the first layer's query is zero, but for its place",
    "decoder.layers.0.self_attention.project_out.weight": "the same: what it projects is zero before training",
    "blend_cls.weight": "a share of one level, as levels are set here, is 1 whatever its weight",
    "blend_loc.weight": "the same",
}
"""Weights whose gradient is there and zero, and why."""

FAST = "mixformerv2_small"
ALL = [name if name == FAST else pytest.param(name, marks=pytest.mark.slow) for name in COURSES]


def small(name: str) -> Network:
    """The spec as it is trained here, with the same weights each time."""
    torch.manual_seed(0)
    return sotc.build(name, params=COURSES[name].params).train()


def test_no_spec_is_left_out() -> None:
    assert set(names()) == {*COURSES, *WITHOUT_WEIGHTS}


@pytest.mark.parametrize("name", sorted(WITHOUT_WEIGHTS))
def test_what_has_no_weights_has_no_losses(name: str) -> None:
    graph = sotc.check(name).expect()
    assert graph.program.losses == ()
    assert sum(part.parameters for part in graph.parts.values()) == 0


def frozen(network: Network, path: str) -> bool:
    """Whether the spec says so: by a `freeze`, or by `norms = "frozen"` of a ResNet."""
    held = [each.path for each in network.graph.program.freezes]
    part, _, inside = path.partition(".")
    if any(f"{path}.".startswith(f"{one}.") for one in held):
        return True
    norms = network.graph.parts[part].settings.get("norms") if part in network.graph.parts else None
    words = inside.split(".")
    is_norm = any(word.startswith("bn") for word in words) or words[-3:-1] == ["downsample", "1"]
    return norms == "frozen" and is_norm


@pytest.mark.parametrize("name", ALL)
def test_every_weight_has_a_gradient(name: str) -> None:
    """A finite one, but for what is frozen; a score that is trained by itself moves nothing but its own head."""
    network = small(name)
    losses = network.losses(batch_for(network))
    assert set(losses) == {*(loss.name for loss in network.graph.program.losses), "total"}
    assert all(torch.isfinite(value).all() for value in losses.values())
    weights = dict(network.module.named_parameters())
    for loss, prefix in COURSES[name].alone.items():
        losses[loss].sum().backward(retain_graph=True)
        touched = [path for path, weight in weights.items() if weight.grad is not None]
        assert touched and all(path.startswith(prefix) for path in touched)
    losses["total"].backward()
    for path, weight in weights.items():
        assert (weight.grad is None) == (not weight.requires_grad), path
        assert weight.requires_grad != frozen(network, path), path
    for path, weight in weights.items():
        if weight.grad is None:
            continue
        assert torch.isfinite(weight.grad).all(), path
        assert weight.grad.any() or path in NOTHING_YET, path


@pytest.mark.parametrize("name", ALL)
def test_one_batch_is_learnt(name: str) -> None:
    course, network = COURSES[name], small(name)
    batch = batch_for(network)
    history = learn(network, batch, course.steps, course.rate, course.share, course.uncounted)
    assert 0 <= min(history) <= course.share * history[0], history[::10]
