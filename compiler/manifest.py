"""What an artifact says of itself: `manifest.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from .archive import REMEDY, ArtifactError
from .compiled import CROP_CHOICES, PRECISIONS, CropChoice, Precision
from .plan import Plan
from .plan_json import plan_from_json, plan_to_json

FORMAT = 2
"""The format of artifacts that are written and read here."""

NAME = "manifest.json"

CONVENTIONS: Mapping[str, str] = {
    "frames": "RGB uint8 [H, W, 3]; a crop that wants BGR swaps by itself",
    "boxes": "x, y, w, h in pixels of the frame, x and y being the top left corner, given and returned as floats",
    "targets": "centre x, centre y, w, h in float64; the box covers centre - size/2 to centre + size/2",
    "crop_pixels": "uint8, by OpenCV on the host or by a gather in the graph, which agree within one grey level",
}
"""How its numbers are meant; the crop's own rules are those of its component and settings, listed with it."""

KINDS = ("portable", "native")

MOST_THREADS = 1 << 16
"""No machine has so many; an engine that is asked for more may take the machine down."""

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
class ProgramNote:
    """What is to be known of a program beside its signature, which is the plan's."""

    operators: int | None
    """after the passes, as the backend got them; None where nobody counted"""


@dataclass(frozen=True)
class Manifest:
    format: int
    kind: str
    """`portable`: data only; `native`: machine code"""
    name: str
    """of the tracker"""
    spec: str
    """the member that declares it"""
    tracker: str | None
    """which tracker of the file; None for its last"""
    params: dict[str, str]
    """as given on the command line, `--set`"""
    backend: str
    precision: Precision
    device: str
    """`cpu` or `cuda`: what it was compiled for"""
    crop: CropChoice
    """`auto`, `host` or `graph`, as asked for; where the crops are cut, the plan says"""
    threads: int
    passes: str
    """the pipeline that was run"""
    plan: Plan
    """of the programs inside, or, where there are none, of those that were compiled to try them"""
    programs: dict[str, ProgramNote]
    crops: tuple[CropNote, ...]
    components: dict[str, str]
    """the versions of the components in the spec: of the package that brings them, or the hash of their file"""
    python: tuple[str, ...]
    """modules that the spec imports: they are not in the artifact, and checking the spec must be allowed to"""
    parameters: int
    checkpoint: str | None
    """SHA-256 of the file that the weights were read from"""
    weights: str | None
    """SHA-256 of the weights as safetensors, which are in the artifact only where it is compiled anew"""
    weights_source: str
    """where such checkpoints come from, in the words of the spec's key map"""
    licence: str
    conventions: dict[str, str]
    gate: Any
    """what the parity gate found, as JSON; None where it was not run"""
    tuning: Any
    """what was measured to choose the backend, as JSON; None where the user named one"""
    host: dict[str, str]
    """what a native artifact needs of a machine; empty for a portable one"""
    versions: dict[str, str]
    """of sotc and of the libraries that it was made with"""
    members: dict[str, Member]
    """every other member"""

    def to_json(self) -> bytes:
        table = {field.name: getattr(self, field.name) for field in fields(self)}
        table["plan"] = plan_to_json(self.plan)
        return (
            json.dumps(table, indent=2, sort_keys=True, ensure_ascii=False, default=asdict) + "\n"
        ).encode()


def parse_manifest(path: str, data: bytes) -> Manifest:
    """The manifest of the artifact at `path`. Raises ArtifactError where it makes no sense, is newer, or older."""
    try:
        table = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"`{path}` has a manifest that cannot be read", REMEDY) from error
    version = table.get("format") if isinstance(table, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ArtifactError(f"`{path}` has a manifest without a format version", REMEDY)
    if version > FORMAT:
        raise ArtifactError(
            f"`{path}` has format {version}; this sotc reads format {FORMAT}",
            "update sotc, or make the artifact anew with this version",
        )
    if version < FORMAT:
        raise ArtifactError(
            f"`{path}` has format {version}, of an older sotc; this one reads format {FORMAT}", REMEDY
        )
    try:
        return manifest_of(table)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise ArtifactError(f"`{path}` has a manifest that makes no sense: {error}", REMEDY) from error


def manifest_of(table: dict[str, Any]) -> Manifest:
    """A manifest from JSON, every field of its type. Raises TypeError, KeyError, ValueError, AttributeError."""
    known(table, {field.name for field in fields(Manifest)})
    return Manifest(
        format=table["format"],
        kind=choice(table, "kind", KINDS),
        name=text(table, "name"),
        spec=text(table, "spec"),
        tracker=optional_text(table, "tracker"),
        params=texts_by_name(table, "params"),
        backend=text(table, "backend"),
        precision=cast(Precision, choice(table, "precision", PRECISIONS)),
        device=text(table, "device"),
        crop=cast(CropChoice, choice(table, "crop", CROP_CHOICES)),
        threads=number(table, "threads", 1, MOST_THREADS),
        passes=text(table, "passes"),
        plan=plan_from_json(table["plan"]),
        programs={str(name): program_note(entry) for name, entry in table["programs"].items()},
        crops=tuple(crop_note(crop) for crop in table["crops"]),
        components=texts_by_name(table, "components"),
        python=texts(table, "python"),
        parameters=number(table, "parameters", 0),
        checkpoint=optional_text(table, "checkpoint"),
        weights=optional_text(table, "weights"),
        weights_source=text(table, "weights_source"),
        licence=text(table, "licence"),
        conventions=texts_by_name(table, "conventions"),
        gate=table["gate"],
        tuning=table["tuning"],
        host=texts_by_name(table, "host"),
        versions=texts_by_name(table, "versions"),
        members={str(name): member(entry) for name, entry in table["members"].items()},
    )


def program_note(table: dict[str, Any]) -> ProgramNote:
    known(table, {"operators"})
    return ProgramNote(None if table["operators"] is None else number(table, "operators", 0))


def crop_note(table: dict[str, Any]) -> CropNote:
    known(table, {field.name for field in fields(CropNote)})
    every = None if table["refresh_every"] is None else number(table, "refresh_every", 1)
    if not isinstance(table["settings"], dict):
        raise TypeError("the `settings` of a crop are no table")
    return CropNote(
        text(table, "name"), text(table, "keyword"), text(table, "component"), table["settings"], every
    )


def member(table: dict[str, Any]) -> Member:
    known(table, {"sha256", "size"})
    return Member(text(table, "sha256"), number(table, "size", 0))


def known(table: dict[str, Any], names: set[str]) -> None:
    """Raises ValueError unless the table has exactly these entries."""
    odd = sorted(set(table) ^ names)
    if odd:
        raise ValueError(f"`{odd[0]}` is {'missing' if odd[0] in names else 'unknown'}")


def text(table: Mapping[str, Any], name: str) -> str:
    if not isinstance(table[name], str):
        raise TypeError(f"`{name}` is no text")
    return str(table[name])


def optional_text(table: Mapping[str, Any], name: str) -> str | None:
    return None if table[name] is None else text(table, name)


def choice(table: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    if text(table, name) not in choices:
        raise ValueError(f"`{name}` is `{table[name]}`, which there is not")
    return text(table, name)


def number(table: Mapping[str, Any], name: str, least: int, most: int | None = None) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"`{name}` is no whole number from {least} on")
    if most is not None and value > most:
        raise ValueError(f"`{name}` is more than {most}")
    return value


def texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if not isinstance(table[name], list) or not all(isinstance(item, str) for item in table[name]):
        raise TypeError(f"`{name}` is no list of texts")
    return tuple(table[name])


def texts_by_name(table: Mapping[str, Any], name: str) -> dict[str, str]:
    if not all(isinstance(item, str) for item in table[name].values()):
        raise TypeError(f"`{name}` is no table of texts")
    return dict(table[name])
