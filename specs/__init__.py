"""The specs that ship, and how a spec is found: by its path, or by the name of one that ships."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from ..compiler.user_error import UserError
from ..dsl.suggest import did_you_mean, nearest

SUFFIX = ".sot"
ARTIFACT_SUFFIX = ".sotx"
FOLDER = Path(__file__).parent


class UnknownSpecError(UserError):
    """A spec that was named, and that is neither a file nor one that ships."""

    code: ClassVar[str] = "SOT802"


def names() -> tuple[str, ...]:
    """Names of the specs that ship, sorted: `nanotrack_v2` for `nanotrack_v2.sot`."""
    return tuple(sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}")))


def locate(spec: str | os.PathLike[str]) -> str:
    """The path of a spec that was named on a command line or in Python.

    What has a folder or the suffix `.sot` is a path and comes back as it is (whether it can be read is for
    the resolver to say); a bare name (`nanotrack_v2`) is a file here, or the spec of that name that ships.

    Raises UnknownSpecError for a name that is neither, with the names that are near it.
    """
    text = os.fspath(spec)
    if text.endswith(ARTIFACT_SUFFIX):
        raise UnknownSpecError(
            f"`{text}` is an artifact, and a spec is wanted here",
            "the commands track, bench, eval, graph, summary, diff and inspect, and `sotc.load`, take artifacts",
        )
    if is_path(text) or Path(text).is_file():
        return text
    shipped = FOLDER / f"{text}{SUFFIX}"
    if text in names():
        return str(shipped)
    raise UnknownSpecError(f"no spec is called `{text}`, and there is no such file", remedy(text))


def is_path(spec: str) -> bool:
    """Whether the text can only be a path: it has a folder, or the suffix of a spec."""
    return spec.endswith(SUFFIX) or os.sep in spec or (os.altsep is not None and os.altsep in spec)


def remedy(spec: str) -> str:
    """What to do about a name that is not found: a file beside, a near name, or all there are."""
    beside = Path(f"{spec}{SUFFIX}")
    if beside.is_file():
        return f"write the file's whole name: {beside}"
    meant = did_you_mean(nearest(spec, names()))
    return (
        meant or f"give the path of a {SUFFIX} file, or one that ships: {', '.join(names()) or 'none does'}"
    )
