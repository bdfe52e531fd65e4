"""Own sequences, described by a manifest: a CSV with a head line, or JSON with an object a line.

`name` and `frames` are needed, and `boxes`: a file, or x,y,w,h of the first frame. Paths are relative to the
manifest. `absent` is a file of 0 and 1, `attributes` are words with semicolons between; `start` and `length`
choose a part of the frames.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...dsl.suggest import did_you_mean, nearest
from ..settings import at_home
from .errors import ManifestError
from .files import SequenceFiles

SUFFIXES = (".csv", ".jsonl")

FIELDS = ("name", "frames", "boxes", "absent", "attributes", "start", "length")

EXAMPLE = "name,frames,boxes\ncup,videos/cup.mp4,videos/cup.txt"


def read_manifest(path: Path) -> tuple[SequenceFiles, ...]:
    """The sequences of a manifest, in its order.

    Raises ManifestError for a file that is neither CSV nor JSONL, a field that is not known, one that is
    missing or has the wrong form, and a name that comes twice, with the line; OSError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(f"`{path}` is no text in UTF-8", "save it as UTF-8") from None
    rows = json_rows(path, text) if path.suffix.lower() == ".jsonl" else csv_rows(path, text)
    sequences: dict[str, SequenceFiles] = {}
    for line, row in rows:
        files = files_of(path, line, row)
        if files.name in sequences:
            raise ManifestError(
                f"{path}:{line} has a second sequence `{files.name}`; the first is at "
                f"{sequences[files.name].origin}",
                "results are told apart by names: give it another",
            )
        sequences[files.name] = files
    if not sequences:
        raise ManifestError(f"`{path}` names no sequence", f"for example:\n{EXAMPLE}")
    return tuple(sequences.values())


def csv_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Line number and fields of each row; the head line names the fields."""
    # a spreadsheet of some countries writes semicolons
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", skipinitialspace=True
    )
    names: list[str] | None = None
    try:
        for row in reader:
            if not any(piece.strip() for piece in row) or row[0].startswith("#"):
                continue
            if names is None:
                names = [name.strip().casefold() for name in row]
                check_fields(path, reader.line_num, names)
                continue
            if len(row) != len(names):
                raise ManifestError(
                    f"{path}:{reader.line_num} has {len(row)} fields, and the head line names {len(names)}",
                    'a field with commas goes into quotes: "198,214,34,81"',
                )
            yield reader.line_num, {name: piece.strip() for name, piece in zip(names, row, strict=True)}
    except csv.Error as problem:
        raise ManifestError(f"{path}:{reader.line_num} is not CSV: {problem}", "check the quotes") from None


def json_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Line number and fields of each line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise ManifestError(
                f"{path}:{number} is not JSON: {problem}", "each line is an object of its own"
            ) from None
        if not isinstance(row, dict):
            raise ManifestError(
                f"{path}:{number} is no object", 'for example: {"name": "cup", "frames": "cup.mp4"}'
            )
        check_fields(path, number, list(row))
        yield number, row


def check_fields(path: Path, line: int, names: list[str]) -> None:
    """Raises ManifestError for a field that is not known, comes twice, or is missing."""
    for name in names:
        if name not in FIELDS:
            meant = did_you_mean(nearest(name, FIELDS)) or f"fields are {', '.join(FIELDS)}"
            raise ManifestError(f"{path}:{line} has a field that is not known: `{name}`", meant)
        if names.count(name) > 1:
            raise ManifestError(f"{path}:{line} has the field `{name}` twice", "leave one of them out")
    for name in ("name", "frames", "boxes"):
        if name not in names:
            raise ManifestError(f"{path}:{line} does not give `{name}`", f"for example:\n{EXAMPLE}")


def files_of(path: Path, line: int, row: Mapping[str, object]) -> SequenceFiles:
    """One row. Raises ManifestError."""
    origin = f"{path}:{line}"
    name = text_of(origin, row, "name")
    frames = text_of(origin, row, "frames")
    if not name or not frames:
        raise ManifestError(f"{origin} has no {'frames' if name else 'name'}", "give both for each sequence")
    if name in (".", "..") or any(mark in name for mark in '/\\:\0\n\r\t"*?<>|'):
        raise ManifestError(
            f"{origin}: `{name}` cannot be the name of a file, and results have the name of their sequence",
            "use letters, digits, `-`, `_` and `.`",
        )
    boxes, box = boxes_of(origin, row)
    absent = text_of(origin, row, "absent")
    folder = path.parent
    start = number_of(origin, row, "start") or 0
    length = number_of(origin, row, "length")
    if length == 0:
        raise ManifestError(f"{origin} has a length of 0", "leave it out for all frames")
    return SequenceFiles(
        name=name,
        frames=folder / at_home(frames),
        boxes=None if boxes is None else folder / at_home(boxes),
        box=box,
        start=start,
        length=length,
        absent=(folder / at_home(absent),) if absent else (),
        attributes=attributes_of(origin, row),
        sized=True,
        first_only=True,
        origin=origin,
    )


def text_of(origin: str, row: Mapping[str, object], name: str) -> str:
    """A field that is a text; empty where it is not given."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ManifestError(f"{origin}: `{name}` is no text: {json.dumps(value)[:60]}", "put it in quotes")
    if "\0" in value:
        raise ManifestError(f"{origin}: `{name}` has a zero character", "a path has none")
    return value.strip()


def number_of(origin: str, row: Mapping[str, object], name: str) -> int | None:
    """A field that is a whole number from 0; None where it is not given."""
    value = row.get(name)
    if value is None or value == "":
        return None
    text = str(value).strip() if not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise ManifestError(
            f"{origin}: `{name}` is no whole number from 0: {json.dumps(value)[:60]}", "frames count from 0"
        )
    return int(text)


def boxes_of(
    origin: str, row: Mapping[str, object]
) -> tuple[str | None, tuple[float, float, float, float] | None]:
    """A file of boxes, or the box in the first frame."""
    value = row.get("boxes")
    text = ",".join(map(json.dumps, value)) if isinstance(value, list) else text_of(origin, row, "boxes")
    numbers = numbers_of(text)
    if text and not numbers and not isinstance(value, list):
        return text, None
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers) or min(numbers[2:]) <= 0:
        raise ManifestError(
            f"{origin}: `boxes` is no file and no box: `{text}`",
            "a box is x,y,w,h with a width and a height above zero, such as 198,214,34,81",
        )
    x, y, width, height = numbers
    return None, (x, y, width, height)


def numbers_of(text: str) -> list[float]:
    """`198,214,34,81` or with spaces or semicolons; nothing for what is not all numbers."""
    try:
        return [float(piece) for piece in text.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return []


def attributes_of(origin: str, row: Mapping[str, object]) -> tuple[str, ...]:
    """`occlusion; fast motion`, or a list of texts."""
    value = row.get("attributes")
    if isinstance(value, list) and all(isinstance(piece, str) for piece in value):
        pieces = value
    else:
        pieces = text_of(origin, row, "attributes").replace("|", ";").split(";")
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))
