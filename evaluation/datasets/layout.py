"""How a data set lies on the disk, as data: patterns of paths, and where the names of its sequences come from.

In a pattern `{name}` is a sequence, `{group}` the folder that several share (LaSOT's classes, ITB's scenes),
`{folder}` where the images of several sequences lie together (UAV123), and `{target}` one of several targets.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from glob import escape
from importlib.resources import files as resources
from pathlib import Path

from .files import BoxFormat, SequenceFiles, Surplus

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Row:
    """A sequence that is known by name before anything is looked at."""

    name: str
    fields: tuple[tuple[str, str], ...] = ()
    """what stands for the placeholders of the patterns, beside `{name}`"""
    numbers: tuple[int, int] | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Patterns below the root of a data set. Of several for one thing, the first that is there counts."""

    frames: tuple[str, ...]
    boxes: tuple[str, ...]
    names: Callable[[], tuple[Row, ...]] | None = None
    """the sequences, where they are known; else they are those of `listed`, else those that `boxes` find"""
    listed: str = ""
    """a file with a name a line"""
    excluded: Callable[[], tuple[Row, ...]] | None = None
    """sequences that belong to another split"""
    format: BoxFormat = BoxFormat.BOXES
    absent: tuple[tuple[str, ...], ...] = ()
    """groups of files; of the first group that is all there, each file's flags count"""
    cover: str = ""
    information: str = ""
    sized: bool = False
    range_file: str = ""
    """a file with the numbers of the first and the last frame (TC128)"""
    attribute_flags: tuple[str, ...] = ()
    attribute_names: tuple[str, ...] = ()
    attribute_words: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    group_is_attribute: bool = False
    tags: str = ""
    first_only: bool = False
    surplus: Surplus = Surplus.REFUSED
    cut: tuple[str, ...] = ()
    """sequences that are known to have more frames than boxes"""


@dataclass(frozen=True)
class Listing:
    """The sequences of a data set below a root."""

    found: tuple[SequenceFiles, ...] = ()
    missing: tuple[str, ...] = field(default=())
    """known by name, and not there"""


def list_sequences(layout: Layout, root: Path) -> Listing:
    """The sequences that lie below `root` as the layout says. Raises OSError where it cannot be read."""
    rows = rows_of(layout, root)
    if rows is None:
        found = [files for row in found_rows(layout, root) for files in targets_of(layout, root, row)]
        return Listing(tuple(found))
    there, missing = [], []
    for row in rows:
        targets = list(targets_of(layout, root, row))
        there.extend(targets)
        if not targets:
            missing.append(row.name)
    return Listing(tuple(there), tuple(missing))


def rows_of(layout: Layout, root: Path) -> tuple[Row, ...] | None:
    """The sequences that are known by name; None where they must be looked for."""
    if layout.names is not None:
        return layout.names()
    listed = root / layout.listed
    if not layout.listed or not listed.is_file():
        return None
    lines = listed.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(Row(name) for name in dict.fromkeys(line.strip() for line in lines) if name)


def found_rows(layout: Layout, root: Path) -> list[Row]:
    """The sequences that have a file of boxes, in order of their names."""
    left_out = {row.name for row in layout.excluded()} if layout.excluded is not None else set()
    for pattern in layout.boxes:
        wanted = matcher(pattern)
        rows: set[Row] = set()
        for path in root.glob(PLACEHOLDER.sub("*", pattern)):
            fields = wanted.fullmatch(path.relative_to(root).as_posix())
            if fields is not None and fields["name"] not in left_out and not fields["name"].startswith("."):
                known = {
                    key: value for key, value in fields.groupdict().items() if key not in ("name", "target")
                }
                rows.add(Row(fields["name"], tuple(known.items())))
        if rows:
            return sorted(rows, key=lambda row: (row.name, row.fields))
    return []


@lru_cache
def matcher(pattern: str) -> re.Pattern[str]:
    """`{group}/{name}/groundtruth.txt` as an expression; a placeholder that comes twice is the same text."""
    pieces: list[str] = []
    seen: set[str] = set()
    for position, piece in enumerate(PLACEHOLDER.split(pattern)):
        if position % 2 == 0:
            pieces.append(re.escape(piece))
        else:
            pieces.append(f"(?P={piece})" if piece in seen else f"(?P<{piece}>[^/]+)")
            seen.add(piece)
    return re.compile("".join(pieces))


def targets_of(layout: Layout, root: Path, row: Row) -> Iterator[SequenceFiles]:
    """The sequences of a row: one as a rule, several where the boxes of several targets lie beside each other.

    None where neither boxes nor frames are there. What is there in part is given, so that it can be told.
    """
    fields = {"name": row.name, **dict(row.fields)}
    frames = first_of(root, layout.frames, fields, Path.is_dir)
    for pattern in layout.boxes:
        if "{target}" in pattern and "target" not in fields:
            literal = {key: escape(value) for key, value in fields.items()}
            several = sorted(root.glob(filled(pattern, {**literal, "target": "*"})))
            for path in several:
                target = matcher(pattern).fullmatch(path.relative_to(root).as_posix())
                name = f"{row.name}.{target['target']}" if target and len(several) > 1 else row.name
                yield files_of(layout, root, row, fields, name, frames, path)
            if several:
                return
        elif (path := root / filled(pattern, fields)).is_file():
            yield files_of(layout, root, row, fields, row.name, frames, path)
            return
    if frames.is_dir():
        yield files_of(layout, root, row, fields, row.name, frames, root / filled(layout.boxes[0], fields))


def files_of(
    layout: Layout, root: Path, row: Row, fields: Mapping[str, str], name: str, frames: Path, boxes: Path
) -> SequenceFiles:
    """A row of the data set, with its patterns filled in."""
    group = (fields["group"],) if layout.group_is_attribute else ()
    return SequenceFiles(
        name=name,
        frames=frames,
        boxes=boxes,
        format=layout.format,
        numbers=row.numbers or range_of(layout, root, fields),
        absent=() if layout.first_only else absent_of(layout, root, fields),
        cover=root / filled(layout.cover, fields) if layout.cover and not layout.first_only else None,
        information=root / filled(layout.information, fields) if layout.information else None,
        sized=layout.sized,
        attributes=row.attributes or group,
        attribute_flags=existing(root, layout.attribute_flags, fields),
        attribute_names=layout.attribute_names,
        attribute_words=existing(root, layout.attribute_words, fields),
        described=layout.described,
        tags=root / filled(layout.tags, fields) if layout.tags else None,
        first_only=layout.first_only,
        surplus=Surplus.FRAMES_CUT if row.name in layout.cut else layout.surplus,
        origin=str(boxes),
    )


def filled(pattern: str, fields: Mapping[str, str]) -> str:
    """A pattern with its placeholders replaced."""
    return PLACEHOLDER.sub(lambda mark: fields[mark[1]], pattern)


def first_of(
    root: Path, patterns: tuple[str, ...], fields: Mapping[str, str], is_there: Callable[[Path], bool]
) -> Path:
    """The first path that is there, else the first."""
    paths = [root / filled(pattern, fields) for pattern in patterns]
    return next((path for path in paths if is_there(path)), paths[0])


def existing(root: Path, patterns: tuple[str, ...], fields: Mapping[str, str]) -> Path | None:
    """The first path that is a file; None where none is."""
    paths = (root / filled(pattern, fields) for pattern in patterns)
    return next((path for path in paths if path.is_file()), None)


def absent_of(layout: Layout, root: Path, fields: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of flags: of the first group that is there at least in part."""
    for group in layout.absent:
        paths = tuple(root / filled(pattern, fields) for pattern in group)
        if any(path.is_file() for path in paths):
            return paths
    return ()


def range_of(layout: Layout, root: Path, fields: Mapping[str, str]) -> tuple[int, int] | None:
    """The range that a file beside the boxes gives; None where there is none, or nothing that reads as one."""
    path = root / filled(layout.range_file, fields) if layout.range_file else None
    if path is None or not path.is_file():
        return None
    numbers = re.findall(r"\d{1,18}", path.read_text(encoding="utf-8", errors="replace"))
    return (int(numbers[0]), int(numbers[1])) if len(numbers) >= 2 else None


@lru_cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `tables/NAME.csv`, by the names of its columns."""
    text = (resources(__package__) / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
