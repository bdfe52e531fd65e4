"""Video files decoded by torchcodec: by FFmpeg on the CPU, or by NVDEC on a CUDA device, where it is installed.

On the CPU it gives OpenCV's pixels and takes about its time (0.9 of it, MPEG-4 and H.264). It is there for NVDEC, whose
frames never leave the device. No GPU has run that yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SourceError
from .source import VideoFrame

DEVICES = {"torchcodec": "cpu", "nvdec": "cuda"}
"""Where each decoder of this file leaves its frames."""

MOST_DAMAGED = 250
"""After so many frames in a row that cannot be decoded, the rest of a video is given up."""


@dataclass(frozen=True)
class TorchcodecSource:
    """A video file. A frame that cannot be decoded comes without pixels."""

    name: str
    path: Path
    length: int | None
    rate: float | None
    device: str = "cpu"
    """on `cuda` frames are tensors of the device, else arrays"""

    def __iter__(self) -> Iterator[VideoFrame]:
        decoder = opened(self.path, self.device)
        failed = 0
        for index in range(len(decoder)):
            try:
                pixels = decoder[index]
            except Exception as error:  # FFmpeg's errors come as several kinds
                failed += 1
                if failed > MOST_DAMAGED:
                    return
                problem = f"it cannot be decoded: {first_line(error)}"
                yield VideoFrame(index, f"frame {index}", None, problem)
                continue
            failed = 0
            yield VideoFrame(index, f"frame {index}", pixels if self.device == "cuda" else pixels.numpy())


def open_by_torchcodec(path: Path, decoder: str) -> TorchcodecSource:
    """A video file. Raises SourceError: torchcodec is missing or does not start, or the file is no video."""
    made = opened(path, DEVICES[decoder])
    rate = made.metadata.average_fps
    return TorchcodecSource(str(path), path, len(made), rate if rate else None, DEVICES[decoder])


def opened(path: Path, device: str) -> Any:
    """torchcodec's decoder, giving RGB `uint8` [H, W, 3]."""
    try:
        from torchcodec.decoders import VideoDecoder  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise SourceError(
            "the decoder torchcodec is not installed",
            f"pip install torchcodec, or leave out --decoder: {error}",
        ) from error
    except (
        RuntimeError,
        OSError,
    ) as error:  # its libraries, or FFmpeg's, are not those that it was built for
        raise SourceError(
            f"the decoder torchcodec does not start: {first_line(error)}",
            "it needs FFmpeg's shared libraries and a build for this PyTorch; or leave out --decoder",
        ) from error
    try:
        return VideoDecoder(str(path), dimension_order="NHWC", num_ffmpeg_threads=1, device=device)
    except Exception as error:
        raise SourceError(
            f"torchcodec cannot open the video `{path}`: {first_line(error)}",
            "try it without --decoder: OpenCV reads some that it does not",
        ) from error


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
