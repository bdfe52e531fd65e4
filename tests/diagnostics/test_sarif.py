"""Findings as SARIF, held against the schema of 2.1.0 that a package carries: schemas/README.md says which, and why."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from sotc.dsl.render import as_json
from sotc.dsl.render_sarif import render_sarif

HERE = Path(__file__).parent
SPECS = sorted(HERE.glob("SOT*.sot"))
MANY_KINDS = [
    path for path in SPECS if path.stem in ("SOT401_behind_what_is_broken", "SOT214_shape_mismatch")
]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    read = json.loads((HERE / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(read)
    return jsonschema.Draft4Validator(read)


def written(entries: list[dict[str, Any]]) -> Any:
    return json.loads(render_sarif(entries, "1.2.3"))


@pytest.mark.parametrize("spec", [*SPECS[::12], *MANY_KINDS], ids=lambda spec: spec.stem)
def test_findings_are_valid_sarif(
    spec: Path, cases: SimpleNamespace, schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    found = cases.run(spec.name, cases.options_of(spec.read_text(encoding="utf-8"))).diagnostics
    log = written([as_json(each) for each in found])
    assert [error.message for error in schema.iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == len(found) > 0


def test_a_run_without_findings_and_a_finding_without_a_file_are_valid(schema: Any) -> None:
    assert list(schema.iter_errors(written([]))) == []
    nowhere = {"code": "SOT802", "severity": "error", "message": "it is not there", "file": None}
    assert list(schema.iter_errors(written([nowhere]))) == []


def test_the_schema_refuses_what_is_none(schema: Any) -> None:
    log = written([{"code": "SOT802", "severity": "fatal", "message": "it is not there", "file": None}])
    (error,) = schema.iter_errors(log)
    assert "fatal" in error.message
