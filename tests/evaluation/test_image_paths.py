"""Paths made when they are asked for are those that would have been made at once."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.image_paths import ImagePaths

names = st.lists(st.text("abc0123.", min_size=1).map(lambda text: f"f{text}.jpg"), unique=True, max_size=8)
places = st.integers(-9, 9) | st.none()


@given(names, places, places, st.integers(1, 3))
def test_they_are_as_a_tuple_of_paths(
    given_names: list[str], begin: int | None, end: int | None, step: int
) -> None:
    folder = Path("data/clip")
    found, wanted = ImagePaths(folder, given_names), tuple(folder / name for name in given_names)
    assert found == wanted and tuple(found) == wanted and len(found) == len(wanted)
    assert found[begin:end:step] == wanted[begin:end:step]
    assert hash(found) == hash(wanted) and pickle.loads(pickle.dumps(found)) == found
    assert all(found[place] == path for place, path in enumerate(wanted))
    assert (found == (*wanted, folder)) is False
    if wanted:
        assert found[-1] == wanted[-1] and found != ImagePaths(Path("data"), given_names)


def test_beyond_the_end_there_is_none() -> None:
    with pytest.raises(IndexError):
        ImagePaths(Path("clip"), ["1.jpg"])[1]
