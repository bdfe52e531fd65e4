"""What `sotc.toml` lets the commands do: which modules `use python` may import."""

from __future__ import annotations

import sys
from pathlib import Path

from ..evaluation.settings import NAME, Config, ConfigError, load, read

__all__ = ["NAME", "Config", "ConfigError", "allowance", "load", "read"]


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
