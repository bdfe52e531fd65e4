"""Names of sequences as names of files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from .errors import ResultsError

TIME, SCORE = "_time", "_score"
"""What stands behind the name of a sequence in those of its files of times and scores."""


def refuse_names(names: Iterable[str]) -> None:
    """Raises ResultsError where names of sequences make no files, or two of them the same one."""
    taken: dict[str, str] = {}
    for name in names:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
            raise ResultsError(
                f"`{name}` names no file", "a sequence is called by letters and digits, with / for a folder"
            )
        for file in (name, f"{name}{TIME}", f"{name}{SCORE}"):
            if file in taken:
                raise ResultsError(
                    f"the sequences `{taken[file]}` and `{name}` would write the same file `{file}.txt`",
                    "rename one of them in the data set",
                )
            taken[file] = name
