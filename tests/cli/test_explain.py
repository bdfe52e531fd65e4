"""`sotc explain`."""

from __future__ import annotations

from typing import Any

import pytest

from sotc.dsl.explain import codes


@pytest.mark.parametrize("typed", ["SOT401", "sot401", "401"])
def test_a_page_by_its_code(sotc: Any, typed: str) -> None:
    output = sotc("explain", typed).output
    assert "SOT401" in output.splitlines()[0]
    assert "```sot fails" in output and "```sot mends" in output


def test_all_codes_are_listed_with_a_line(sotc: Any) -> None:
    lines = sotc("explain").output.splitlines()
    assert [line.split()[0] for line in lines] == list(codes())
    assert all(len(line.split()) > 2 for line in lines)


def test_an_unknown_code(sotc: Any) -> None:
    assert "no code `SOT000`" in sotc("explain", "SOT000", code=1).output
