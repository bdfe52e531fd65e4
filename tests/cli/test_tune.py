"""`sotc tune` as a user meets it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sotc.cli import main

from ..evaluation.runs import tiny

Sotc = Callable[..., Result]

ARGUMENTS = ("tune", "tiny.sot", "--data", "data/own.csv", "--param", "pick.rate=0:1", "-o", "out/tuned.sot")


@pytest.fixture
def here(folder: Path) -> Path:
    (folder / "tiny.sot").write_text(tiny.SPEC)
    tiny.write_data(folder / "data", {"alpha": 6, "beta": 5})
    return folder


def test_a_search_writes_a_spec_and_goes_on(sotc: Sotc, here: Path) -> None:
    done = sotc(*ARGUMENTS, "--trials", "2", "--held-back", "beta")
    assert "beta" in done.stdout
    assert "held back" in done.stdout
    assert "[3/3]" in done.stderr
    assert re.search(r"^recorded \d+ % of the steps: what is searched", done.stdout, re.MULTILINE)
    text = (here / "out" / "tuned.sot").read_text()
    assert 'use "../tiny.sot" { Tiny }' in text
    assert "tracker TinyTuned extends Tiny {" in text
    assert "pick.rate=0.0:1.0" in text
    sotc("check", "out/tuned.sot")
    assert "is there already: --force" in sotc(*ARGUMENTS, code=2).stderr
    found = json.loads(
        sotc(*ARGUMENTS, "--trials", "2", "--held-back", "beta", "--force", "--json", "-q").stdout
    )
    assert found["trials"] == 2
    assert 0 <= found["recorded"] <= 1
    assert [row["name"] for row in found["scores"]] == ["searched", "held back", "alpha", "beta"]
    assert len((here / "out" / "tuned.search.jsonl").read_text().splitlines()) == 4
    refused = sotc(*ARGUMENTS, "--trials", "2", "--force", "--held-back", "alpha", code=1)
    assert "SOT866" in refused.stderr


@pytest.mark.slow
def test_rows_of_a_batch_find_what_candidates_alone_find(sotc: Sotc, here: Path) -> None:
    grid = (*ARGUMENTS[:-3], "pick.rate=0:1:0.25", "--search", "grid", "-o")
    one = json.loads(sotc(*grid, "out/one.sot", "--json", "-q").stdout)
    rows = sotc(*grid, "out/rows.sot", "--batch", "3", "--json")
    many = json.loads(rows.stdout)
    assert "candidates run as rows of a batch: --batch asks for it" in rows.stderr
    assert many["ways"] == [{"way": "batched", "reason": "--batch asks for it", "trials": 5, "rows": 3}]
    assert [way["way"] for way in one["ways"]] == ["recorded"]
    assert (many["values"], many["scores"]) == (one["values"], one["scores"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--param", "pick.rat=0:1"), "`pick.rat`"),
        (("--param", "pick.window=1:0"), "is empty"),
        (("--param", "features.out_channels=8:16"), "is structural: with 16 the weights"),
        (("--param", "features.kernel_size=0:8"), "the spec does not take features.kernel_size = 0"),
        (("--held-back", "alpha,beta"), "held back"),
        (("--search", "grid"), "a grid needs steps"),
        (("--profile", "pysott"), "pysot"),
        (("--measure", "sucess"), "it has success"),
        (("--backend", "auto"), "--backend onnx"),
    ],
)
def test_what_is_refused_before_anything_runs(
    sotc: Sotc, here: Path, options: tuple[str, ...], said: str
) -> None:
    refused = sotc(*ARGUMENTS, *options, code=1)
    assert said in refused.stderr
    assert not (here / "out" / "tuned.sot").exists()


def test_help_has_examples() -> None:
    shown = CliRunner().invoke(main, ["tune", "--help"])
    assert shown.exit_code == 0
    assert "--param pick.penalty=0:0.3" in shown.output
    assert "--batch 4" in shown.output
