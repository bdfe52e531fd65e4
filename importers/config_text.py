"""The text of a config, read with care: it may be anything that was named by mistake."""

from __future__ import annotations

from pathlib import Path

from ..dsl.sources import UnreadableSource, read_file
from .errors import BaseConfigError, UnreadableConfigError

LARGEST = 1024 * 1024
"""No config is longer, in bytes; the longest of MMTracking's has 30 thousand."""


def read_config(path: str, asked_by: str | None = None) -> str:
    """The text at `path`; `asked_by` is the place that names it as a base.

    Raises UnreadableConfigError, or BaseConfigError where another config asks for the file.
    """
    try:
        if Path(path).is_file() and Path(path).stat().st_size > LARGEST:
            raise UnreadableSource(path, f"it is larger than {LARGEST // 2**20} MB, which no config is")
        text = read_file(path)
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise UnreadableSource(path, f"it is not text (line {line})")
    except UnreadableSource as problem:
        if asked_by is not None:
            raise BaseConfigError(
                f"cannot read `{path}`: {problem.reason}; {asked_by} builds on it",
                "bring the file, keeping the folders as they are in its repository, or correct `_base_`",
            ) from None
        raise UnreadableConfigError(
            f"cannot read `{path}`: {problem.reason}", "name the config file of a tracker"
        ) from None
    except (OSError, ValueError) as problem:
        raise UnreadableConfigError(f"cannot read `{path}`: {problem}", "choose another path") from None
    return text


def line_of(text: str, number: int) -> str:
    """A line of a text as it is shown in a message: without margins, cut where it is very long."""
    lines = text.splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."


SHOWN = 100
