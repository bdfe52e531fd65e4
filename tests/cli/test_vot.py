"""`sotc vot`: what is said before a client is greeted. How it answers one: tests/evaluation/vot/test_connection.py."""

from __future__ import annotations

import sys

import pytest

from .conftest import Sotc


def test_without_the_package_the_extra_is_named_before_compiling(
    sotc: Sotc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trax", None)
    told = sotc("vot", "bad.sot", code=1).output
    assert "SOT860" in told and "pip install 'sotc[vot]'" in told
    assert "SOT401" not in told


def test_a_wrong_spec_is_told_as_everywhere(sotc: Sotc) -> None:
    pytest.importorskip("trax", exc_type=ImportError)
    assert "SOT401" in sotc("vot", "bad.sot", code=1).output


def test_help_names_both_ways(sotc: Sotc) -> None:
    assert "sotc vot init" in sotc("vot", "--help").output
    assert "[FOLDER] SPEC|ARTIFACT" in sotc("vot", "init", "--help").output
