"""Trains a spec to follow targets: clips made by arithmetic, pairs of crops cut out of them, and the loop.

Every clip has a target and a ground of colours and patterns of its own, drawn alike, so that the target is told from
the rest by nothing but its looks in the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sotc.compiler.network import Network
from sotc.components.crops.crop import Crop
from sotc.runtime.demo_clip import draw, ground_at, painted

WIDTH, HEIGHT = 200, 150
"""Of a frame, in pixels."""


RARE = -4.0
"""What the scores begin with, as a logit: a centre is in one cell of many (CenterNet's idea, with -2.19)."""


SIZE_SPREAD = 0.35
"""Deviation of the logarithm of the size that a search region is cut by: a tracker errs, and must find back."""


@dataclass(frozen=True)
class Clip:
    """A generated video and where its target is."""

    frames: NDArray[np.uint8]
    """[T, H, W, 3], RGB"""
    boxes: NDArray[np.float64]
    """[T, 4]: x, y, w, h, in pixels"""


def make_clip(seed: int, frames: int) -> Clip:
    """The clip of that number: the same frames each time, and others for another number."""
    random = np.random.default_rng(seed)
    ground = painted(random, 2 * WIDTH, (6, 20, 60), palette(random))
    target = painted(random, 64, (3, 6, 12), palette(random))
    boxes = path(random, frames)
    start = int(random.integers(1000))
    made = np.empty((frames, HEIGHT, WIDTH, 3), dtype=np.uint8)
    for index in range(frames):
        picture = ground_at(ground, start + index, WIDTH, HEIGHT)
        draw(picture, target, boxes[index])
        noise = random.normal(0, 2, picture.shape)
        made[index] = (picture + noise).round().clip(0, 255).astype(np.uint8)
    return Clip(made, boxes)


def palette(random: np.random.Generator) -> tuple[tuple[int, int, int], ...]:
    """Four colours."""
    return tuple((int(red), int(green), int(blue)) for red, green, blue in random.integers(0, 256, (4, 3)))


def path(random: np.random.Generator, frames: int) -> NDArray[np.float64]:
    """[T, 4] x, y, w, h: swings about the middle, at most 3 pixels a frame, and grows and shrinks."""
    time = 2 * np.pi * np.arange(frames)[:, None]
    swing = np.sin(time / random.uniform(90, 150, 2) + random.uniform(0, 7, 2))
    centre = np.array([WIDTH, HEIGHT]) * (0.5 + random.uniform(0.2, 0.33, 2) * swing)
    scale = 1 + 0.25 * np.sin(time / random.uniform(100, 200) + random.uniform(0, 7))
    size = HEIGHT * random.uniform(0.18, 0.32, 2) * scale
    return np.concatenate((centre - size / 2, size), axis=1)


def crops_of(network: Network) -> dict[str, Crop]:
    """The crops of a network by the names of its inputs."""
    found = {name: network.module.get_submodule(name) for name in ("template", "search")}
    return {name: crop for name, crop in found.items() if isinstance(crop, Crop)}


def cut(crop: Crop, frame: NDArray[np.uint8], around: NDArray[np.float64]) -> tuple[Tensor, Any]:
    """What the network sees around a box [4] x, y, w, h: [1, 3, size, size], and the view of it."""
    target = crop.start(torch.from_numpy(around[None]))
    border = crop.border(torch.from_numpy(frame)).numpy()
    pixels = crop.sample_host(frame, target.numpy(), border)
    size = torch.tensor([frame.shape[1], frame.shape[0]], dtype=torch.float64)
    return crop(torch.from_numpy(pixels)), crop.view(target, size)


def batch_of(
    crops: dict[str, Crop], clips: Sequence[Clip], count: int, random: np.random.Generator
) -> dict[str, Tensor]:
    """Pairs: a template at the target, and a search region of another frame of the clip, near the target."""
    rows: dict[str, list[Tensor]] = {"template": [], "search": [], "gt": []}
    for _ in range(count):
        clip = clips[random.integers(len(clips))]
        first, later = random.integers(len(clip.frames), size=2)
        rows["template"].append(cut(crops["template"], clip.frames[first], clip.boxes[first])[0])
        box = clip.boxes[later]
        side = np.sqrt(box[2] * box[3])
        size = box[2:] * np.exp(random.normal(0, SIZE_SPREAD, 2))
        centre = box[:2] + box[2:] / 2 + random.uniform(-1, 1, 2) * side
        search, view = cut(crops["search"], clip.frames[later], np.concatenate((centre - size / 2, size)))
        scale, middle = view.scale[0].numpy(), view.target[0, :2].numpy()
        corner = (box[:2] - middle) * scale + crops["search"].size / 2
        rows["search"].append(search)
        rows["gt"].append(torch.from_numpy(np.concatenate((corner, box[2:] * scale))[None]).float())
    return {name: torch.cat(found) for name, found in rows.items()}


def train(
    network: Network, clips: Sequence[Clip], steps: int, count: int = 16, rate: float = 1e-3
) -> list[float]:
    """The total loss of every step; the rate rises over the first tenth and falls to 0 along a cosine."""
    random = np.random.default_rng(0)
    crops = crops_of(network)
    torch.nn.init.constant_(network.module.get_submodule("head.score")[-1].bias, RARE)  # type: ignore[index]
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    network.train()
    history = []
    for _ in range(steps):
        total = network.losses(batch_of(crops, clips, count, random))["total"]
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        history.append(float(total.detach()))
    network.train(False)
    return history


def overlaps(found: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of boxes [T, 4] x, y, w, h, row by row."""
    start = np.maximum(found[:, :2], truth[:, :2])
    end = np.minimum(found[:, :2] + found[:, 2:], truth[:, :2] + truth[:, 2:])
    shared = (end - start).clip(min=0).prod(axis=1)
    return shared / (found[:, 2:].prod(axis=1) + truth[:, 2:].prod(axis=1) - shared)
