"""A small tracker, built by hand as a plan: normalised cross-correlation with the first patch, in torch.

It follows a square through a clip, with one program per stage, so that sessions are tested on real programs
without the compiler.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.nn import functional

from sotc.compiler.plan import CropInput, Plan, Slot, StageProgram
from sotc.components.crops.crop import Crop
from sotc.components.types import View

torch.set_num_threads(1)

TEMPLATE = 16
SEARCH = 48
Clip = tuple[list[NDArray[np.uint8]], NDArray[np.float64]]


class NearestCrop(Crop):
    """A window `factor` times the target's longer side, sampled at the nearest pixels."""

    def __init__(self, size: int, factor: float) -> None:
        super().__init__()
        self.size, self.factor = size, factor
        self.register_buffer("steps", torch.arange(size, dtype=torch.float64) - (size - 1) / 2)

    def start(self, box: Tensor) -> Tensor:
        return torch.cat((box[:, :2] + box[:, 2:] / 2, box[:, 2:]), dim=1)

    def border(self, frame: Tensor) -> Tensor:
        return frame.to(torch.float64).mean(dim=(0, 1)).to(torch.uint8)

    def scale(self, target: Tensor) -> Tensor:
        """Frame pixels per crop pixel, [N]."""
        return target[:, 2:].amax(dim=1) * self.factor / self.size

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        offsets = self.steps[None] * self.scale(target)[:, None]
        columns = (target[:, :1] + offsets - 0.5).round().to(torch.int64)
        rows = (target[:, 1:2] + offsets - 0.5).round().to(torch.int64)
        height, width = frame.shape[0], frame.shape[1]
        inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
            :, None, :
        ]
        patch = frame[rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]]
        return torch.where(inside[..., None], patch, border).permute(0, 3, 1, 2)

    def sample_host(
        self, frame: NDArray[np.uint8], target: NDArray[np.float64], border: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        patches = []
        for centre_x, centre_y, target_width, target_height in target:
            scale = max(target_width, target_height) * self.factor / self.size
            offsets = (np.arange(self.size) - (self.size - 1) / 2) * scale
            columns = np.rint(centre_x + offsets - 0.5).astype(int)
            rows = np.rint(centre_y + offsets - 0.5).astype(int)
            patch = np.empty((self.size, self.size, 3), np.uint8)
            patch[:] = border
            row_inside = (rows >= 0) & (rows < frame.shape[0])
            column_inside = (columns >= 0) & (columns < frame.shape[1])
            patch[np.ix_(row_inside, column_inside)] = frame[np.ix_(rows[row_inside], columns[column_inside])]
            patches.append(patch.transpose(2, 0, 1))
        return np.stack(patches)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        scale = 1 / self.scale(target)
        return View(target, scale[:, None].expand(-1, 2), frame_size)

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.float() / 255


def kernel_of(image: Tensor) -> Tensor:
    """Zero mean, unit norm: [N, 3, 16, 16]."""
    centred = image - image.mean(dim=(1, 2, 3), keepdim=True)
    return centred / centred.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()


class Cut(nn.Module):
    """A crop's image, from its pixels (host) or out of the frame (graph)."""

    def __init__(self, crop: NearestCrop, lowering: str) -> None:
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
    """The place of the best correlation; the size stays."""

    def __init__(self, search: Cut, width: int) -> None:
        super().__init__()
        self.search, self.width = search, width

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
        centre = target[:, :2] + place * self.search.crop.scale(target)[:, None]
        return torch.cat((centre, target[:, 2:]), dim=1), score.amax(dim=1)


class Refresh(nn.Module):
    """The online template is cut anew where the score is high."""

    def __init__(self, online: Cut, width: int) -> None:
        super().__init__()
        self.online, self.width = online, width

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        old, score = values[self.width :]
        fresh = kernel_of(self.online(*values[: self.width]))
        return (torch.where((score > 0.5)[:, None, None, None], fresh, old),)


class Next(nn.Module):
    """The running mean of the score."""

    def forward(self, mean: Tensor, score: Tensor) -> tuple[Tensor, ...]:
        return (0.9 * mean + 0.1 * score,)


def correlation_plan(lowering: str, refresh_every: int | None = None) -> Plan:
    """The plan of the little tracker; `lowering` is "host" or "graph"."""
    template, search = NearestCrop(TEMPLATE, 1.0), NearestCrop(SEARCH, 3.0)
    width = len(places("search", lowering))
    kernel, online = Slot("cache.kernel", "cache"), Slot("cache.online", "cache")
    mean, score = Slot("state.mean", "state"), Slot("output.score", "output")

    def program(
        name: str, module: nn.Module, inputs: tuple[Slot, ...], outputs: tuple[Slot, ...]
    ) -> StageProgram:
        traced = fx.Graph()
        root = nn.Module()
        root.add_module("body", module)
        names = [traced.placeholder(f"value_{index}") for index in range(len(inputs))]
        call = traced.call_module("body", tuple(names))
        traced.output(tuple(traced.call_function(lambda t, i: t[i], (call, i)) for i in range(len(outputs))))
        return StageProgram(name, fx.GraphModule(root, traced), inputs, outputs)

    template_places, online_places = places("template", lowering), places("online", lowering)
    refresh = program(
        "refresh.online",
        Refresh(Cut(template, lowering), width),
        (*online_places, online, score),
        (online,),
    )
    return Plan(
        name="Correlation",
        crops=(
            CropInput("template", "template", template, None),
            CropInput("online", "template", template, refresh_every),
            CropInput("search", "search", search, None),
        ),
        crop_lowering=lowering,
        init=program(
            "init",
            Init(Cut(template, lowering), Cut(template, lowering), width),
            (*template_places, *online_places),
            (kernel, online, mean),
        ),
        step=program(
            "step",
            Step(Cut(search, lowering), width),
            (*places("search", lowering), Slot("target", "target"), kernel, online),
            (Slot("output.box", "output"), score),
        ),
        refresh=(refresh,) if refresh_every is not None else (),
        next=program("next", Next(), (mean, score), (mean,)),
        outputs=("box", "score"),
        device=torch.device("cpu"),
        warnings=(),
    )


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
def make_plan() -> Callable[..., Plan]:
    return correlation_plan


@pytest.fixture
def make_clip() -> Callable[..., Clip]:
    return square_clip
