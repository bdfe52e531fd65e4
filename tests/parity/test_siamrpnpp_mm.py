"""SiamRPN++ in MMTracking's convention: PySOT's network under other names, with anchors of its own."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import sotc

from .fixtures import clip_frames, fill_module, meta_of, module_of, stored_of, weights_of

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


def checkpoint_of(folder: Path, work: Path, what: str) -> Path:
    """The weights of PySOT's fixture under MMTracking's names; `what` is `fill` or `tracking`."""
    weights = weights_of("siamrpnpp_r50", folder, what)
    tensors = {renamed(name): torch.from_numpy(array) for name, array in weights.items()}
    torch.save({"state_dict": tensors, "meta": {"epoch": 20}}, work / "mm.pth")
    return work / "mm.pth"


def test_head_outputs_and_anchors(parity_folder: Path, tmp_path: Path) -> None:
    """Those of PySOT's fixture; its anchors but for ratios 2 and 3."""
    fill, meta = fill_module(parity_folder), meta_of("siamrpnpp_r50", parity_folder)
    stored = stored_of("siamrpnpp_r50", parity_folder)
    template, search = fill.images((1, 3, 127, 127), (1, 3, 255, 255))
    images = {"template": template * np.float32(255), "search": search * np.float32(255)}
    with torch.no_grad():
        network = sotc.build(NAME, checkpoint_of(parity_folder, tmp_path, "fill"))
        tensors = {name: torch.from_numpy(image) for name, image in images.items()}
        found = network.run(tensors, ["cls", "loc", "anchors"])
    for name in ("cls", "loc"):
        error = np.abs(found[name].flatten(1, 2).numpy() - stored[name]).max()
        assert error < 10 * meta["fp32_vs_fp64"][name]["max_abs"], name
    theirs = stored["anchors"].T.reshape(4, 5, 25, 25)
    assert np.array_equal(found["anchors"][:, :3].numpy(), theirs[:, :3])
    assert np.array_equal(found["anchors"][:2].numpy(), theirs[:2])
    assert found["anchors"][2:, 3:, 0, 0].T.tolist() == [[40, 88], [32, 104]]


# ---------------------------------------------------------------- a step as it is published, in single precision


def crop_of(image: Tensor, box: Tensor, side: Tensor, size: int) -> Tensor:
    """`get_cropped_img`: the image [1, 3, H, W] padded by its mean colour, cut with both ends, resized in floats."""
    height, width = image.shape[2:]
    left, right = (int(box[0] + half) for half in (-side / 2, side / 2))
    top, bottom = (int(box[1] + half) for half in (-side / 2, side / 2))
    before, above = max(0, -left), max(0, -top)
    wide, high = width + before + max(0, right - width), height + above + max(0, bottom - height)
    padded = image.mean((2, 3), keepdim=True).repeat(1, 1, high, wide)
    padded[:, :, above : above + height, before : before + width] = image
    cut = padded[:, :, top + above : bottom + above + 1, left + before : right + before + 1]
    return F.interpolate(cut, size=(size, size), mode="bilinear", align_corners=False)


def side_of(size: Tensor) -> Tensor:
    context = 0.5 * size.sum(0)
    return ((size[0] + context) * (size[1] + context)).sqrt()


def change(ratio: Tensor) -> Tensor:
    return torch.maximum(ratio, 1 / ratio)


def step_of(cls: Tensor, loc: Tensor, box: Tensor, frame: tuple[int, int]) -> tuple[Tensor, float]:
    """`get_bbox` and `_bbox_clip`: the box (centre, size), and how far its score is above the next one's."""
    score = cls[0].permute(2, 3, 1, 0).reshape(-1, 2).softmax(1)[:, 1]
    delta = loc[0].permute(2, 3, 1, 0).reshape(-1, 4)
    sizes = torch.tensor([[int(8 / r**0.5) * 8.0, int(8 * r**0.5) * 8.0] for r in (0.33, 0.5, 1, 2, 3)])
    places = (
        torch.cartesian_prod(torch.arange(25), torch.arange(25)).flip(1).repeat_interleave(5, 0) * 8.0 - 96
    )
    sizes, bound = sizes.repeat(625, 1), math.log(1000 / 16)
    centre = places + delta[:, :2] * sizes
    extent = sizes * delta[:, 2:].clamp(-bound, bound).exp()
    scale = 127 / side_of(box[2:])
    grown = change(side_of(extent.T) / side_of(box[2:] * scale))
    bent = change((box[2] / box[3]) / (extent[:, 0] / extent[:, 1]))
    kept = torch.exp(-(bent * grown - 1) * 0.05)
    window = torch.from_numpy(np.outer(np.hanning(25), np.hanning(25)).ravel().repeat(5))
    ranked = kept * score * (1 - 0.42) + window * 0.42
    best = int(ranked.argmax())
    rate = kept[best] * score[best] * 0.38
    place = torch.minimum(centre[best] / scale + box[:2], torch.tensor(frame)).clamp(min=0)
    size = torch.minimum(box[2:] * (1 - rate) + extent[best] / scale * rate, torch.tensor(frame)).clamp(
        min=10
    )
    first, second = ranked.topk(2).values.tolist()
    return torch.cat((place, size)), first - second


@pytest.mark.slow
def test_steps_are_those_of_the_published_tracker(parity_folder: Path, tmp_path: Path) -> None:
    """Within a quarter of a pixel: it does not round its crops, and those of OpenCV are an eighth of a level darker."""
    weights = checkpoint_of(parity_folder, tmp_path, "tracking")
    network, tracker = sotc.build(NAME, weights), sotc.compile(NAME, weights)
    frames = clip_frames(parity_folder)[:8]
    boxes = np.asarray(module_of(parity_folder, "clip").make_clip()[1], dtype=np.float64)
    images = [torch.from_numpy(frame[:, :, ::-1].copy()).permute(2, 0, 1)[None].float() for frame in frames]
    given = [torch.tensor([x + w / 2, y + h / 2, w, h]).float() for x, y, w, h in boxes]
    template = crop_of(images[0], given[0], side_of(given[0][2:]).round(), 127)
    session, errors = tracker.start(frames[0], boxes[0]), []
    for index, frame in enumerate(frames[1:], start=1):
        before = given[index - 1]
        search = crop_of(images[index], before, (side_of(before[2:]) * (255 / 127)).round(), 255)
        with torch.no_grad():
            found = network.run({"template": template, "search": search}, ["cls", "loc"])
        box, margin = step_of(found["cls"], found["loc"], before, (frame.shape[1], frame.shape[0]))
        session.set_boxes(boxes[index - 1])
        x, y, w, h = np.asarray(session.step(frame).boxes)[0]
        if margin > 1e-3:
            errors.append(np.abs(np.array([x + w / 2, y + h / 2, w, h]) - box.numpy()).max())
    assert len(errors) > 3
    assert max(errors) < 0.25, errors
