"""A small tracker, its programs built by hand: normalised cross-correlation with the first patch, in torch.

It follows a square through a clip, with one program per stage, so that sessions are tested on real programs
without the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.nn import functional

from sotc.compiler.backends.torch_engine import TorchEngine
from sotc.compiler.geometry import Aim, Begin, Border
from sotc.compiler.glue import Move
from sotc.compiler.plan import CropInput, Plan, Slot
from sotc.compiler.programs import StageProgram
from sotc.components.crops.area_crop import AreaCrop
from sotc.runtime.tracker import Tracker

torch.set_num_threads(1)

TEMPLATE = 16
SEARCH = 48
Clip = tuple[list[NDArray[np.uint8]], NDArray[np.float64]]


def kernel_of(image: Tensor) -> Tensor:
    """Zero mean, unit norm: [N, 3, 16, 16]."""
    centred = image - image.mean(dim=(1, 2, 3), keepdim=True)
    return centred / centred.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()


class Cut(nn.Module):
    """A crop's image, from its pixels (host) or out of the frame (graph)."""

    def __init__(self, crop: AreaCrop, lowering: str) -> None:
        super().__init__()
        self.crop, self.lowering = crop, lowering

    def forward(self, *places: Tensor) -> Tensor:
        pixels = places[0] if self.lowering == "host" else self.crop.sample(*places)
        return self.crop(pixels)


def places(name: str, lowering: str) -> tuple[Slot, ...]:
    if lowering == "host":
        return (Slot(f"{name}.pixels", "pixels"),)
    return (Slot("frame", "frame"), Slot("target", "target"), Slot(f"{name}.border", "border"))


class Init(nn.Module):
    def __init__(self, template: Cut, online: Cut, width: int) -> None:
        super().__init__()
        self.template, self.online, self.width = template, online, width

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        kernel = kernel_of(self.template(*values[: self.width]))
        online = kernel_of(self.online(*values[self.width :]))
        return kernel, online, kernel.flatten(1)[:, 0] * 0 + 1


class Step(nn.Module):
    """The place of the best correlation; the size stays. `offset` gives what is added to the box, to break it."""

    def __init__(self, search: Cut, width: int, offset: Callable[[], Tensor]) -> None:
        super().__init__()
        self.search, self.width, self.move, self.offset = search, width, Move(), offset

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        image = self.search(*values[: self.width])
        target, kernel, online = values[self.width :]
        both = kernel_of(kernel + online)
        window = functional.unfold(image, TEMPLATE)  # [N, 3*16*16, positions]
        window = window - window.mean(dim=1, keepdim=True)
        score = (both.flatten(1)[:, None] @ window)[:, 0] / (window.square().sum(dim=1).sqrt() + 1e-6)
        best = score.argmax(dim=1)
        side = SEARCH - TEMPLATE + 1
        place = torch.stack((best % side, best // side), dim=1).to(torch.float64) - (side - 1) / 2
        scale = self.search.crop.sides(target)[:, None] / SEARCH
        box = torch.cat((target[:, :2] + place * scale, target[:, 2:]), dim=1) + self.offset()
        moved = self.move(box, target)
        return (
            box,
            score.amax(dim=1),
            *moved,
            self.search.crop.windows(moved[0]),
            TEMPLATE_CROP.windows(moved[0]),
        )


class Refresh(nn.Module):
    """The online template is cut anew where the score is high."""

    def __init__(self, online: Cut, width: int) -> None:
        super().__init__()
        self.online, self.width = online, width

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        old, score = values[self.width :]
        fresh = kernel_of(self.online(*values[: self.width]))
        return (torch.where((score > 0.1)[:, None, None, None], fresh, old),)


class Next(nn.Module):
    """The running mean of the score."""

    def forward(self, mean: Tensor, score: Tensor) -> tuple[Tensor, ...]:
        return (0.9 * mean + 0.1 * score,)


TEMPLATE_CROP = AreaCrop(TEMPLATE, 1.0, (0, 0, 0), (1, 1, 1))
SEARCH_CROP = AreaCrop(SEARCH, 3.0, (0, 0, 0), (1, 1, 1))
CROPS = {"template": TEMPLATE_CROP, "online": TEMPLATE_CROP, "search": SEARCH_CROP}


def program(name: str, module: nn.Module, inputs: Sequence[Slot], outputs: Sequence[Slot]) -> StageProgram:
    traced = fx.Graph()
    root = nn.Module()
    root.add_module("body", module)
    names = [traced.placeholder(f"value_{index}") for index in range(len(inputs))]
    call = traced.call_module("body", tuple(names))
    traced.output(tuple(traced.call_function(lambda t, i: t[i], (call, i)) for i in range(len(outputs))))
    return StageProgram(name, fx.GraphModule(root, traced), tuple(inputs), tuple(outputs))


def correlation_tracker(
    lowering: str,
    refresh_every: int | None = None,
    offset: Tensor | Callable[[], Tensor] | None = None,
    calls: list[str] | None = None,
) -> Tracker:
    """The little tracker; `lowering` is "host" or "graph". Each program that runs adds its name to `calls`."""
    width = len(places("search", lowering))
    kernel, online = Slot("cache.kernel", "cache", True), Slot("cache.online", "cache", True)
    mean, score = Slot("state.mean", "state", True), Slot("output.score", "output", True)
    target, boxes = Slot("target", "target", True), Slot("boxes", "boxes", True)
    windows = {name: Slot(f"{name}.windows", "windows", True) for name in CROPS}
    template_places, online_places = places("template", lowering), places("online", lowering)
    given = torch.zeros(4) if offset is None else offset
    step = Step(Cut(SEARCH_CROP, lowering), width, given if callable(given) else lambda: given)
    moved = (target, boxes, Slot("held", "held", True), windows["search"], windows["online"])
    cut = Cut(TEMPLATE_CROP, lowering)
    borders = [Slot(f"{name}.border", "border") for name in CROPS]
    programs = [
        program("begin", Begin(SEARCH_CROP), [boxes], [target]),
        program("border", Border(tuple(CROPS.values())), [Slot("frame", "frame")], borders),
        program("aim", Aim(tuple(CROPS.values())), [target], list(windows.values())),
        program("init", Init(cut, cut, width), (*template_places, *online_places), (kernel, online, mean)),
        program(
            "step",
            step,
            (*places("search", lowering), target, kernel, online),
            (Slot("output.box", "output", True), score, *moved),
        ),
        program("refresh.online", Refresh(cut, width), (*online_places, online, score), (online,)),
        program("next", Next(), (mean, score), (mean,)),
    ]
    if refresh_every is None:
        del programs[-2]
    plan = Plan(
        name="Correlation",
        crops=(
            CropInput("template", "template", TEMPLATE_CROP.rule, None),
            CropInput("online", "template", TEMPLATE_CROP.rule, refresh_every),
            CropInput("search", "search", SEARCH_CROP.rule, None),
        ),
        crop_lowering=lowering,
        programs={found.name: found.signature for found in programs},
        outputs=("box", "score"),
    )
    return Tracker(plan, TorchEngine("eager", "cpu", "fp32", {p.name: heard(p, calls) for p in programs}))


def heard(program: StageProgram, calls: list[str] | None) -> Callable[..., Any]:
    def run(*values: Tensor) -> Any:
        if calls is not None:
            calls.append(program.name)
        return program.module(*values)

    return run


def square_clip(frames: int = 30, seed: int = 0, size: tuple[int, int] = (200, 150)) -> Clip:
    """A textured square, 24 px, on a textured ground; frames and the true boxes x, y, w, h."""
    random = np.random.default_rng(seed)
    width, height = size
    ground = random.integers(40, 120, (height, width, 3), dtype=np.uint8)
    square = random.integers(100, 255, (6, 6, 3), dtype=np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    clip, boxes = [], []
    for index in range(frames):
        x = 60 + 3 * index % 90 if seed % 2 == 0 else 110 - 2 * index
        y = 50 + index
        frame = ground.copy()
        frame[y : y + 24, x : x + 24] = square
        clip.append(frame)
        boxes.append((x, y, 24, 24))
    return clip, np.array(boxes, dtype=np.float64)


@pytest.fixture
def make_tracker() -> Callable[..., Tracker]:
    return correlation_tracker


@pytest.fixture
def make_clip() -> Callable[..., Clip]:
    return square_clip
