"""Images on disk as a video: a folder in natural order, a glob, or a numbered pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import SourceError
from .quiet import quiet
from .source import VideoFrame

SUFFIXES = (".avif", ".bmp", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")

NUMBERED = re.compile(r"%(0?)(\d*)d")
"""`%05d` in `img/%05d.jpg`"""


@dataclass(frozen=True)
class ImageSource:
    """Image files, each a frame. They may differ in size."""

    name: str
    paths: tuple[Path, ...]
    rate: float | None = None

    @property
    def length(self) -> int:
        return len(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[VideoFrame]:
        for index, path in enumerate(self.paths):
            yield read_image(index, path)


def natural_key(path: Path) -> tuple[list[str | int], str]:
    """`frame9` before `frame10`; where only case or zeros differ, by the name as it is."""
    pieces = re.split(r"(\d+)", path.name.casefold())
    return [int(piece) if piece.isdecimal() else piece for piece in pieces], path.name


def open_folder(folder: Path) -> ImageSource:
    """The images of a folder in natural order; hidden files are passed over. Raises SourceError for none."""
    try:
        found = [path for path in folder.iterdir() if is_image(path)]
    except OSError as error:
        raise SourceError(
            f"the folder `{folder}` cannot be read: {error.strerror}", "check its permissions"
        ) from error
    if found:
        return ImageSource(str(folder), tuple(sorted(found, key=natural_key)))
    inner = [
        path for path in sorted(folder.iterdir()) if path.is_dir() and any(map(is_image, path.iterdir()))
    ]
    remedy = (
        f"did you mean `{inner[0]}`?" if inner else f"images are told by their names: {', '.join(SUFFIXES)}"
    )
    raise SourceError(f"the folder `{folder}` has no images", remedy)


def open_pattern(pattern: str) -> ImageSource:
    """The images that a glob (`img/*.jpg`) or a numbered pattern (`img/%05d.jpg`) names, in natural order.

    Raises SourceError where it names none.
    """
    numbered = NUMBERED.search(Path(pattern).name)
    matched = numbered_files(Path(pattern)) if numbered else globbed(pattern)
    found = [path for path in matched if is_image(path)]
    if not found:
        raise SourceError(
            f"no image matches `{pattern}`",
            f"{len(matched)} other files do; images are told by their names: {', '.join(SUFFIXES)}"
            if matched
            else "quote the pattern, so that the shell leaves it alone, and check the folder",
        )
    return ImageSource(pattern, tuple(sorted(found, key=natural_key)))


def globbed(pattern: str) -> list[Path]:
    """The paths that a glob names, from the root or from here."""
    path = Path(pattern)
    return list(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))


def is_pattern(text: str) -> bool:
    return any(mark in text for mark in "*?[") or NUMBERED.search(Path(text).name) is not None


def numbered_files(pattern: Path) -> list[Path]:
    """The files of which the name fits `%d` or `%05d` in the pattern's name."""
    place = NUMBERED.search(pattern.name)
    if place is None or not pattern.parent.is_dir():
        return []
    digits = rf"\d{{{place[2]},}}" if place[1] and place[2] else r"\d+"
    name = re.compile(
        re.escape(pattern.name[: place.start()]) + digits + re.escape(pattern.name[place.end() :])
    )
    return [path for path in pattern.parent.iterdir() if name.fullmatch(path.name)]


def is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def read_image(index: int, path: Path) -> VideoFrame:
    """An image file as RGB; a frame without pixels where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return VideoFrame(index, path.name, None, f"it cannot be read: {error.strerror}")
    if not data:
        return VideoFrame(index, path.name, None, "it is empty")
    if is_cut_off(data):
        return VideoFrame(index, path.name, None, "it is cut off")
    pixels = decode_image(data)
    if pixels is None:
        return VideoFrame(index, path.name, None, "it is no image, or a damaged one")
    return VideoFrame(index, path.name, pixels)


def is_cut_off(data: bytes) -> bool:
    """Whether a JPEG ends before its end-of-image marker: some decoders give such a one with a grey rest."""
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda")


def decode_image(data: bytes) -> NDArray[np.uint8] | None:
    """RGB `uint8` [H, W, 3] of an encoded image (grey and 16-bit ones too); None for a damaged one."""
    try:
        with quiet():
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else to_rgb(image)


def to_rgb(image: object) -> NDArray[np.uint8]:
    """OpenCV's BGR, as RGB."""
    return np.asarray(cv2.cvtColor(np.asarray(image, np.uint8), cv2.COLOR_BGR2RGB), np.uint8)
