"""The pages of the zoo are of the specs that ship, as they ship; what was measured is not looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sotc.specs import locate, names

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
AGAIN = "write it anew: make zoo PAGE=1; of a new spec: make zoo SPECS=NAME"

MOST_LINES = 60
"""of a spec, in the mean: a screen"""


@pytest.mark.parametrize("name", names())
def test_a_spec_has_its_page_and_its_row(name: str) -> None:
    page = (DOCS / "zoo" / f"{name}.md").read_text(encoding="utf-8")
    text = Path(locate(name)).read_text(encoding="utf-8").rstrip()
    assert f"```sot\n{text}\n```" in page, AGAIN
    for title in (
        "What it sees",
        "What it gives",
        "What it costs",
        "Checkpoints",
        "How near it is",
        "The graph",
    ):
        assert f"\n## {title}" in page, title
    assert f"| [`{name}`](zoo/{name}.md) | " in (DOCS / "zoo.md").read_text(encoding="utf-8"), AGAIN


def test_no_page_is_of_a_spec_that_is_gone() -> None:
    pages = {path.stem for path in (DOCS / "zoo").iterdir()}
    linked = set(re.findall(r"\(zoo/(\w+)\.md\)", (DOCS / "zoo.md").read_text(encoding="utf-8")))
    assert pages == linked == set(names())


def test_every_tracker_is_held_by_something() -> None:
    """By recorded outputs, or by a test that is there."""
    text = (DOCS / "zoo.md").read_text(encoding="utf-8")
    assert "**nothing**" not in text
    for page in sorted((DOCS / "zoo").glob("*.md")):
        for test in re.findall(r"\(\.\./\.\./(tests/\S+\.py)\)", page.read_text(encoding="utf-8")):
            assert (DOCS.parent / test).is_file(), test


def test_specs_are_a_screen_long() -> None:
    lines = [len(Path(locate(name)).read_text(encoding="utf-8").splitlines()) for name in names()]
    assert sum(lines) / len(lines) <= MOST_LINES
