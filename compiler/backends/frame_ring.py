"""Frames on their way to a CUDA device: a few places in turn, so that one frame travels while another is read."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

PLACES = 3
"""One frame that is read, one that is on its way, and one that the host fills."""

MOST_SIZES = 3
"""Frame sizes that places are kept for."""


class Staged:
    """A place for one frame: memory of the device, pinned memory of the host, and events that guard them."""

    def __init__(self, shape: tuple[int, ...], device: torch.device, stream: torch.cuda.Stream) -> None:
        with torch.inference_mode(False), torch.cuda.stream(stream):
            self.pixels = torch.empty(shape, dtype=torch.uint8, device=device)
        self.number = 0
        """counts the frames that it held"""
        self.uploaded = event()
        self.read = event()
        self.read.record(stream)  # its memory may have served something else on that stream
        self._buffer: Tensor | None = None

    def filled(self, pixels: NDArray[Any] | Tensor) -> Tensor:
        """The frame in pinned memory of our own; waits only where the host is `PLACES` frames ahead."""
        if self._buffer is None:
            self._buffer = pinned(tuple(self.pixels.shape), torch.uint8)
        self.uploaded.synchronize()
        if isinstance(pixels, Tensor):
            self._buffer.copy_(pixels)
        else:
            self._buffer.numpy()[:] = pixels
        return self._buffer


class FrameRing:
    """The places of one session. `reader` is the stream that reads the frames."""

    def __init__(self, device: torch.device, reader: torch.cuda.Stream) -> None:
        self._device, self._reader = device, reader
        self._up = stream_on(device)
        self._places: OrderedDict[tuple[int, ...], list[Staged]] = OrderedDict()
        self._by_tensor: dict[int, Staged] = {}

    def upload(self, pixels: NDArray[Any] | Tensor) -> Tensor:
        """Start to copy a frame to the device; whoever reads the result waits for `staged(result).uploaded`.

        A pinned tensor is read until then; any other frame may be overwritten at once.
        """
        staged = self._next(tuple(pixels.shape))
        if isinstance(pixels, Tensor) and pixels.is_contiguous() and pixels.is_pinned():
            source = pixels
        else:
            source = staged.filled(pixels)
        with torch.cuda.stream(self._up):
            self._up.wait_event(staged.read)
            staged.pixels.copy_(source, non_blocking=True)
            staged.uploaded.record(self._up)
        staged.number += 1
        return staged.pixels

    def staged(self, value: Tensor) -> Staged | None:
        """The place of a frame that `upload` gave; None for any other value."""
        return self._by_tensor.get(id(value))

    def _next(self, shape: tuple[int, ...]) -> Staged:
        """The place that was used longest ago."""
        if shape not in self._places:
            self._make(shape)
        self._places.move_to_end(shape)
        places = self._places[shape]
        staged = places.pop(0)
        places.append(staged)
        return staged

    def _make(self, shape: tuple[int, ...]) -> None:
        self._places[shape] = [Staged(shape, self._device, self._reader) for _ in range(PLACES)]
        self._by_tensor |= {id(staged.pixels): staged for staged in self._places[shape]}
        if len(self._places) > MOST_SIZES:
            _, dropped = self._places.popitem(last=False)
            for staged in dropped:
                self._reader.wait_event(staged.uploaded)  # its memory is free to be used once that is through
                del self._by_tensor[id(staged.pixels)]


def pinned(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Memory of the host that a device reads and writes by itself."""
    return torch.empty(shape, dtype=dtype, pin_memory=True)


def stream_on(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


def event() -> torch.cuda.Event:
    return torch.cuda.Event()  # type: ignore[no-untyped-call]
