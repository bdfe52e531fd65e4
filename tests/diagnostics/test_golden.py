"""Every small spec with a mistake gives, letter for letter, the report stored beside it.

`UPDATE_GOLDEN=1` writes the reports anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

SPECS = sorted(Path(__file__).parent.glob("SOT*.sot"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_report_is_the_stored_one(
    spec: Path, cases: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spec.parent)
    outcome = cases.run(spec.name, cases.options_of(spec.read_text(encoding="utf-8")))
    code = spec.stem.partition("_")[0]
    assert code in outcome.codes, f"gives {sorted(outcome.codes)}, its name says {code}"
    stored = spec.with_suffix(".err")
    if os.environ.get("UPDATE_GOLDEN") == "1":
        stored.write_text(outcome.report, encoding="utf-8")
    assert stored.is_file(), f"{stored.name} is missing; UPDATE_GOLDEN=1 writes it"
    assert outcome.report == stored.read_text(encoding="utf-8")


def test_every_stored_report_has_its_spec() -> None:
    reports = Path(__file__).parent.glob("*.err")
    assert [report.name for report in reports if not report.with_suffix(".sot").is_file()] == []


def test_a_changed_report_is_noticed(
    tmp_path: Path, cases: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison itself can fail: another mistake gives another report."""
    spec = tmp_path / "one.sot"
    text = "# check: resolve\ntracker A {\n    output box = missing\n}\n"
    spec.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    first = cases.run(spec.name, cases.options_of(text)).report
    spec.write_text(text.replace("missing", "other"), encoding="utf-8")
    assert cases.run(spec.name, cases.options_of(text)).report != first
