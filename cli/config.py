"""`sotc.toml`: what a folder says about the commands that run below it."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..compiler.user_error import UserError

NAME = "sotc.toml"


class ConfigError(UserError):
    """A `sotc.toml` that cannot be read, or says something that is not known."""

    code: ClassVar[str] = "SOT803"


@dataclass(frozen=True)
class Config:
    """What the nearest `sotc.toml` says; nothing where there is none."""

    path: Path | None = None
    trusted: tuple[str, ...] = ()
    """`[trust] python = ["my_lab.*"]`: modules that `use python` may import, with `*` for any text"""


def load(folder: Path | None = None) -> Config:
    """The configuration of the nearest `sotc.toml`, in `folder` (the working one) or above it.

    Raises ConfigError for one that is not TOML, or has an entry that is not known.
    """
    start = (folder or Path.cwd()).resolve()
    found = next((place / NAME for place in (start, *start.parents) if (place / NAME).is_file()), None)
    return Config() if found is None else read(found)


def read(path: Path) -> Config:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}", "mend it, or move it away") from None
    example = 'it may hold: [trust] python = ["my_lab.*"]'
    for section, known in table.items():
        if section != "trust" or not isinstance(known, dict) or set(known) - {"python"}:
            raise ConfigError(f"{path} has an entry that is not known, below `{section}`", example)
    patterns = table.get("trust", {}).get("python", [])
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise ConfigError(f"`[trust] python` in {path} is not a list of module names", example)
    return Config(path, tuple(patterns))


def allowance(flag: bool) -> bool | tuple[str, ...]:
    """What `use python` may import: anything under `--allow-python`, else what `sotc.toml` trusts.

    Where something may be imported, modules are found in the working folder and in that of `sotc.toml`, too;
    both come last in the search, so that a file there shadows nothing.
    """
    config = load()
    if not flag and not config.trusted:
        return False
    for place in (Path.cwd(), *([config.path.parent] if config.path else [])):
        if str(place) not in sys.path:
            sys.path.append(str(place))
    return flag or config.trusted
