"""What is known of sequences in a file of its own: attributes, sizes of frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..box_files import BoxFileError, bytes_of
from ..sequence import is_frame_size


def read_attributes(path: Path) -> dict[str, tuple[str, ...]]:
    """Attributes by sequence: JSON `{"NAME": ["occlusion"]}`, or lines `NAME,occlusion,fast motion`.

    Raises BoxFileError.
    """
    said = read_json(path)
    if said is not None:
        if not all(is_list_of(names, str) for names in said.values()):
            raise wrong(path, 'attributes are {"NAME": ["occlusion", ...]}')
        return {name: tuple(names) for name, names in said.items()}
    found = {}
    for line in text_of(path).splitlines():
        name, *attributes = (piece.strip() for piece in line.replace(":", ",", 1).split(","))
        if name:
            found[name] = tuple(attribute for attribute in attributes if attribute)
    return found


def read_sizes(path: Path) -> dict[str, tuple[int, int]]:
    """Width and height of frames by sequence: JSON `{"NAME": [640, 480]}`. Raises BoxFileError."""
    said = read_json(path)
    if said is None or not all(
        is_list_of(size, int) and len(size) == 2 and is_frame_size(*size) for size in said.values()
    ):
        raise wrong(path, 'sizes are {"NAME": [width, height], ...}')
    return {name: (size[0], size[1]) for name, size in said.items()}


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where it does not begin as one. Raises BoxFileError."""
    text = text_of(path)
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise wrong(path, f"it is no JSON from line {error.lineno} on") from error
    except (ValueError, RecursionError) as error:
        raise wrong(path, "it is no JSON of names: too many digits, or nested too deep") from error
    assert isinstance(found, dict)
    return found


def text_of(path: Path) -> str:
    """Raises BoxFileError where it is not UTF-8."""
    try:
        return bytes_of(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(path, "it is no text in UTF-8") from error


def is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)  # true is no number


def wrong(path: Path, what: str) -> BoxFileError:
    return BoxFileError(f"`{path}` does not read: {what}", "see `sotc metrics --help`")
