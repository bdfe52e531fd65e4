"""A workspace of the VOT toolkit: `config.yaml` says which experiments, which trackers and where sequences lie."""

from __future__ import annotations

import json
from pathlib import Path

from .change import Change
from .errors import RegistrationError
from .registry import NAME as REGISTRY

NAME = "config.yaml"

SEQUENCES = "sequences"


def configuration(stack: str) -> str:
    """The text. A text in JSON's quotes is one in YAML, too."""
    return f"registry:\n- {json.dumps(f'./{REGISTRY}')}\nsequences: {SEQUENCES}\nstack: {json.dumps(stack)}\n"


def stack_of(folder: Path, given: str) -> str:
    """The name of one of the toolkit's own stacks, or the whole path of a file: beside the workspace, or from here."""
    for place in (folder / given, Path(given)):
        if place.is_file():
            return str(place.resolve())
    if given.endswith((".yaml", ".yml")):
        raise RegistrationError(
            f"there is no stack `{given}`",
            "name a file, or a stack of the toolkit such as vot2022/shorttermbox, vot2020/shortterm, vot2018/shortterm",
        )
    return given


def configure(folder: Path, stack: str, replace: bool) -> Change:
    """Make a folder a workspace. Raises RegistrationError where it is another one, unless `replace`."""
    path, text = folder / NAME, configuration(stack_of(folder, stack))
    if not path.exists():
        return Change(path, text, "wrote")
    if path.read_bytes() == text.encode("utf-8"):
        return Change(path, text, "unchanged")
    if not replace:
        raise RegistrationError(
            f"`{path}` is there already, and says other than --stack {stack}",
            "leave --stack away: the tracker alone is entered; or --force: it replaces the file",
        )
    return Change(path, text, "replaced")
