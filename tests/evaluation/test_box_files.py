"""Files of boxes in every separator, and what is said of those that do not read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sotc.evaluation.box_files import (
    BoxFileError,
    read_boxes,
    read_covers,
    read_flags,
    read_numbers,
    table_at_once,
)

ROWS = [[1.5, 2, 30, 4], [-5, 6.25, 7, 8], [9, 10, 11, 1200]]


def written(folder: Path, data: str | bytes) -> Path:
    path = folder / "boxes.txt"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


FORMS = {
    "commas": "1.5,2,30,4\n-5,6.25,7,8\n9,10,11,1200\n",
    "tabs": "1.5\t2\t30\t4\n-5\t6.25\t7\t8\n9\t10\t11\t1200\n",
    "spaces": "1.5 2 30 4\n-5 6.25 7 8\n9 10 11 1200\n",
    "semicolons": "1.5;2;30;4\n-5;6.25;7;8\n9;10;11;1200\n",
    "commas and spaces": "1.5, 2, 30, 4\n-5, 6.25, 7, 8\n9, 10, 11, 1200\n",
    "many spaces": "  1.5   2 30  4\n -5  6.25   7   8 \n   9 10 11 1200\n",
    "mixed within a line": "1.5,2 30;4\n-5\t6.25,7 8\n9 ,10; 11\t1200\n",
    "another in each line": "1.5,2,30,4\n-5\t6.25\t7\t8\n9 10 11 1200\n",
    "CRLF": "1.5,2,30,4\r\n-5,6.25,7,8\r\n9,10,11,1200\r\n",
    "no end of line": "1.5,2,30,4\n-5,6.25,7,8\n9,10,11,1200",
    "empty lines at the end": "1.5,2,30,4\n-5,6.25,7,8\n9,10,11,1200\n\n \n\r\n",
    "scientific": "1.5e0,2,3E1,4\n-5,6.25,7,8\n9,1e+1,11,1.2e3\n",
    "a comma at the end": "1.5,2,30,4,\n-5,6.25,7,8,\n9,10,11,1200,\n",
    "a byte order mark": "\ufeff1.5,2,30,4\n-5,6.25,7,8\n9,10,11,1200\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form(tmp_path: Path, form: str) -> None:
    assert read_boxes(written(tmp_path, FORMS[form])).tolist() == ROWS


def test_nan_in_whole_and_in_part(tmp_path: Path) -> None:
    boxes = read_boxes(written(tmp_path, "NaN,NaN,NaN,NaN\n1,nan,3,4\n"))
    assert np.isnan(boxes).tolist() == [[True] * 4, [False, True, False, False]]


def test_marks_of_vot_are_frames_without_a_box(tmp_path: Path) -> None:
    boxes = read_boxes(written(tmp_path, "1\n1,2,3,4\n2\n0\n5,6,7,8\n"))
    assert np.isnan(boxes).all(axis=1).tolist() == [True, False, True, True, False]


def test_polygons(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2,3,4\n10,20,30,22,28,40,8,38\n")
    with pytest.raises(BoxFileError, match=r"line 2: .*a polygon of 4 corners"):
        read_boxes(path)
    assert read_boxes(path, polygons="bounds").tolist() == [[1, 2, 3, 4], [8, 20, 22, 20]]


def test_an_empty_file_has_no_box(tmp_path: Path) -> None:
    assert read_boxes(written(tmp_path, "")).shape == (0, 4)
    assert read_boxes(written(tmp_path, "\n\n")).shape == (0, 4)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("1,2,3,4\n5,6,7\n8,9,10,11\n", "line 2: `5,6,7`: 3 numbers"),
        ("1,2,3,4\n5,6,,7\n", "line 2: `5,6,,7`: a number is missing"),
        ("1,2,3,4\n5,6,7,x\n", "line 2: `5,6,7,x`: `x` is no number"),
        ("1,2,3,4\n\n5,6,7,8\n", "line 2: ``: "),
        ("1,2,3\n4,5,6,7,8\n", "line 1: `1,2,3`: 3 numbers"),
        ("1|2|3|4\n", "line 1"),
        ("1_0,2,3,4 ;\n", "line 1"),
        ("1,2,inf,4\n", "line 1: a box cannot be infinite"),
        ("x,y,w,h\n1,2,3,4\n", "line 1: `x,y,w,h`"),
        (b"\x00\x01\x02", "not text"),
        (b"PK\x03\x04\xff\xfe", "not text"),
    ],
)
def test_a_wrong_file(tmp_path: Path, data: str | bytes, said: str) -> None:
    with pytest.raises(BoxFileError, match=r"boxes\.txt") as raised:
        read_boxes(written(tmp_path, data))
    assert said in str(raised.value)


@pytest.mark.parametrize("last", ["10.5,2", "10.5,20,3", "10.5,", "1", "10.5,20,30,"])
def test_a_last_line_that_is_half_written(tmp_path: Path, last: str) -> None:
    with pytest.raises(BoxFileError, match="killed") as raised:
        read_boxes(written(tmp_path, f"1,2,3,4\n5,6,7,8\n{last}"))
    assert "line 3" in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BoxFileError, match="no such file"):
        read_boxes(tmp_path / "nothing.txt")
    with pytest.raises(BoxFileError, match="directory"):
        read_boxes(tmp_path)


def test_numbers_and_flags(tmp_path: Path) -> None:
    assert read_numbers(written(tmp_path, "0.5\n1e-2\n3\n")).tolist() == [0.5, 0.01, 3.0]
    assert read_numbers(written(tmp_path, "0,1,1,0\n")).tolist() == [0, 1, 1, 0]
    assert np.isnan(read_numbers(written(tmp_path, "\n0.5\n\n0.25\n"))).tolist() == [True, False, True, False]
    assert read_numbers(written(tmp_path, "")).tolist() == []
    assert read_flags(written(tmp_path, "0\n1\n0\n")).tolist() == [False, True, False]
    with pytest.raises(BoxFileError, match="number 2: a number is missing"):
        read_flags(written(tmp_path, "0\n\n1\n"))
    with pytest.raises(BoxFileError, match="line 2"):
        read_numbers(written(tmp_path, "1\nx\n3\n"))


def test_the_fast_way_leaves_odd_files_to_the_other() -> None:
    """Numbers that are as many as they should be, but not four in each line."""
    assert table_at_once(b"1,2,3\n4,5,6,7,8\n", 4) is None
    assert table_at_once(b"1,2,3,4,\n5,6,7\n", 4) is None
    assert table_at_once(b"1,2,3,4\n5,6,7,8\n", 4) is not None


numbers = some.floats(-1e5, 1e5, allow_nan=False).map(lambda value: round(value, 4))


@settings(max_examples=40, deadline=None)
@given(
    rows=some.lists(some.lists(numbers, min_size=4, max_size=4), min_size=1, max_size=8),
    separator=some.sampled_from([",", "\t", ";", " ", ", ", "  ", " ,\t"]),
    end=some.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]], separator: str, end: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "boxes.txt"
    path.write_bytes("".join(separator.join(map(repr, row)) + end for row in rows).encode())
    assert read_boxes(path).tolist() == rows


@pytest.mark.parametrize(
    ("text", "said"), [("0\n0.5\n", "0.5"), ("0\n7\n", "7"), ("0\n1e300\n", r"1e\+300"), ("-1", "-1")]
)
def test_flags_are_0_or_1_and_covers_0_to_8(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BoxFileError, match=rf"number \d: {said} is no such number"):
        read_flags(written(tmp_path, text))
    assert read_covers(written(tmp_path, "0\n8\n7\n")).tolist() == [0, 8, 7]
    with pytest.raises(BoxFileError, match="number 2: 9 is no such number"):
        read_covers(written(tmp_path, "0\n9\n"))
