"""Regions in the binary form of the VOT toolkit's trajectories, `NAME_001.bin`.

The form, little-endian, as files show it that the toolkit (0.7.4) wrote beside their text form: a version (u16, 1) and
a count (u32); then for each frame a kind (u8) and

    0  mark       its code (u32)
    1  rectangle  x, y, width, height (f32)
    2  polygon    a count (u16), then x and y of each corner (f32)
    3  mask       x, y, width, height and a count (u16), then runs of pixels (u16), the first outside

A run of more pixels than a u16 has is written in pieces, with runs of no pixels between them.
"""

from __future__ import annotations

import struct

from .regions import Mark, Region, mask_of_runs, region_of_numbers

VERSION = 1

HEADER = struct.Struct("<HI")
KIND = struct.Struct("<B")
CODE = struct.Struct("<I")
RECTANGLE = struct.Struct("<4f")
CORNERS = struct.Struct("<H")
WINDOW = struct.Struct("<5H")

MARK, BOX, POLYGON, MASK = range(4)
LEAST_CORNERS = 3


def parse_regions(data: bytes) -> tuple[Region, ...]:
    """All regions of a file. Raises ValueError, with what is wrong and where."""
    reader = Reader(data)
    version, count = reader.take(HEADER)
    if version != VERSION:
        raise ValueError(f"its form is {version}, and {VERSION} is read")
    found = []
    for frame in range(count):
        try:
            found.append(region(reader))
        except EOFError:
            raise ValueError(f"it breaks off: {frame} of {count} regions are there") from None
        except ValueError as error:
            raise ValueError(f"in frame {frame}: {error}") from None
    if reader.at != len(data):
        raise ValueError(f"{len(data) - reader.at} bytes stand behind its {count} regions")
    return tuple(found)


class Reader:
    """Takes numbers from the front of what is left."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0
        """bytes that were taken"""

    def take(self, form: struct.Struct) -> tuple[int, ...]:
        """The numbers of a form. Raises EOFError where not so many bytes are left."""
        end = self.at + form.size
        if end > len(self._data):
            raise EOFError
        found = form.unpack_from(self._data, self.at)
        self.at = end
        return found


def region(reader: Reader) -> Region:
    """The next one. Raises ValueError for what is none, EOFError at the end."""
    (kind,) = reader.take(KIND)
    if kind == MARK:
        return Mark(*reader.take(CODE))
    if kind == BOX:
        return region_of_numbers(reader.take(RECTANGLE))
    if kind == POLYGON:
        (corners,) = reader.take(CORNERS)
        if corners < LEAST_CORNERS:
            raise ValueError(f"a polygon has {corners} corners")
        return region_of_numbers(reader.take(struct.Struct(f"<{2 * corners}f")))
    if kind == MASK:
        x, y, width, height, count = reader.take(WINDOW)
        return mask_of_runs(x, y, width, height, reader.take(struct.Struct(f"<{count}H")))
    raise ValueError(f"there is no kind {kind} of region")
