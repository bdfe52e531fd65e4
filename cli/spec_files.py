"""Which files a command is to look at: those that are named, and every spec below a folder that is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from ..compiler.user_error import UserError


class NoSpecsError(UserError):
    """A folder that was named, and that has no spec in it."""

    code: ClassVar[str] = "SOT874"


def spread(names: Iterable[str]) -> Iterator[str]:
    """Every name as it is; for a folder every `.sot` file below it, sorted."""
    for name in names:
        if Path(name).is_dir():
            yield from sorted(str(path) for path in Path(name).rglob("*.sot"))
        else:
            yield name


def spec_files(names: Iterable[str]) -> list[str]:
    """The same, each once. Raises NoSpecsError for a folder without a spec."""
    found: dict[str, None] = {}
    for name in names:
        files = list(spread([name]))
        if not files:
            raise NoSpecsError(
                f"there is no .sot file in `{name}`", "name a file, or a folder with specs in it or below it"
            )
        found |= dict.fromkeys(files)
    return list(found)
