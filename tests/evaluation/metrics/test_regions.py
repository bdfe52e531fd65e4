"""Regions read from a line, and what of a wrong line is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.metrics.errors import VotError
from sotc.evaluation.metrics.regions import (
    Mark,
    Mask,
    Polygon,
    Rectangle,
    is_empty,
    parse_region,
    read_regions,
)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("1", Mark(1)),
        ("2\n", Mark(2)),
        ("nan,nan,nan,nan", Mark(0)),
        ("1.5,2,3e1,4", Rectangle(1.5, 2, 30, 4)),
        ("1\t2\t3\t4", Rectangle(1, 2, 3, 4)),
        ("0,0,4,0,4,4,0,4", Polygon(((0, 0), (4, 0), (4, 4), (0, 4)))),
        ("0,0,4,0,4,4", Polygon(((0, 0), (4, 0), (4, 4)))),
    ],
)
def test_a_line(text: str, region: object) -> None:
    assert parse_region(text) == region


def test_a_mask_is_runs_of_pixels() -> None:
    mask = parse_region("m5,7,3,2,1,2,2,1")
    assert isinstance(mask, Mask)
    assert (mask.x, mask.y) == (5, 7)
    assert mask.pixels.astype(int).tolist() == [[0, 1, 1], [0, 0, 1]]
    short = parse_region("m0,0,2,2,1,1")  # the rest is outside
    assert isinstance(short, Mask) and short.pixels.astype(int).tolist() == [[0, 1], [0, 0]]


def test_empty() -> None:
    assert is_empty(parse_region("0,0,0,0"))
    assert is_empty(Mask(0, 0, np.zeros((2, 2), dtype=bool)))
    assert not is_empty(parse_region("0,0,1,1"))
    assert not is_empty(Mark(0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no list of numbers"),
        ("a,b,c,d", "no list of numbers"),
        ("1,2,3", "3 numbers"),
        ("1,2,3,4,5", "5 numbers"),
        ("1,2,inf,4", "infinite"),
        ("m1,2", "whole numbers"),
        ("m0,0,2,2,9", "more than its 2 x 2"),
        ("m0,0,2,2,-1", "negative"),
        ("m0,0,1000000,1000000", "a mask of 1000000 x 1000000 pixels is larger than any frame"),
        ("m0,0,16385,1", "larger than any frame"),
    ],
)
def test_a_wrong_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "still_001.txt"
    file.write_text(f"1,2,3,4\n{text}\n5,6,7,8\n")
    with pytest.raises(VotError, match=rf"line 2: .*{said}"):
        read_regions(file)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "run.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(VotError, match="no text"):
        read_regions(tmp_path / "run.txt")
    with pytest.raises(VotError, match="no such file"):
        read_regions(tmp_path / "other.txt")
