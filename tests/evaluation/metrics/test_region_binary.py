"""The binary form of VOT's regions, on bytes that the toolkit itself wrote (0.7.4; our own trackers over noise)."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.metrics.errors import VotError
from sotc.evaluation.metrics.region_binary import parse_regions
from sotc.evaluation.metrics.regions import (
    Mark,
    Mask,
    Polygon,
    Rectangle,
    is_empty,
    parse_region,
    read_regions,
)

MIXED = (
    "0100 06000000"
    "00 01000000"
    "01 0000d0c0 000040c0 00004041 00001041"
    "02 0400 00003041 00000041 0000b441 00000441 0000b041 00008841 00002041 00008e41"
    "03 0b00 0800 0b00 0900 0400 0000 1700 0100 4b00"
    "03 0000 0000 0000 0000 0100 0000"
    "00 02000000"
)
"""A start, a box, a polygon, a mask with a hole, an empty mask, a failure: each as it stood in a file of the toolkit"""

LINES = ("1", "-6.5,-3,12,9", "11,8,22.5,8.25,22,17,10,17.75", "m11,8,11,9,0,23,1,75", "m0,0,0,0,0", "2")
"""What the toolkit wrote in the text form."""

FULL = "03 0000 0000 8002 e001 0a00 0000 01fe 0000 01fe 0000 01fe 0000 01fe 0000 fcb7"
"""all of 640 x 480 pixels: the run is longer than a number of its form"""


def form(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def test_the_toolkits_bytes_are_its_text() -> None:
    for found, line in zip(parse_regions(form(MIXED)), LINES, strict=True):
        wanted = parse_region(line)
        if isinstance(wanted, Mask):
            assert isinstance(found, Mask) and (found.x, found.y) == (wanted.x, wanted.y)
            assert np.array_equal(found.pixels, wanted.pixels)
        else:
            assert found == wanted


def test_long_runs_are_put_together() -> None:
    (found,) = parse_regions(form("0100 01000000" + FULL))
    assert isinstance(found, Mask) and found.pixels.shape == (480, 640) and found.pixels.all()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_packed_by_hand_comes_back(seed: int) -> None:
    random = np.random.default_rng(seed)
    boxes = random.uniform(-50, 500, (20, 4)).astype(np.float32)
    corners = random.uniform(-50, 500, (5, 2)).astype(np.float32)
    data = struct.pack("<HI", 1, 21)
    data += b"".join(b"\x01" + struct.pack("<4f", *map(float, box)) for box in boxes)
    data += b"\x02" + struct.pack("<H10f", 5, *map(float, corners.ravel()))
    *found, last = parse_regions(data)
    assert found == [Rectangle(*map(float, box)) for box in boxes]
    assert last == Polygon(tuple((float(x), float(y)) for x, y in corners))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "breaks off"),
        ("0100 08000000 00 01000000", "1 of 8 regions"),  # as the toolkit leaves it where it stops
        ("0200 00000000", "its form is 2"),
        ("0100 01000000 07", "no kind 7"),
        ("0100 00000000 00", "1 bytes stand behind"),
        ("0100 01000000 03 0000 0000 0200 0200 0100 0900", "in frame 0: the runs of a mask"),
        ("0100 01000000 01 00000000 00000000 0000807f 00000000", "in frame 0: a region cannot be infinite"),
        ("0100 01000000 02 0200 00000000 00000000 0000803f 0000803f", "in frame 0: a polygon has 2 corners"),
        ("0100 01000000 03 0000 0000 ffff ffff 0000", "larger than any frame"),
    ],
)
def test_what_is_broken_is_told_with_its_place(tmp_path: Path, data: str, reason: str) -> None:
    path = tmp_path / "one_001.bin"
    path.write_bytes(form(data))
    with pytest.raises(VotError, match=reason) as told:
        read_regions(path)
    assert str(path) in told.value.message


def test_what_is_not_annotated_is_unknown_as_in_text() -> None:
    box = "0100 01000000 01 0000c07f 00000000 00000000 00000000"
    assert parse_regions(form(box)) == (parse_region("nan,0,0,0"),) == (Mark(0),)


def test_marks_and_empty_masks_say_what_they_are() -> None:
    start, *_, empty, failure = parse_regions(form(MIXED))
    assert (start, failure) == (Mark(1), Mark(2)) and is_empty(empty)
