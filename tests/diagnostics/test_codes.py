"""Every kind of finding has a code of its own, a page that explains it, and a stored report."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from sotc.compiler.user_error import UserError
from sotc.dsl import explain
from sotc.dsl.diagnostics import Diagnostic

HERE = Path(__file__).parent


def kinds(base: type, *rooms: str) -> list[Any]:
    """Every subclass of `base` with a code of its own, in these rooms, by code."""
    for room in rooms:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    found: list[Any] = []
    waiting: list[type] = [base]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("sotc.") and "code" in vars(kind):
                found.append(kind)
    return sorted(found, key=lambda kind: (kind.code, kind.__name__))


FINDINGS = kinds(Diagnostic, "sotc.dsl", "sotc.compiler")
"""what is wrong with a spec"""

ROOMS = (
    "sotc.compiler",
    "sotc.runtime",
    "sotc.measure",
    "sotc.importers",
    "sotc.evaluation",
    "sotc.server",
    "sotc.cli",
    "sotc.specs",
)

OTHERS = [UserError, *kinds(UserError, *ROOMS)]
"""mistakes that are not in a spec: files, boxes, weights"""

WITHOUT_A_SPEC = {"SOT128", "SOT701"}
"""shown by no spec worth storing: one needs a file of a megabyte, the other is given when a tracker is built"""

CODES = sorted({kind.code for kind in FINDINGS} - WITHOUT_A_SPEC)


def test_no_two_kinds_share_a_code() -> None:
    by_code = defaultdict(set)
    for kind in (*FINDINGS, *OTHERS):
        by_code[kind.code].add(f"{kind.__module__}.{kind.__qualname__}")
    assert {code: sorted(names) for code, names in by_code.items() if len(names) > 1} == {}


@pytest.mark.parametrize("kind", FINDINGS, ids=lambda kind: kind.code)
def test_finding_says_what_it_is(kind: Any) -> None:
    assert "title" in vars(kind) or any("title" in vars(base) for base in kind.__mro__[1:-2])
    assert kind.code[:3] == "SOT"
    assert kind.code[3:].isdigit()


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_page_with_both_examples(code: str) -> None:
    text = explain.page(code)
    assert text is not None, f"dsl/pages/{code}.md is missing"
    both = "```sot fails" in text and "```sot mends" in text
    assert both or "```sot skip" in text, "a page shows a failing example and a mended one"


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_stored_report(code: str) -> None:
    assert list(HERE.glob(f"{code}_*.sot")), f"tests/diagnostics/{code}_what.sot is missing"


@pytest.mark.parametrize("code", explain.codes())
def test_page_begins_with_its_code(code: str) -> None:
    text = explain.page(code)
    assert text is not None
    assert text.startswith(f"# {code}: ")


def test_every_page_belongs_to_a_code() -> None:
    known = {kind.code for kind in (*FINDINGS, *OTHERS)}
    assert [code for code in explain.codes() if code not in known] == []


def test_every_stored_report_belongs_to_a_code() -> None:
    names = [spec.stem for spec in HERE.glob("SOT*.sot")]
    assert [name for name in names if name.partition("_")[0] not in CODES] == []
