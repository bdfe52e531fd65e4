"""SiamRPN++ in MMTracking's convention: PySOT's network under other names, with anchors of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

import sotc

from .fixtures import fill_module, meta_of, stored_of

torch.set_num_threads(1)

NAME = "siamrpnpp_r50_mm"

PIECES = {
    "conv_kernel.0": "kernel_convs.conv",
    "conv_kernel.1": "kernel_convs.bn",
    "conv_search.0": "search_convs.conv",
    "conv_search.1": "search_convs.bn",
    "head.0": "head_convs.0.conv",
    "head.1": "head_convs.0.bn",
    "head.3": "head_convs.1.conv",
}
"""PySOT's names within a head, and MMTracking's."""


def renamed(name: str) -> str:
    """PySOT's name of a weight as MMTracking has it."""
    words = name.split(".")
    if words[0] == "neck":
        level = int(words[1].removeprefix("downsample")) - 2
        return f"neck.convs.{level}.{('conv', 'bn')[int(words[3])]}.{words[4]}"
    if words[0] != "rpn_head":
        return name
    if len(words) == 2:
        return name.replace("rpn_head.loc", "head.reg").replace("rpn_head.cls", "head.cls")
    level, task = int(words[1].removeprefix("rpn")) - 2, {"cls": "cls", "loc": "reg"}[words[2]]
    return f"head.{task}_heads.{level}.{PIECES['.'.join(words[3:5])]}.{words[5]}"


def test_head_outputs_and_anchors(parity_folder: Path, tmp_path: Path) -> None:
    """Those of PySOT's fixture; its anchors but for ratios 2 and 3."""
    fill, meta = fill_module(parity_folder), meta_of("siamrpnpp_r50", parity_folder)
    stored = stored_of("siamrpnpp_r50", parity_folder)
    weights = fill.filled_state_dict(meta["state_dict"], meta["fill"]["overrides"])
    checkpoint = {renamed(name): torch.from_numpy(array) for name, array in weights.items()}
    torch.save({"state_dict": checkpoint, "meta": {"epoch": 20}}, tmp_path / "mm.pth")
    template, search = fill.images((1, 3, 127, 127), (1, 3, 255, 255))
    images = {"template": template * np.float32(255), "search": search * np.float32(255)}
    with torch.no_grad():
        network = sotc.build(NAME, tmp_path / "mm.pth")
        tensors = {name: torch.from_numpy(image) for name, image in images.items()}
        found = network.run(tensors, ["cls", "loc", "anchors"])
    for name in ("cls", "loc"):
        error = np.abs(found[name].flatten(1, 2).numpy() - stored[name]).max()
        assert error < 10 * meta["fp32_vs_fp64"][name]["max_abs"], name
    theirs = stored["anchors"].T.reshape(4, 5, 25, 25)
    assert np.array_equal(found["anchors"][:, :3].numpy(), theirs[:, :3])
    assert np.array_equal(found["anchors"][:2].numpy(), theirs[:2])
    assert found["anchors"][2:, 3:, 0, 0].T.tolist() == [[40, 88], [32, 104]]
