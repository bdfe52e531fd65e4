"""NanoTrack v2 as one would write it without a compiler: the modules called by hand, crop and decoding in numpy."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sotc.compiler.network import Network

CONTEXT, TEMPLATE, SEARCH, STRIDE = 0.5, 127, 255, 16
PENALTY, WINDOW, RATE = 0.15, 0.49, 0.385
SMALLEST = 10


class ByHand:
    """One target, followed as the original's loop does it; the frames are RGB `uint8`."""

    def __init__(self, network: Network, decode: bool = True) -> None:
        """`decode`: False leaves out what comes after the network, so that the box stays where it is."""
        self.parts = network.module
        self.decode = decode

    def start(self, frame: NDArray[np.uint8], box: NDArray[np.float64]) -> None:
        self.centre = box[:2] + (box[2:] - 1) / 2
        self.size = box[2:].copy()
        self.border = np.trunc(frame.mean(axis=(0, 1)))
        with torch.no_grad():
            kernel = self.parts.backbone(self.crop(frame, TEMPLATE))
            self.kernels = [
                self.projected(match, kernel) for match in (self.parts.match_cls, self.parts.match_loc)
            ]

    def projected(self, match: torch.nn.Module, kernel: Tensor) -> Tensor:
        return match.project_kernel(kernel).flatten(2).transpose(1, 2)

    def crop(self, frame: NDArray[np.uint8], size: int) -> Tensor:
        """What the network sees: slice, pad the slice, resize, BGR, float."""
        side = round(self.template_side() * size / TEMPLATE)
        left, top = np.floor(self.centre - (side + 1) / 2 + 0.5).astype(int).tolist()
        height, width = frame.shape[:2]
        patch = frame[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
        pads = (max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0))
        if any(pads):
            patch = cv2.copyMakeBorder(patch, *pads, cv2.BORDER_CONSTANT, value=self.border.tolist())
        if side != size:
            patch = cv2.resize(patch, (size, size))
        return torch.from_numpy(patch[..., ::-1].transpose(2, 0, 1).astype(np.float32))[None]

    def template_side(self) -> float:
        padded = self.size + CONTEXT * self.size.sum()
        return float(np.sqrt(padded.prod()))

    def network(self, search: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [1, 2, H, W] and distances [1, 4, H, W]."""
        parts = self.parts
        field = parts.backbone(search)
        answers = []
        for match, kernel in zip((parts.match_cls, parts.match_loc), self.kernels, strict=True):
            projected = match.project_field(field)
            response = (kernel @ projected.flatten(2)).unflatten(2, projected.shape[2:])
            answers.append(match.attention(response))
        return parts.classify(answers[0]), parts.regress(answers[1]).exp()

    def step(self, frame: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The box x, y, w, h in the next frame."""
        with torch.no_grad():
            cls, loc = self.network(self.crop(frame, SEARCH))
            if self.decode:
                score = cls.softmax(1)[0, 1].numpy().ravel()
                self.pick(score, loc[0].flatten(1).numpy(), cls.shape[-1], frame.shape)
        return np.concatenate((self.centre - self.size / 2, self.size))

    def pick(self, score: NDArray, loc: NDArray, cells: int, shape: tuple[int, ...]) -> None:
        """The best cell by score, change of shape and distance from the centre."""
        scale = TEMPLATE / self.template_side()
        steps = (np.arange(cells, dtype=np.float32) - cells // 2) * STRIDE
        points = np.stack(np.meshgrid(steps, steps)).reshape(2, -1)
        first, last = points - loc[:2], points + loc[2:]
        centre, size = (first + last) / 2, last - first
        change = mutual(side(*size) / side(*(self.size * scale)))
        ratio = mutual(self.size[0] / self.size[1] / (size[0] / size[1]))
        penalty = np.exp(-(change * ratio - 1) * PENALTY)
        window = np.outer(np.hanning(cells), np.hanning(cells)).ravel()
        best = int(np.argmax(penalty * score * (1 - WINDOW) + window * WINDOW))
        rate = penalty[best] * score[best] * RATE
        limit = np.array((shape[1], shape[0]), np.float64)
        self.centre = np.clip(self.centre + centre[:, best] / scale, 0, limit)
        self.size = np.clip(self.size * (1 - rate) + size[:, best] / scale * rate, SMALLEST, limit)


def side(width: NDArray, height: NDArray) -> NDArray:
    context = (width + height) / 2
    return np.sqrt((width + context) * (height + context))


def mutual(ratio: NDArray) -> NDArray:
    return np.maximum(ratio, 1 / ratio)
