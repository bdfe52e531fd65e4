"""`sotc new`: what it writes is right at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sotc.cli.new import KINDS, TEMPLATES


@pytest.mark.parametrize("template", sorted(KINDS))
def test_each_template_checks_clean_and_is_laid_out(sotc: Any, folder: Path, template: str) -> None:
    assert sotc("new", "sub/my_tracker", "--template", template).output == (
        "wrote sub/my_tracker.sot; next: sotc check sub/my_tracker.sot\n"
    )
    assert sotc("check", "sub/my_tracker.sot").output == "sub/my_tracker.sot: no errors\n", "nor warnings"
    sotc("fmt", "--check", "sub/my_tracker.sot")
    text = (folder / "sub" / "my_tracker.sot").read_text()
    assert "tracker MyTracker" in text
    assert "NewTracker" not in text and "new_tracker" not in text


def test_every_template_file_is_offered() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.sot")} == set(KINDS)


def test_nothing_is_overwritten(sotc: Any, folder: Path) -> None:
    before = (folder / "good.sot").read_text()
    assert "good.sot is there already" in sotc("new", "good", code=1).output
    assert (folder / "good.sot").read_text() == before


@pytest.mark.parametrize("name", ["MyTracker", "my-tracker", "2fast", "my.tracker"])
def test_a_name_that_cannot_be_one(sotc: Any, name: str) -> None:
    assert "snake_case" in sotc("new", name, code=2).output
