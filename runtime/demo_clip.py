"""A short clip made by arithmetic: a textured target on a textured ground, with its exact boxes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

TARGET_SIDE = 128
"""Side of the picture that the target is drawn from, in pixels."""
TARGET_COLOURS = ((214, 92, 48), (244, 196, 76), (58, 44, 84), (236, 232, 214))
GROUND_COLOURS = ((96, 120, 88), (62, 86, 72), (140, 136, 112), (110, 108, 124))
NOISE = 2.0
"""Standard deviation of the sensor's noise, in grey levels."""


def make_clip(
    frames: int = 150, width: int = 320, height: int = 240, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Frames [T, H, W, 3] RGB and the target's boxes [T, 4] x, y, w, h in pixels, the same for the same arguments.

    The target moves on a closed curve and grows and shrinks by a third; the ground moves under it and turns, and the
    light changes slowly. Pixel `j` covers `j .. j + 1`. The target is wholly in every frame.
    Raises ValueError for a clip of no frames or smaller than 64 pixels.
    """
    if frames < 1 or min(width, height) < 64:
        raise ValueError(
            f"a clip needs a frame and 64 x 64 pixels, not {frames} frames of {width} x {height}"
        )
    random = np.random.default_rng(seed)
    target = painted(random, TARGET_SIDE, cells=(4, 8, 16), colours=TARGET_COLOURS)
    ground = painted(random, 2 * max(width, height), cells=(6, 20, 60), colours=GROUND_COLOURS)
    boxes = target_boxes(frames, width, height)
    clip = np.empty((frames, height, width, 3), dtype=np.uint8)
    for index, box in enumerate(boxes):
        picture = ground_at(ground, index, width, height)
        draw(picture, target, box)
        light = 1 + 0.08 * np.sin(2 * np.pi * index / 90)
        noise = random.normal(0, NOISE, picture.shape)
        clip[index] = (picture * light + noise).round().clip(0, 255).astype(np.uint8)
    return clip, boxes


def target_boxes(frames: int, width: int, height: int) -> NDArray[np.float64]:
    """[T, 4] x, y, w, h: a closed curve of 120 frames; the size follows another of 160."""
    time = 2 * np.pi * np.arange(frames, dtype=np.float64)
    centre_x = width * (0.5 + 0.26 * np.sin(time / 120))
    centre_y = height * (0.5 + 0.2 * np.sin(time / 60 + 0.7))
    scale = 1 + 0.33 * np.sin(time / 160)
    side = min(width, height)
    box_width, box_height = 0.2 * side * scale, 0.25 * side * scale
    return np.stack((centre_x - box_width / 2, centre_y - box_height / 2, box_width, box_height), axis=1)


def painted(
    random: np.random.Generator, side: int, cells: tuple[int, ...], colours: tuple[tuple[int, int, int], ...]
) -> NDArray[np.float32]:
    """[side, side, 3]: patches of a few colours with soft borders, finer patches in weaker contrast over coarser."""
    palette = np.array(colours, dtype=np.float32)
    picture = np.full((side, side, 3), palette.mean(axis=0), dtype=np.float32)
    for level, count in enumerate(cells):
        patches = palette[random.integers(0, len(palette), (count, count))]
        fine = cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC)
        picture += (fine - palette.mean(axis=0)) * 0.8**level / 1.5
    return picture.clip(0, 255)


def ground_at(ground: NDArray[np.float32], index: int, width: int, height: int) -> NDArray[np.float32]:
    """What the camera sees of the ground in one frame: it drifts and rolls by a few degrees."""
    middle = len(ground) / 2
    angle = np.deg2rad(6 * np.sin(2 * np.pi * index / 110))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    drift = 0.12 * width * np.array([np.sin(2 * np.pi * index / 100), np.cos(2 * np.pi * index / 130)])
    corner = middle + drift - turn @ (np.array([width, height]) / 2)
    matrix = np.column_stack((turn, corner))
    seen = cv2.warpAffine(ground, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(seen, dtype=np.float32)


def draw(picture: NDArray[np.float32], target: NDArray[np.float32], box: NDArray[np.float64]) -> None:
    """Put the target into the picture so that it fills the box exactly; pixels at its edge are shared."""
    height, width = picture.shape[:2]
    x, y, box_width, box_height = box
    across, down = len(target) / box_width, len(target) / box_height
    # Pixel middles: j + 0.5 in the frame is (j + 0.5 - x) * across in the target's picture.
    matrix = np.array([[across, 0, (0.5 - x) * across - 0.5], [0, down, (0.5 - y) * down - 0.5]])
    drawn = cv2.warpAffine(
        target,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    cover = covered(height, y, box_height)[:, None, None] * covered(width, x, box_width)[None, :, None]
    picture += (drawn - picture) * cover


def covered(length: int, start: float, extent: float) -> NDArray[np.float32]:
    """[length]: which share of each pixel lies in `start .. start + extent`."""
    pixel = np.arange(length)
    shared = np.minimum(pixel + 1, start + extent) - np.maximum(pixel, start)
    return shared.clip(0, 1).astype(np.float32)
