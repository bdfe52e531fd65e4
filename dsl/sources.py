"""The texts of spec files: read once, remembered for rendering; some may exist in memory only."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parser import ParseResult

LARGEST = 16 * 1024 * 1024
"""No spec is longer, in bytes; something that is was named by mistake."""

SHIPPED = Path(__file__).resolve().parent.parent / "specs"
"""The specs and blocks that come with the package."""


class UnreadableSource(Exception):  # noqa: N818  (it is a finding about a file, not a failure of ours)
    """A file that is no readable text. `reason` says why, in words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Sources:
    """Texts by path. Virtual texts (an editor's unsaved file, a test's) come before files of that path."""

    def __init__(
        self,
        virtual: Mapping[str, str] | None = None,
        trees: MutableMapping[tuple[str, str], ParseResult] | None = None,
    ) -> None:
        self._texts: dict[str, str] = {}
        self.trees: MutableMapping[tuple[str, str], ParseResult] = {} if trees is None else trees
        """by path and text, what was read of it: reading it again (for another tracker of the file) costs nothing"""
        for path, text in (virtual or {}).items():
            self.add(path, text)

    def add(self, path: str, text: str) -> None:
        """Remember `text` as what stands at `path`."""
        self._texts[path] = text

    def read(self, path: str) -> str:
        """The text at `path`; raises UnreadableSource."""
        if path not in self._texts:
            self._texts[path] = read_file(path)
        return self._texts[path]

    def text(self, path: str) -> str | None:
        """The text at `path` if it was read before; reads nothing."""
        return self._texts.get(path)

    def paths(self) -> tuple[str, ...]:
        """The paths of all texts that were read, in the order of reading."""
        return tuple(self._texts)

    def exists(self, path: str) -> bool:
        return path in self._texts or Path(path).is_file()


def read_file(path: str) -> str:
    """The text of a file, line ends as they are. Raises UnreadableSource."""
    file = Path(path)
    try:
        if file.is_dir():
            raise UnreadableSource(path, "it is a folder")
        if not file.exists():
            raise UnreadableSource(path, "there is no such file")
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UnreadableSource(path, reason_of(error)) from error
    if len(data) > LARGEST:
        raise UnreadableSource(path, f"it is larger than {LARGEST // 2**20} MB, which no spec is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableSource(path, f"it is not UTF-8 text (line {line})") from error


def reason_of(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "there is no permission to read it"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


def identity(path: str) -> str:
    """One string for all ways to write the path of one file."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a path that cannot be one, which reading it will tell
        return path
