"""What an artifact says of itself: `manifest.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .archive import REMEDY, ArtifactError

FORMAT = 1
"""The format of artifacts written here; higher ones are refused."""

NAME = "manifest.json"

CONVENTIONS: Mapping[str, str] = {
    "frames": "RGB uint8 [H, W, 3]; a crop that wants BGR swaps by itself",
    "boxes": "x, y, w, h in pixels of the frame, x and y being the top left corner, given and returned as floats",
    "targets": "centre x, centre y, w, h in float64; the box covers centre - size/2 to centre + size/2",
    "crop_pixels": "uint8, by OpenCV on the host or by a gather in the graph, which agree within one grey level",
}
"""How its numbers are meant; the crop's own rules are those of its component and settings, listed with it."""

LICENCE = "the weights keep the licence of the checkpoint that they were read from"


@dataclass(frozen=True)
class CropNote:
    """A template or search, as it was when the artifact was made."""

    name: str
    keyword: str
    component: str
    settings: dict[str, Any]
    refresh_every: int | None


@dataclass(frozen=True)
class Member:
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    format: int
    name: str
    """of the tracker"""
    spec: str
    """the member that declares it"""
    tracker: str | None
    """which tracker of the file; None for its last"""
    params: dict[str, str]
    """as given on the command line, `--set`"""
    backend: str
    outputs: tuple[str, ...]
    crops: tuple[CropNote, ...]
    python: tuple[str, ...]
    """modules that the spec imports: they are not in the artifact, and loading it must be allowed to"""
    parameters: int
    checkpoint: str | None
    """SHA-256 of the file that the weights were read from"""
    weights_source: str
    """where such checkpoints come from, in the words of the spec's key map"""
    licence: str
    conventions: dict[str, str]
    versions: dict[str, str]
    """of sotc and torch, when it was made"""
    members: dict[str, Member]
    """every other member"""

    def to_json(self) -> bytes:
        return (json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parse_manifest(path: str, data: bytes) -> Manifest:
    """The manifest of the artifact at `path`. Raises ArtifactError where it makes no sense, or is newer."""
    try:
        table = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"`{path}` has a manifest that cannot be read", REMEDY) from error
    version = table.get("format") if isinstance(table, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ArtifactError(f"`{path}` has a manifest without a format version", REMEDY)
    if version > FORMAT:
        raise ArtifactError(
            f"`{path}` has format {version}; this sotc reads up to format {FORMAT}",
            "update sotc, or make the artifact anew with this version",
        )
    try:
        return manifest_of(table)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ArtifactError(f"`{path}` has a manifest that makes no sense: {error}", REMEDY) from error


def manifest_of(table: dict[str, Any]) -> Manifest:
    """A manifest from JSON, every field of its type. Raises TypeError, KeyError, ValueError, AttributeError."""
    known = {field.name for field in fields(Manifest)}
    if set(table) != known:
        odd = sorted(set(table) ^ known)
        raise ValueError(f"`{odd[0]}` is {'missing' if odd[0] in known else 'unknown'}")
    return Manifest(
        format=table["format"],
        name=text(table, "name"),
        spec=text(table, "spec"),
        tracker=None if table["tracker"] is None else text(table, "tracker"),
        params=texts_by_name(table, "params"),
        backend=text(table, "backend"),
        outputs=texts(table, "outputs"),
        crops=tuple(CropNote(**crop) for crop in table["crops"]),
        python=texts(table, "python"),
        parameters=int(table["parameters"]),
        checkpoint=None if table["checkpoint"] is None else text(table, "checkpoint"),
        weights_source=text(table, "weights_source"),
        licence=text(table, "licence"),
        conventions=texts_by_name(table, "conventions"),
        versions=texts_by_name(table, "versions"),
        members={
            str(name): Member(text(entry, "sha256"), int(entry["size"]))
            for name, entry in table["members"].items()
        },
    )


def text(table: Mapping[str, Any], name: str) -> str:
    if not isinstance(table[name], str):
        raise TypeError(f"`{name}` is no text")
    return str(table[name])


def texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if not isinstance(table[name], list) or not all(isinstance(item, str) for item in table[name]):
        raise TypeError(f"`{name}` is no list of texts")
    return tuple(table[name])


def texts_by_name(table: Mapping[str, Any], name: str) -> dict[str, str]:
    if not all(isinstance(item, str) for item in table[name].values()):
        raise TypeError(f"`{name}` is no table of texts")
    return dict(table[name])
