"""The images of a folder by their names: a large data set has a million, and few of them are ever opened."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload


class ImagePaths(Sequence[Path]):
    """Paths that are made when they are asked for; equal to any sequence of the same paths."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = tuple(names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> ImagePaths: ...
    def __getitem__(self, index: int | slice) -> Path | ImagePaths:
        if isinstance(index, slice):
            return ImagePaths(self._folder, self._names[index])
        return Path(os.path.join(self._folder, self._names[index]))  # noqa: PTH118 (pathlib's `/` is slower)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Path]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ImagePaths):
            return (self._folder, self._names) == (other._folder, other._names)
        return isinstance(other, Sequence) and len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"ImagePaths({str(self._folder)!r}, {len(self)} names)"
