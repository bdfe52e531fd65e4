"""The pages of error codes."""

from __future__ import annotations

import pytest

from sotc.dsl import explain


def test_page() -> None:
    text = explain.page("SOT301")
    assert text is not None
    assert text.startswith("# SOT301: ")
    assert "```sot fails" in text


@pytest.mark.parametrize("written", ["sot301", "301", "SOT301"])
def test_ways_to_write_a_code(written: str) -> None:
    assert explain.page(written) == explain.page("SOT301")


@pytest.mark.parametrize("written", ["SOT999", "", "SOT", "3", "../SOT301", "SOT301.md", "SOT30١"])
def test_no_page(written: str) -> None:
    assert explain.page(written) is None


def test_codes_and_titles() -> None:
    codes = explain.codes()
    assert list(codes) == sorted(codes)
    assert "SOT301" in codes
    assert explain.title("SOT301") == "a name that is declared nowhere"
    assert all(explain.title(code) for code in codes)
