"""Boxes: what reads as one, what is refused and how, and the way to centre and size and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sotc.runtime.boxes import boxes_array, centre_size, format_box, parse_box
from sotc.runtime.errors import BoxError

FRAME = (320, 240)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("198,214,34,81", (198, 214, 34, 81)),
        (" 1.5, -2 , 3e1 ,.5", (1.5, -2, 30, 0.5)),
        ("-10,-10,20,20", (-10, -10, 20, 20)),
    ],
)
def test_parse(text: str, box: tuple[float, ...]) -> None:
    assert parse_box(text) == box


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "4 numbers are needed, and it has 3"),
        ("1,2,3,4,5", "4 numbers are needed, and it has 5"),
        ("", "4 numbers are needed, and it has 1"),
        ("1 2 3 4", "4 numbers are needed, and it has 1"),
        ("1,2,x,4", "`x` is no number"),
        ("1,2,,4", "`` is no number"),
        ("1,2,0,4", "its width is 0 and its height 4"),
        ("1,2,3,-4", "its width is 3 and its height -4"),
        ("nan,2,3,4", "is not finite"),
        ("1,2,inf,4", "is not finite"),
    ],
)
def test_parse_refuses(text: str, message: str) -> None:
    with pytest.raises(BoxError, match=message) as caught:
        parse_box(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "boxes",
    [
        (10, 20, 30, 40),
        [[10, 20, 30, 40]],
        np.array([10, 20, 30, 40]),
        np.array([[10, 20, 30, 40]], dtype=np.float32),
        torch.tensor([10, 20, 30, 40]),
        torch.tensor([[10.0, 20, 30, 40]]),
    ],
)
def test_forms(boxes: object) -> None:
    table = boxes_array(boxes, FRAME)  # type: ignore[arg-type]
    assert table.dtype == np.float64
    assert table.tolist() == [[10, 20, 30, 40]]


def test_the_callers_boxes_are_not_shared() -> None:
    given_boxes = np.array([[10.0, 20, 30, 40]])
    table = boxes_array(given_boxes)
    given_boxes[:] = 0
    assert table.tolist() == [[10, 20, 30, 40]]


@pytest.mark.parametrize(
    "box", [(-10, -10, 20, 20), (310, 230, 50, 50), (-5, -5, 400, 400), (319.5, 0, 1, 1)]
)
def test_partly_outside_is_fine(box: tuple[float, ...]) -> None:
    assert boxes_array(box, FRAME).tolist() == [list(box)]


@pytest.mark.parametrize(
    "box", [(320, 0, 5, 5), (0, 240, 5, 5), (-5, 0, 5, 5), (0, -5, 5, 5), (1000, 9, 1, 1)]
)
def test_outside_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(BoxError, match="outside the frame, which is 320 x 240 pixels"):
        boxes_array(box, FRAME)
    assert boxes_array(box).tolist() == [list(box)]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([], "no box is given"),
        (np.zeros((0, 4)), "no box is given"),
        ((1, 2, 3), r"shape \[1, 3\]"),
        ([[1, 2, 3, 4, 5]], r"shape \[1, 5\]"),
        ([[[1, 2, 3, 4]]], r"shape \[1, 1, 4\]"),
        ([[1, 2, 3, 4], [1, 2]], "is no box"),
        ("1,2,3,4", "is no box"),
        (None, "is no(t finite| box)|shape"),
        ([[1, 2, 3, 4], [1, 2, float("nan"), 4]], "1,2,nan,4 is not finite"),
        ([[1, 2, 3, 4], [1, 2, -3, 4]], "1,2,-3,4 has no size"),
    ],
)
def test_refused(boxes: object, message: str) -> None:
    with pytest.raises(BoxError, match=message) as caught:
        boxes_array(boxes, FRAME)  # type: ignore[arg-type]
    assert caught.value.code == "SOT811"
    assert caught.value.remedy


quarters = st.integers(-4000, 4000).map(lambda number: number / 4)
sizes = st.integers(1, 4000).map(lambda number: number / 4)


@given(st.lists(st.tuples(quarters, quarters, sizes, sizes), min_size=1, max_size=5))
def test_centre_and_back(boxes: list[tuple[float, ...]]) -> None:
    """Quarters of pixels are exact in float64."""
    table = np.array(boxes, dtype=np.float64)
    centred = centre_size(table)
    for (x, y, width, height), row in zip(boxes, centred.tolist(), strict=True):
        assert row == [x + width / 2, y + height / 2, width, height]


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ((198.0, 214.0, 34.0, 81.0), "198,214,34,81"),
        ((0.1, -0.25, 1e-9, 100.123456789), "0.1,-0.25,0,100.123457"),
        ((-1e-9, 120.0, 1000.0, 0.5), "0,120,1000,0.5"),
        ((float("nan"), 1.0, 2.0, 3.0), "nan,1,2,3"),
    ],
)
def test_format(box: tuple[float, ...], text: str) -> None:
    assert format_box(box) == text


@given(st.tuples(quarters, quarters, sizes, sizes))
def test_what_is_written_reads_back(box: tuple[float, float, float, float]) -> None:
    assert parse_box(format_box(box)) == box
