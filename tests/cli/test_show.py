"""`sotc show`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_the_resolved_spec_is_flat_and_says_where_lines_come_from(sotc: Any) -> None:
    output = sotc("show", "--stage", "resolved", "nanotrack_v2").output
    assert "match_cls.project_kernel" in output
    assert "nanotrack.sot:" in output


def test_the_graph_has_stages_and_shapes(sotc: Any) -> None:
    rows = [line.split() for line in sotc("show", "--stage", "graph", "good.sot").output.splitlines()]
    kernel = next(row for row in rows if row[1] == "kernel")
    assert kernel[:2] == ["init", "kernel"]
    assert "4" in kernel


def test_params_are_set(sotc: Any) -> None:
    assert "b 24 4 4" in sotc("show", "--stage", "graph", "good.sot", "--set", "width=24").output


@pytest.mark.parametrize(("stage", "wanted"), [("init", "reads"), ("step", "output.box")])
def test_programs_are_printed(sotc: Any, stage: str, wanted: str) -> None:
    assert wanted in sotc("show", "--stage", stage, "good.sot").output


def test_a_stage_that_is_none_is_a_wrong_use(sotc: Any) -> None:
    assert "'resolved', 'graph', 'fx'" in sotc("show", "--stage", "stp", "good.sot", code=2).output


def test_a_bad_spec_is_reported(sotc: Any) -> None:
    assert "SOT401" in sotc("show", "--stage", "graph", "bad.sot", code=1).stderr


def test_passes_are_counted_and_explained(sotc: Any) -> None:
    assert "fold-constants  step" in sotc("show", "--stage", "passes", "good.sot").output
    output = sotc("show", "--why", "precision{dtype=fp16}", "--passes", "fold-constants", "good.sot").output
    assert output.startswith("# precision{dtype=fp16} after fold-constants")
    assert "in fp16" in output


def test_passes_are_drawn(sotc: Any, folder: Path) -> None:
    done = sotc("show", "--stage", "passes", "--passes", "fold-constants", "good.sot", "-o", "out/p.html")
    assert done.stdout == "wrote out/p.html\n"
    assert "running the passes" in done.stderr
    page = (folder / "out" / "p.html").read_text()
    assert "<title>Good: passes</title>" in page
    assert '"pass":"fold-constants"' in page and '"views":{"begin"' in page


def test_a_page_of_another_stage_is_a_wrong_use(sotc: Any, folder: Path) -> None:
    assert "-o writes the page of --stage passes" in sotc("show", "good.sot", "-o", "p.html", code=2).stderr
    wrong = sotc("show", "--stage", "passes", "good.sot", "-o", "p.svg", code=2).stderr
    assert "should end in .html" in wrong
    slip = sotc("show", "--stage", "passes", "--passes", "fold-constant", "good.sot", "-o", "p.html", code=1)
    assert "SOT613" in slip.stderr
    assert not (folder / "p.html").exists()


def test_a_slip_in_a_pipeline_is_told(sotc: Any) -> None:
    assert "SOT613" in sotc("show", "--why", "fold-constant", "good.sot", code=1).stderr
    message = sotc("show", "--stage", "passes", "--passes", "precision{dtype=x}", "good.sot", code=1).stderr
    assert "SOT614" in message
    assert "column 17" in message


@pytest.mark.parametrize("stage", ["resolved", "graph", "fx", "train"])
def test_passes_where_none_run_are_a_wrong_use(sotc: Any, stage: str) -> None:
    message = sotc("show", "--stage", stage, "--passes", "fold-constants", "good.sot", code=2).stderr
    assert "--passes has no effect" in message
