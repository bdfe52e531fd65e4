"""Which constants of a spec a constructor's annotation takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Optional, Union

import pytest

from sotc.compiler.annotations import accepts, convert, describe_constant, words

CASES = [
    (int, 3, True),
    (int, True, False),
    (int, 3.0, False),
    (float, 3, True),
    (float, True, False),
    (bool, True, True),
    (bool, 1, False),
    (str, "a", True),
    (str, 1, False),
    (Any, (1, "a"), True),
    (None, None, True),
    (Optional[int], None, True),  # noqa: UP045 - users write it so
    (int | None, "a", False),
    (Union[int, tuple[int, int]], (3, 3), True),  # noqa: UP007
    (Union[int, tuple[int, int]], (3, 3, 3), False),  # noqa: UP007
    (Sequence[int], (1, 2), True),
    (Sequence[int], (1, 2.5), False),
    (Sequence[int], 1, False),
    (list[float], (1, 2.5), True),
    (tuple[int, ...], (), True),
    (tuple[int, str], (1, "a"), True),
    (tuple[int, str], ("a", 1), False),
    (list, (1, "a"), True),
    (list[list[int]], ((1,), (2, 3)), True),
    (Literal["rgb", "bgr"], "bgr", True),
    (Literal["rgb", "bgr"], "grey", False),
    (Literal[1, 2], True, False),
    (Annotated[int, "note"], 4, True),
    ("Unevaluated", object, True),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), CASES)
def test_accepts(annotation: Any, value: Any, expected: bool) -> None:
    assert accepts(annotation, value) is expected


def test_values_arrive_as_the_constructor_asks() -> None:
    assert convert(list[int], (1, 2)) == [1, 2]
    assert convert(Sequence[int], (1, 2)) == (1, 2)
    assert isinstance(convert(float, 3), float)
    assert convert(bool, True) is True


def test_words_read_like_a_sentence() -> None:
    assert words(int) == "a whole number"
    assert words(Sequence[int]) == "a list of whole numbers"
    assert words(int | None) == "a whole number or none"
    assert words(Literal["rgb", "bgr"]) == 'one of "rgb", "bgr"'


def test_constants_are_described_as_a_spec_writes_them() -> None:
    assert describe_constant((1, 2.5, "a", True, None)) == '[1, 2.5, "a", true, none]'
