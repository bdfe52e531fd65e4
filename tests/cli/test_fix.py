"""`sotc fix`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_it_shows_what_it_would_change_and_writes_nothing(sotc: Any, folder: Path) -> None:
    before = (folder / "bad.sot").read_text()
    output = sotc("fix", "bad.sot", "--dry-run", code=1).output
    assert "-    backbone      = MobilNetV3 { blocks = 8 }" in output
    assert "+    backbone      = MobileNetV3 { blocks = 8 }" in output
    assert (folder / "bad.sot").read_text() == before


def test_what_is_certain_is_mended_and_the_rest_told(sotc: Any, folder: Path) -> None:
    output = sotc("fix", "bad.sot", "--yes").output
    assert "wrote bad.sot; 1 error left, for `sotc check`" in output, "`siz` beside `size` may mean anything"
    text = (folder / "bad.sot").read_text()
    assert "= MobileNetV3 {" in text
    assert "siz = 127" in text


def test_a_mended_spec_checks_clean_with_what_it_uses(sotc: Any, folder: Path) -> None:
    good = (folder / "good.sot").read_text()
    (folder / "part.sot").write_text("block Twice(features) {\n    return featurs\n}\n")
    (folder / "both.sot").write_text(
        'use "part.sot" { Twice }\n\n' + good.replace("field, kernel)", "feld, kernel) -> Twice")
    )
    output = sotc("fix", "both.sot", "--yes").output
    assert "wrote part.sot, both.sot" in output or "wrote both.sot, part.sot" in output
    sotc("check", "both.sot")
    assert sotc("fix", "both.sot").output == "both.sot: nothing is certain to be mended\n"


def test_a_part_under_no_word_gets_that_of_its_category_at_once(sotc: Any, folder: Path) -> None:
    good = (folder / "good.sot").read_text()
    assert good.count("head ") > 0
    (folder / "wordless.sot").write_text(good.replace("head ", ""))
    output = sotc("fix", "wordless.sot", "--yes").output
    assert "declare it as a head" in output and "declare it as a part" not in output
    assert (folder / "wordless.sot").read_text() == good


def test_an_unfinished_spec_is_not_emptied(sotc: Any, folder: Path) -> None:
    """Nothing in it is used, until its last lines are written; what else is wrong with it is mended."""
    good = (folder / "good.sot").read_text()
    half = good[: good.index("    output")] + "}\n"
    (folder / "half.sot").write_text(half.replace("XCorrDepthwise", "XCorDepthwise"))
    sotc("fix", "half.sot", "--yes")
    assert (folder / "half.sot").read_text() == half
    spare = good.replace("    output", "    spare = search\n    output", 1)
    (folder / "whole.sot").write_text(spare.replace("XCorrDepthwise", "XCorDepthwise"))
    sotc("fix", "whole.sot", "--yes")
    assert (folder / "whole.sot").read_text() == good


def test_without_a_terminal_nobody_is_asked(sotc: Any, folder: Path) -> None:
    before = (folder / "bad.sot").read_text()
    assert "error[SOT875]" in sotc("fix", "bad.sot", code=1).output
    assert (folder / "bad.sot").read_text() == before


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_on_a_terminal_it_asks(
    sotc: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    monkeypatch.setattr("sotc.cli.fix.is_asked", lambda: True)
    before = (folder / "bad.sot").read_text()
    sotc("fix", "bad.sot", input=answer)
    assert ((folder / "bad.sot").read_text() != before) == written


def test_what_ships_is_not_written(sotc: Any) -> None:
    assert "nothing is certain" in sotc("fix", "nanotrack_v2", "--yes").output


def test_yes_and_dry_run_exclude_each_other(sotc: Any) -> None:
    refused = sotc("fix", "bad.sot", "--yes", "--dry-run", code=2)
    assert "--dry-run" in refused.output
