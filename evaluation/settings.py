"""`sotc.toml`: what a folder says about the commands that run below it. Read here once, for all."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..compiler.user_error import UserError
from ..dsl.suggest import did_you_mean, nearest

NAME = "sotc.toml"

EXAMPLE = 'it may hold: [trust] python = ["my_lab.*"], and [data] root = "/data" or otb = "/data/OTB100"'

ALL = "root"
"""the entry of `[data]` that holds for every data set"""


class ConfigError(UserError):
    """A `sotc.toml` that cannot be read, or says something that is not known."""

    code: ClassVar[str] = "SOT803"


@dataclass(frozen=True)
class Config:
    """What the nearest `sotc.toml` says; nothing where there is none."""

    path: Path | None = None
    trusted: tuple[str, ...] = ()
    """`[trust] python = ["my_lab.*"]`: modules that `use python` may import, with `*` for any text"""
    roots: tuple[tuple[str, Path], ...] = ()
    """`[data] lasot = "/data/LaSOT"`: where data sets lie; `root` is a folder that holds them all"""


def load(folder: Path | None = None) -> Config:
    """The configuration of the nearest `sotc.toml`, in `folder` (the working one) or above it.

    Raises ConfigError for one that is not TOML, or has an entry that is not known.
    """
    start = (folder or Path.cwd()).resolve()
    found = next((place / NAME for place in (start, *start.parents) if (place / NAME).is_file()), None)
    return Config() if found is None else read(found)


def read(path: Path) -> Config:
    """One file. Raises ConfigError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:  # not UTF-8, not TOML, too many digits, nested too deep
        raise ConfigError(f"{path} is not TOML: {problem}", "mend it, or move it away") from None
    for section, entries in table.items():
        if section not in ("trust", "data") or not isinstance(entries, dict):
            raise ConfigError(f"{path} has an entry that is not known, below `{section}`", EXAMPLE)
    return Config(path, trusted_of(path, table.get("trust", {})), roots_of(path, table.get("data", {})))


def at_home(path: str | os.PathLike[str]) -> Path:
    """`~/data` and `~user/data` in full; as it is where there is no such user: then it is not found."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 (pathlib raises for a user who is not known)


def trusted_of(path: Path, entries: dict[str, object]) -> tuple[str, ...]:
    """`[trust]`"""
    if set(entries) - {"python"}:
        raise ConfigError(f"{path} has an entry that is not known, below `trust`", EXAMPLE)
    patterns = entries.get("python", [])
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise ConfigError(f"`[trust] python` in {path} is not a list of module names", EXAMPLE)
    return tuple(patterns)


def roots_of(path: Path, entries: dict[str, object]) -> tuple[tuple[str, Path], ...]:
    """`[data]`: folders, relative to that of the file; `~` is the user's own."""
    if not entries:
        return ()
    from .datasets.catalogue import every_name

    known = (ALL, *every_name())
    roots = []
    for name, value in entries.items():
        if name.casefold() not in known:
            meant = did_you_mean(nearest(name.casefold(), known)) or "`sotc data list` names them"
            raise ConfigError(f"`[data] {name}` in {path} is no data set that is known", meant)
        if not isinstance(value, str) or not value:
            raise ConfigError(f"`[data] {name}` in {path} is not a folder in quotes", EXAMPLE)
        roots.append((name.casefold(), path.parent / at_home(value)))
    return tuple(roots)
