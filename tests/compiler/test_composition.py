"""A tracker with everything the language has: levels, lists of parts, two templates, conditions, states, variants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import sotc
from sotc.compiler.driver import source_of
from sotc.components.registry import BACKBONES, HEADS, NECKS

SPEC = """
tracker Levels {
    param width: int = 8 where width > 0
    param stages: list[int] = [1, 2]

    template        = AreaCrop { size = 64, factor = 2.0 }
    template online = AreaCrop { size = 64, factor = 2.0 } refresh every 2 when trust > 0.1
    search          = AreaCrop { size = 128, factor = 4.0 }

    backbone   = TestTwoLevels { width }
    neck necks = [TestSqueeze { out_channels = 8 } for stage in stages]
    head       = TestLevelHead { levels = len(stages) }

    fn middle(levels) = [levels[0] -> CenterCrop { size = 5 }, levels[1] -> CenterCrop { size = 3 }]
    old      = middle(template -> backbone -> necks)
    new      = middle(online -> backbone -> necks)
    kernels  = [0.5 * old[0] + 0.5 * new[0], old[1]]
    cls, loc = head(kernels, search -> backbone -> necks)

    state calm = 1.0
    next calm  = 0.9 * calm + 0.1 * pick.score when pick.score > 0.2

    pick  = PointDecode { stride = 16 }(cls, loc, search.view)
    trust = pick.score * calm
    output box   = pick.box
    output score = trust
}

tracker Wide extends Levels {
    override param width: int = 12
    override backbone = TestTwoLevels { width = width * 2 }
    remove trust
    trust = pick.score
}
"""


@BACKBONES.register_module(name="TestTwoLevels")
class TwoLevels(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(3, width, 7, 8, 3), nn.ReLU(inplace=True))
        self.coarse = nn.Sequential(nn.Conv2d(width, 2 * width, 3, 2, 1), nn.ReLU(inplace=True))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        fine = self.fine(image)
        return fine, self.coarse(fine)


@NECKS.register_module(name="TestSqueeze")
class Squeeze(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.convolution(features)


class Prediction(NamedTuple):
    cls: Tensor
    loc: Tensor


@HEADS.register_module(name="TestLevelHead")
class LevelHead(nn.Module):
    def __init__(self, levels: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.ones(levels))
        self.cls, self.loc = nn.Conv2d(8, 2, 1), nn.Conv2d(8, 4, 1)

    def forward(self, kernels: Sequence[Tensor], fields: Sequence[Tensor]) -> Prediction:
        share = self.weights.softmax(0)
        likeness = [
            share[level]
            * nn.functional.interpolate(correlate(kernel, features), size=(8, 8), mode="bilinear")
            for level, (kernel, features) in enumerate(zip(kernels, fields, strict=True))
        ]
        total = torch.stack(likeness).sum(0)
        return Prediction(self.cls(total), self.loc(total).clamp(-3, 4).exp())


def correlate(kernel: Tensor, features: Tensor) -> Tensor:
    """Each channel by itself; the batch is folded into the channels."""
    batch, channels, size, _ = kernel.shape
    folded = features.reshape(1, batch * channels, *features.shape[2:])
    filters = kernel.reshape(batch * channels, 1, size, size)
    result = nn.functional.conv2d(folded, filters, padding=size // 2, groups=batch * channels)
    return result.reshape(batch, channels, *result.shape[2:])


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("composition") / "levels.sot"
    path.write_text(SPEC)
    return str(path)


def video() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    still = np.kron(rng.integers(0, 255, (16, 20, 3), dtype=np.uint8), np.ones((8, 8, 1), dtype=np.uint8))
    return [np.roll(still, 2 * index, axis=0) for index in range(6)]


def test_it_checks_and_infers(spec: str) -> None:
    graph = sotc.check(spec, tracker="Levels").expect()
    assert graph.parts["necks.0"].settings["in_channels"] == 8
    assert graph.parts["necks.1"].settings["in_channels"] == 16
    assert graph.graph.nodes["kernels"]["stage"] == "init"
    wide = sotc.check(spec).expect()
    assert wide.program.name == "Wide"
    assert wide.parts["necks.1"].settings["in_channels"] == 48


def test_a_list_of_another_length_is_told(tmp_path: Path) -> None:
    path = tmp_path / "short.sot"
    path.write_text(SPEC.replace("= [1, 2]", "= [1, 2, 3]"))
    codes = {found.code for found in sotc.check(path, tracker="Levels").diagnostics}
    assert codes & {"SOT424", "SOT224"}


@pytest.mark.parametrize("crop", ["host", "graph"])
def test_many_targets_keep_their_own_templates_and_states(spec: str, crop: str) -> None:
    """Conditions hold for some targets and not for others: each goes as it would alone."""
    torch.manual_seed(5)
    tracker = sotc.compile(spec, crop=crop, tracker="Levels")  # type: ignore[arg-type]
    frames = video()
    boxes = [[40.0, 30.0, 24.0, 20.0], [90.0, 60.0, 16.0, 30.0], [10.0, 90.0, 40.0, 12.0]]
    together = tracker.start(frames[0], boxes)
    alone = [tracker.start(frames[0], box) for box in boxes]
    for frame in frames[1:]:
        many = together.step(frame)
        single = [session.step(frame) for session in alone]
        torch.testing.assert_close(many.boxes, torch.cat([one.boxes for one in single]), rtol=0, atol=1e-3)
        calm = torch.cat([session.state["calm"] for session in alone])
        torch.testing.assert_close(together.state["calm"], calm, rtol=1e-4, atol=1e-6)


def test_the_cache_stays_in_front_of_the_folded_batch(spec: str) -> None:
    """What is cached of a template keeps a row for each target: a depthwise correlation folds them away."""
    checked = sotc.check(spec, tracker="Levels")
    step = source_of(checked, None, "cpu", "auto").programs["step"]
    placeholders = [node for node in step.module.graph.nodes if node.op == "placeholder"]
    kernels = [
        tuple(node.meta["val"].shape)
        for slot, node in zip(step.inputs, placeholders, strict=True)
        if slot.kind == "cache" and "kernels" in slot.name
    ]
    assert kernels
    for batch, *rest in kernels:
        assert not isinstance(batch, int), "the number of targets is free"
        assert rest[0] == 8
