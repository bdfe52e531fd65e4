"""A fix is certain: where it is applied, its finding goes, and no mistake of syntax comes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from sotc.dsl.diagnostics import Diagnostic
from sotc.dsl.sources import Sources

SPECS = sorted(
    spec
    for spec in Path(__file__).parent.glob("SOT*.sot")
    if "# check: resolve" in spec.read_text(encoding="utf-8")
)


def apply(text: str, found: Diagnostic) -> str:
    """The text with a fix's edits made, the last first."""
    assert found.fix is not None
    for edit in sorted(found.fix.edits, key=lambda each: each.span.start, reverse=True):
        assert edit.span.path == found.span.path
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_fixes_mend(spec: Path, cases: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(spec.parent)
    text = spec.read_text(encoding="utf-8")
    options = cases.options_of(text)
    before = cases.run(spec.name, options)
    for found in before.diagnostics:
        if found.fix is None:
            continue
        after = cases.run(spec.name, options, Sources({spec.name: apply(text, found)}))
        count = sum(each.code == found.code and each.title == found.title for each in before.diagnostics)
        left = sum(each.code == found.code and each.title == found.title for each in after.diagnostics)
        assert left < count, f"{found.fix.title}: {after.report}"
        new = after.error_codes - before.error_codes
        syntax = {code for code in new if code.startswith("SOT1") and not found.code.startswith("SOT1")}
        assert syntax == set(), after.report


def test_there_are_fixes_to_test(cases: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    fixes = 0
    for spec in SPECS:
        outcome = cases.run(spec.name, cases.options_of(spec.read_text(encoding="utf-8")))
        fixes += sum(found.fix is not None for found in outcome.diagnostics)
    assert fixes >= 20
