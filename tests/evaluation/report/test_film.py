"""Which frames a strip shows, what of them, and how many bytes that is."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.film import SIZE, frames_at, make_films, view_of, worst
from sotc.evaluation.report.overlay import overlap_of_each
from sotc.evaluation.sequence import Sequence, Truth, VideoRange


def test_the_worst_frames_stand_apart() -> None:
    overlaps = np.full(100, 0.9)
    overlaps[[40, 41, 42, 80]] = [0.2, 0.1, 0.2, 0.5]
    overlaps[60] = np.nan  # no target there
    assert worst(overlaps, 2) == [41, 80]
    assert worst(np.zeros(100), 3) == [1, 10, 19]  # of equal ones the first; the given box is not shown
    assert worst(np.array([0.0])) == [] and worst(np.full(5, np.nan)) == []


def test_overlaps_by_hand() -> None:
    truth = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [np.nan] * 4, [0, 0, 10, 10.0]])
    boxes = np.array([[5, 0, 10, 10], [np.nan] * 4, [0, 0, 1, 1], [0, 0, 10, 10.0]])
    found = overlap_of_each(boxes, truth, np.array([False, False, False, True]))
    assert found[:2] == pytest.approx([50 / 150, 0]) and np.isnan(found[2:]).all()


boxes = st.tuples(st.floats(-300, 900), st.floats(-300, 900), st.floats(1, 500), st.floats(1, 500))


@given(st.lists(boxes, min_size=1, max_size=5), st.tuples(st.integers(2, 800), st.integers(2, 600)))
def test_a_view_is_in_the_frame_and_shows_all_boxes(
    found: list[tuple[float, ...]], size: tuple[int, int]
) -> None:
    rows = [np.array(box) for box in found]
    x, y, width, height = view_of(rows, rows[0], size)
    assert x >= 0 and y >= 0 and width > 0 and height > 0
    assert x + width <= size[0] and y + height <= size[1]
    for left, top, across, down in found:
        for at, end, begin, long in ((left, left + across, x, width), (top, top + down, y, height)):
            limit = size[0] if long is width and begin is x else size[1]
            seen = np.clip([at, end], 0, limit)
            assert seen[0] >= begin - 1.01 and seen[1] <= begin + long + 2.01


def test_strips_are_small_pictures_with_boxes(contest: Contest) -> None:
    films = make_films(contest, ["alpha", "beta", "gamma"])
    assert list(films.strips) == ["alpha", "beta", "gamma"] and films.notes == ()
    assert [still.index for still in films.strips["beta"]] == [1, 2, 3]
    assert films.strips["beta"][0].overlaps == (1.0, 0.0)
    for strip in films.strips.values():
        for still in strip:
            data = np.frombuffer(base64.b64decode(still.uri.partition(",")[2]), np.uint8)
            height, width = cv2.imdecode(data, cv2.IMREAD_COLOR).shape[:2]
            assert (width, height) == still.size and width <= SIZE[0] and height <= SIZE[1]


def test_strips_stop_where_the_room_ends(contest: Contest) -> None:
    one = make_films(contest, ["beta", "gamma", "alpha"], room=1)
    assert list(one.strips) == ["beta"]
    assert one.notes == ("2 sequences with better scores have no filmstrip, to keep the page small",)


def test_frames_of_a_range_of_a_video(tmp_path: Path) -> None:
    """Shades tell frames: 20 more from one to the next."""
    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for index in range(10):
        writer.write(np.full((48, 64, 3), 20 * index, np.uint8))
    writer.release()
    truth = Truth(np.tile([4.0, 4, 20, 20], (5, 1)))
    sequence = Sequence("v", VideoRange(tmp_path / "v.avi", 3, 5), truth)
    shades = {index: round(float(frame.mean()) / 20) for index, frame in frames_at(sequence, [1, 4])}
    assert shades == {1: 4, 4: 7}
    (tmp_path / "v.avi").unlink()
    assert list(frames_at(sequence, [1, 4])) == []
