"""Did you mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.dsl.suggest import did_you_mean, distance, nearest

NAMES = [
    "backbone",
    "neck",
    "head",
    "kernel",
    "kernels",
    "out_channels",
    "kernel_size",
    "stride",
    "ResNet",
    "width",
]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("bakbone", ("backbone",)),
        ("backbnoe", ("backbone",)),
        ("kernell", ("kernel", "kernels")),
        ("Kernel", ("kernel",)),
        ("resnet", ("ResNet",)),
        ("channels", ("out_channels",)),
        ("out_chanels", ("out_channels",)),
        ("stirde", ("stride",)),
        ("x", ()),
        ("zzzz", ()),
        ("neck", ()),
    ],
)
def test_nearest(name: str, found: tuple[str, ...]) -> None:
    assert nearest(name, NAMES) == found


def test_short_names_are_not_everything() -> None:
    assert nearest("a", ["b", "c", "A"]) == ("A",)
    assert nearest("ab", ["cd", "ac"]) == ("ac",)


def test_words() -> None:
    assert did_you_mean(()) is None
    assert did_you_mean(("a", "b")) == "did you mean `a` or `b`?"


def plain_distance(one: str, other: str) -> int:
    """Damerau's restricted distance by its recursive definition."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        plain_distance(one[:-1], other) + 1,
        plain_distance(one, other[:-1]) + 1,
        plain_distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    )
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        best = min(best, plain_distance(one[:-2], other[:-2]) + 1)
    return best


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 5))
def test_distance(one: str, other: str, limit: int) -> None:
    wanted = plain_distance(one, other)
    found = distance(one, other, limit)
    assert found == wanted if wanted <= limit else found > limit
