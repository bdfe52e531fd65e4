"""Every kind of finding has a code of its own, a page that explains it, and a stored report."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pytest

from sotc.dsl import explain
from sotc.dsl.diagnostics import Diagnostic

HERE = Path(__file__).parent


def kinds() -> list[type[Diagnostic]]:
    """Every subclass of Diagnostic in the language and the compiler, by code."""
    for room in ("sotc.dsl", "sotc.compiler"):
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    found: list[type[Diagnostic]] = []
    waiting = [Diagnostic]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("sotc.") and "code" in vars(kind):
                found.append(kind)
    return sorted(found, key=lambda kind: (kind.code, kind.__name__))


KINDS = kinds()
CODES = sorted({kind.code for kind in KINDS})


def test_no_two_kinds_share_a_code() -> None:
    counts = Counter(kind.code for kind in KINDS)
    shared = {
        code: [kind.__qualname__ for kind in KINDS if kind.code == code]
        for code in counts
        if counts[code] > 1
    }
    assert shared == {}


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_page(code: str) -> None:
    text = explain.page(code)
    assert text is not None, f"dsl/pages/{code}.md is missing"
    assert text.startswith(f"# {code}: "), "a page begins with its code and a title"


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_stored_report(code: str) -> None:
    assert list(HERE.glob(f"{code}_*.sot")), f"tests/diagnostics/{code}_what.sot is missing"


def test_every_page_belongs_to_a_code() -> None:
    assert [code for code in explain.codes() if code not in CODES] == []


def test_every_stored_report_belongs_to_a_code() -> None:
    names = [spec.stem for spec in HERE.glob("SOT*.sot")]
    assert [name for name in names if name.partition("_")[0] not in CODES] == []
