"""Files of boxes, flags and scores: a line for each frame, in every separator that the field writes.

Nearly all such files are of one form, which is read as a whole; any other is read line by line, which tells the
place of what is wrong in it.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ..compiler.user_error import UserError

Floats = NDArray[np.float64]

Polygons = Literal["refuse", "bounds"]
"""What to do with the corners of a polygon: refuse them, or take the box around them"""

SEPARATORS = b",\t; "
BETWEEN = re.compile(r"\s*[,;]\s*|\s+")
MARKS = ("0", "1", "2")
"""a line of VOT without a box: no result, initialised, failed"""
SHOWN = 60
"""so much of a wrong line is repeated"""


class BoxFileError(UserError):
    """A file of boxes, flags or scores that does not read."""

    code: ClassVar[str] = "SOT841"


def read_boxes(path: str | os.PathLike[str], polygons: Polygons = "refuse") -> Floats:
    """Boxes x, y, w, h: [T, 4]. NaN where the file has NaN, or one of VOT's marks (0, 1, 2) instead of a box.

    Raises BoxFileError, with the line, for anything else than four numbers in a line; eight or more in pairs are a
    polygon.
    """
    data = numbers_text(path)
    table = table_at_once(data, 4)
    if table is None:
        table = boxes_by_line(path, data, polygons)
    if np.isinf(table).any():
        line = int(np.argmax(np.isinf(table).any(axis=1))) + 1
        raise BoxFileError(
            f"`{os.fspath(path)}`, line {line}: a box cannot be infinite", "run the sequence again"
        )
    return table


def read_flags(path: str | os.PathLike[str]) -> NDArray[np.bool_]:
    """Flags 0 and 1, one in a line or all in one: [T]. Raises BoxFileError, for NaN and empty lines too."""
    return np.asarray(whole_numbers(path, most=1) != 0)


def read_covers(path: str | os.PathLike[str]) -> NDArray[np.int64]:
    """How much of the target is seen, 0 .. 8, a number a frame: [T]. Raises BoxFileError."""
    return whole_numbers(path, most=8)


def whole_numbers(path: str | os.PathLike[str], most: int) -> NDArray[np.int64]:
    """As `read_numbers`, 0 .. `most` and nothing else: [T]. Raises BoxFileError."""
    numbers = read_numbers(path)
    wrong = np.flatnonzero(~np.isin(numbers, np.arange(most + 1)))
    if len(wrong):
        odd = numbers[wrong[0]]
        what = "a number is missing" if np.isnan(odd) else f"{odd:g} is no such number"
        raise BoxFileError(
            f"`{os.fspath(path)}`, number {wrong[0] + 1}: {what}",
            f"each frame has one: {'0 or 1' if most == 1 else f'a whole number from 0 to {most}'}",
        )
    return numbers.astype(np.int64)


def read_numbers(path: str | os.PathLike[str]) -> Floats:
    """Numbers, one in a line or all in one: [T]. An empty line is NaN; an empty file has none.

    Raises BoxFileError.
    """
    data = numbers_text(path).rstrip(b"\r\n \t")
    if not data.strip():
        return np.empty(0)
    in_one_line = b"\n" not in data and b"\r" not in data
    table = table_at_once(data.removesuffix(b",").replace(b",", b"\n") if in_one_line else data, 1)
    if table is not None:
        return table[:, 0]
    lines = data.decode("utf-8").splitlines()
    if in_one_line:
        lines = pieces_of(lines[0])
    return np.array(
        [number_in(path, at, line.strip() or "nan", line) for at, line in enumerate(lines, start=1)]
    )


def bytes_of(path: str | os.PathLike[str]) -> bytes:
    """What is in a file, without a byte order mark. Raises BoxFileError where it cannot be read."""
    try:
        return Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BoxFileError(f"`{os.fspath(path)}` cannot be read: {reason}", "look at the path") from error


def numbers_text(path: str | os.PathLike[str]) -> bytes:
    """What is in a file of numbers. Raises BoxFileError where it is no text."""
    data = bytes_of(path)
    if not data.isascii() or b"\0" in data:
        raise BoxFileError(
            f"`{os.fspath(path)}` is no file of numbers: it is not text", "name a file of x,y,w,h"
        )
    return data


def table_at_once(data: bytes, columns: int) -> Floats | None:
    """[T, columns] where every line has just so many numbers with one kind of separator between; otherwise None."""
    data = data.rstrip(b"\r\n \t")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data:
        return np.empty((0, columns))
    first = data[: data.find(b"\n")] if b"\n" in data else data
    separator = next((SEPARATORS[at : at + 1] for at in range(4) if SEPARATORS[at : at + 1] in first), b",")
    lines = data.count(b"\n") + 1
    if columns > 1:
        letters = np.frombuffer(data, dtype=np.uint8)
        ends = letters[np.flatnonzero((letters == ord(separator)) | (letters == ord("\n")))] == ord("\n")
        if len(ends) != columns * lines - 1 or not ends[columns - 1 :: columns].all():
            return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            numbers = np.fromstring(data.replace(b"\n", separator), sep=separator.decode(), dtype=np.float64)
        except (DeprecationWarning, ValueError):  # something in it is no number
            return None
    return numbers.reshape(lines, columns) if len(numbers) == columns * lines else None


def boxes_by_line(path: str | os.PathLike[str], data: bytes, polygons: Polygons) -> Floats:
    """As `read_boxes`, for files of mixed forms. Raises BoxFileError."""
    lines = data.decode("ascii").rstrip().splitlines()
    rows = []
    marks = sum(line.strip() in MARKS for line in lines)
    for number, line in enumerate(lines, start=1):
        is_cut = number == len(lines) and not data.endswith((b"\n", b"\r"))
        if line.strip() in MARKS and not (is_cut and marks == 1 and len(lines) > 1):
            rows.append([math.nan] * 4)
            continue
        values = [number_in(path, number, piece, line, is_cut) for piece in pieces_of(line)]
        rows.append(box_of(path, number, line, values, polygons, is_cut))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def pieces_of(line: str) -> list[str]:
    """The texts between separators; one separator at the end of a line is passed over."""
    text = line.strip()
    return BETWEEN.split(text[:-1].rstrip() if text.endswith((",", ";")) else text)


def number_in(
    path: str | os.PathLike[str], number: int, piece: str, line: str, is_cut: bool = False
) -> float:
    """Raises BoxFileError."""
    try:
        if "_" in piece:  # which Python reads
            raise ValueError
        return float(piece)
    except ValueError:
        what = f"`{piece[:SHOWN]}` is no number" if piece else "a number is missing"
        raise wrong_line(path, number, line, what, is_cut) from None


def box_of(
    path: str | os.PathLike[str],
    number: int,
    line: str,
    values: list[float],
    polygons: Polygons,
    is_cut: bool,
) -> list[float]:
    """x, y, w, h. Raises BoxFileError."""
    if len(values) == 4:
        return values
    if len(values) >= 6 and len(values) % 2 == 0:
        if polygons == "bounds":
            across, down = values[::2], values[1::2]
            return [min(across), min(down), max(across) - min(across), max(down) - min(down)]
        if len(values) >= 8:
            raise BoxFileError(
                f"{place(path, number, line)}: a polygon of {len(values) // 2} corners, not a box",
                "--polygons takes the boxes around them, or grade it under vot-toolkit",
            )
    what = f"{len(values)} number{'s' if len(values) != 1 else ''}, where x,y,w,h are wanted"
    raise wrong_line(path, number, line, "it is empty" if not line.strip() else what, is_cut)


def wrong_line(path: str | os.PathLike[str], number: int, line: str, what: str, is_cut: bool) -> BoxFileError:
    if is_cut:
        remedy = "the last line does not end: was the run killed while it was written? Run the sequence again"
    else:
        remedy = "a line is x,y,w,h, with commas, tabs, spaces or semicolons between; NaN is read"
    return BoxFileError(f"{place(path, number, line)}: {what}", remedy)


def place(path: str | os.PathLike[str], number: int, line: str) -> str:
    shown = line.strip()
    return f"`{os.fspath(path)}`, line {number}: `{shown[:SHOWN]}{'...' if len(shown) > SHOWN else ''}`"
