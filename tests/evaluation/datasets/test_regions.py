"""Bounds of VOT's regions, against masks painted by NumPy."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sotc.evaluation.datasets.errors import SequenceError
from sotc.evaluation.datasets.regions import bounds_of, read_bounds
from sotc.evaluation.metrics.regions import is_empty, parse_region


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """Lengths of runs, row by row, that of zeros first."""
    runs = [(value, len(list(group))) for value, group in groupby(mask.ravel().tolist())]
    return ([] if runs and not runs[0][0] else [0]) + [length for _, length in runs]


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 9))), st.integers(-5, 30), st.integers(0, 30)
)
def test_bounds_of_any_mask(mask: NDArray[np.bool_], left: int, top: int) -> None:
    height, width = mask.shape
    numbers = ",".join(map(str, (left, top, width, height, *runs_of(mask))))
    region = parse_region(f"m{numbers}")
    box = bounds_of(region)
    assert is_empty(region) is not bool(mask.any())
    if not mask.any():
        assert np.isnan(box).all()
        return
    x, y, w, h = (int(number) for number in box)
    inner = mask[y - top : y - top + h, x - left : x - left + w]
    assert inner.sum() == mask.sum(), "nothing is outside of the bounds"
    assert inner[0].any() and inner[-1].any() and inner[:, 0].any() and inner[:, -1].any(), (
        "nor are they wider"
    )


def test_boxes_polygons_and_marks(tmp_path: Path) -> None:
    path = tmp_path / "groundtruth.txt"
    path.write_text("1.5,2,3,4\n0,0,4,1,2,8\n1\n0,0,0,0\nm0,0,2,1,2\n")
    bounds = read_bounds(path)
    assert bounds.boxes[:2].tolist() == [[1.5, 2, 3, 4], [0, 0, 4, 8]]
    assert np.isnan(bounds.boxes[2:]).all()
    assert bounds.absent.tolist() == [False, False, False, True, True], "a mark says nothing of the target"


@pytest.mark.parametrize("line", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "m1,2,3", "m0,0,2,2,9", "m0,0,-2,2,1"])
def test_no_region(line: str, tmp_path: Path) -> None:
    path = tmp_path / "groundtruth.txt"
    path.write_text(f"1,2,3,4\n{line}\n")
    with pytest.raises(SequenceError, match=r"groundtruth\.txt`, line 2: "):
        read_bounds(path)
