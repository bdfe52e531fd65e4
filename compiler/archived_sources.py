"""Spec files into an artifact and out of it: recorded while a spec is read, and a closed world afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ..dsl.sources import SHIPPED, Sources, UnreadableSource, identity

OWN = "spec"
"""The folder of the user's spec files in an artifact, laid out as they were."""

OF_SOTC = "shipped"
"""The folder of those that ship with sotc."""


class RecordingSources(Sources):
    """Remembers which files were read, so that an artifact takes these and no others."""

    def __init__(self, virtual: Mapping[str, str] | None = None) -> None:
        super().__init__(virtual)
        self.seen: dict[str, str] = {}
        """texts by path"""

    def read(self, path: str) -> str:
        text = super().read(path)
        self.seen[path] = text
        return text


class ArchivedSources(Sources):
    """The spec files of an artifact and nothing else: no file of the machine is read for them.

    A shipped file that a spec uses is found wherever the spec looks for it: one such as `blocks/x.sot` at any
    path that ends so.
    """

    def __init__(self, root: str, files: Mapping[str, str]) -> None:
        """`files` are texts by member name; they stand at `root/member`."""
        super().__init__({f"{root}/{name}": text for name, text in files.items()})
        self._root = root
        self._files = dict(files)

    def member(self, path: str) -> str | None:
        """The member that stands for `path`."""
        posix = Path(path).as_posix()
        own = posix.removeprefix(f"{Path(self._root).as_posix()}/")
        if own in self._files:
            return own
        shipped = [name for name in sorted(self._files) if name.startswith(f"{OF_SOTC}/")]
        return next((name for name in shipped if posix.endswith(name.removeprefix(OF_SOTC))), None)

    def read(self, path: str) -> str:
        member = self.member(path)
        if member is None:
            raise UnreadableSource(path, "it is not in the artifact")
        self.add(path, self._files[member])
        return self._files[member]

    def exists(self, path: str) -> bool:
        return self.member(path) is not None


def member_names(paths: list[str]) -> dict[str, str]:
    """Where each spec file stands in an artifact: `shipped/...`, or `spec/...` below the folder of them all."""
    real = {path: identity(path) for path in paths}
    shipped = identity(str(SHIPPED))
    own = [place for place in real.values() if not within(place, shipped)]
    root = os.path.commonpath([Path(place).parent for place in own]) if own else ""
    names = {}
    for path, place in real.items():
        folder, top = (OF_SOTC, shipped) if within(place, shipped) else (OWN, root)
        names[path] = str(PurePosixPath(folder, Path(os.path.relpath(place, top)).as_posix()))
    return names


def within(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder
