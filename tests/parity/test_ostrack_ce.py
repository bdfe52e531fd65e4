"""OSTrack with candidate elimination against the original, and the larger ones that have no fixture."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sotc
from sotc.runtime.tracker import Tracker

from .fixtures import (
    assert_outputs,
    centred,
    clip_frames,
    fill_module,
    meta_of,
    normalised,
    stored_of,
    summary,
    tracked,
    weights_of,
)

torch.set_num_threads(1)

NAME = "ostrack_vitb256_ce"

TOLERANCE = 2e-3
"""pixels; a relative change of its inputs by 1e-6 moves the original's own boxes by up to 0.0002"""


@functools.cache
def found(folder: Path) -> dict[str, Any]:
    """What the network makes of the fixture's images, and what its blocks give."""
    network = sotc.build("ostrack_256_ce", weights_of(NAME, folder, "fill"))
    blocks: dict[str, torch.Tensor] = {}
    parts = network.module.get_submodule("backbone.blocks").named_children()
    for index, block in parts:
        block.perceptron.register_forward_hook(  # of blocks that eliminate, no more is called as a module
            lambda _module, _inputs, output, index=index: blocks.setdefault(f"perceptron{index}", output)
        )
        block.register_forward_hook(
            lambda _module, _inputs, output, index=index: blocks.setdefault(f"feat_block{index}", output)
        )
        watch_elimination(block, f"feat_block{index}", blocks)
    images = fill_module(folder).images((1, 3, 128, 128), (1, 3, 256, 256))
    inputs = dict(zip(("template", "search"), map(normalised, images), strict=True))
    with torch.no_grad():
        return {**network.run(inputs, ["score", "size", "offset", "box", "joint"]), **blocks}


def watch_elimination(block: Any, name: str, into: dict[str, torch.Tensor]) -> None:
    """Keep what a block gives that eliminates tokens: that is a method of it, which no hook sees."""
    eliminate = block.eliminate

    def watched(*arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
        tokens, left = eliminate(*arguments)
        into[name] = tokens
        return tokens, left

    block.eliminate = watched


def test_outputs(parity_folder: Path) -> None:
    """What is reached is one to two times what the original loses by single precision."""
    ours = found(parity_folder)
    tokens = torch.cat([features.flatten(2).transpose(1, 2) for features in ours["joint"]], 1)
    outputs = {
        "score_map": ours["score"],
        "size_map": ours["size"],
        "offset_map": ours["offset"],
        "pred_boxes": centred(ours["box"]),
        "feat_backbone_tokens": tokens[:, ::16, :16],
    }
    assert_outputs(outputs, NAME, parity_folder)


def test_the_same_tokens_are_gone(parity_folder: Path) -> None:
    stored = stored_of(NAME, parity_folder)
    gone = np.concatenate([stored[f"removed_indexes_{index}"].ravel() for index in range(3)])
    search = found(parity_folder)["joint"].search.flatten(2)[0]
    assert np.array_equal(np.flatnonzero(search.abs().sum(0) == 0), np.sort(gone))
    lengths = [found(parity_folder)[f"perceptron{index}"].shape[1] - 64 for index in (2, 3, 6, 9)]
    assert lengths == [256, 180, 126, 89]


def test_features_on_the_way(parity_folder: Path) -> None:
    """Of the first block, the first two that eliminate (what is left stands in attention's order), and the last."""
    stored = stored_of(NAME, parity_folder)
    for name in ("feat_block0", "feat_block3", "feat_block6", "feat_block11"):
        assert np.allclose(summary(found(parity_folder)[name]), stored[name], rtol=1e-5, atol=2e-5), name


@functools.cache
def compiled(folder: Path) -> Tracker:
    return sotc.compile("ostrack_256_ce", weights_of(NAME, folder, "tracking"))


@pytest.mark.slow
def test_single_steps_from_the_true_boxes(parity_folder: Path) -> None:
    stored, frames = stored_of(f"{NAME}_track", parity_folder), clip_frames(parity_folder, "rgb")
    session = compiled(parity_folder).start(frames[0], stored["boxes"][0])
    for index, frame in enumerate(frames[1:], start=1):
        session.set_boxes(stored["gt"][index - 1])
        boxes = np.asarray(session.step(frame).boxes)[0]
        assert np.abs(boxes - stored["forced_boxes"][index]).max() < TOLERANCE, index


@pytest.mark.slow
def test_the_fixtures_clip(parity_folder: Path) -> None:
    stored, frames = stored_of(f"{NAME}_track", parity_folder), clip_frames(parity_folder, "rgb")
    boxes, _ = tracked(compiled(parity_folder), frames, stored["boxes"][:1])
    assert np.abs(boxes[:, 0] - stored["boxes"]).max() < TOLERANCE


SMALL: dict[str, Any] = {"width": 48, "depth": 4, "heads": 4}


def test_one_weight_set_runs_with_and_without_elimination() -> None:
    """Elimination has no weights; where everything is kept, nothing changes but the order of sums."""
    torch.manual_seed(0)
    plain = sotc.build("ostrack_256", params=SMALL)
    weights = plain.module.state_dict()
    images = {"template": torch.rand(2, 3, 128, 128), "search": torch.rand(2, 3, 256, 256)}
    boxes = []
    for keep in (1.0, 0.5):
        params = {**SMALL, "eliminate": [1, 2], "keep": keep}
        boxes.append(sotc.build("ostrack_256_ce", weights, params=params).run(images, ["score"])["score"])
    expected = plain.run(images, ["score"])["score"]
    torch.testing.assert_close(boxes[0], expected, rtol=1e-4, atol=1e-5)
    assert (boxes[1] - expected).abs().max() > 1e-4


@pytest.mark.parametrize(("name", "settings"), [("ostrack_384", {}), ("ostrack_384_ce", {"eliminate": [1]})])
def test_the_larger_ones_see_more(name: str, settings: dict[str, Any]) -> None:
    """384 pixels for five times the target's side; maps of 24 x 24 cells; positions for 144 and 576 tokens."""
    torch.manual_seed(0)
    network = sotc.build(name, params={**SMALL, "depth": 2, **settings})
    weights = network.module.state_dict()
    assert weights["backbone.template_positions"].shape == (1, 144, 48)
    assert weights["backbone.search_positions"].shape == (1, 576, 48)
    images = {"template": torch.rand(1, 3, 192, 192), "search": torch.rand(1, 3, 384, 384)}
    assert network.run(images, ["score"])["score"].shape == (1, 1, 24, 24)
    crop = network.module.get_submodule("search")
    assert crop.windows(torch.tensor([[120.0, 100.0, 40.0, 40.0]], dtype=torch.float64)).tolist() == [
        [20, 0, 200]
    ]


def test_gradients_reach_every_weight() -> None:
    torch.manual_seed(0)
    network = sotc.build("ostrack_256_ce", params={**SMALL, "eliminate": [1, 2]}).train()
    images = {"template": torch.randn(2, 3, 128, 128), "search": torch.randn(2, 3, 256, 256)}
    truth = torch.tensor([[100.0, 90.0, 70.0, 60.0], [20.0, 130.0, 40.0, 90.0]])
    network.losses({**images, "gt": truth})["total"].backward()
    for name, parameter in network.module.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_no_weight_is_without_use(parity_folder: Path) -> None:
    unused = 768 + 197 * 768  # the class token and the positions that the original keeps and never uses
    network = sotc.check("ostrack_256_ce").expect()
    ours = sum(part.parameters for part in network.parts.values())
    assert ours == meta_of(NAME, parity_folder)["params"] - unused
