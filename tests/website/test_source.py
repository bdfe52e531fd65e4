"""The page of a file of the repository."""

from __future__ import annotations

import pytest

from sotc.website.links import ROOT
from sotc.website.source import line_anchor, source_page


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("specs/blocks/nanotrack.sot", "sot"),
        ("components/heads/separable_head.py", "python"),
        ("Makefile", "text"),
    ],
)
def test_the_whole_file_stands_on_its_page(path: str, language: str) -> None:
    found = source_page(path)
    assert found.path == f"source/{path}.md" and found.title == path
    body = found.text.partition(f'```{language} linenums="1"\n')[2].rpartition("\n```")[0]
    assert body == (ROOT / path).read_text(encoding="utf-8").rstrip("\n")


def test_it_is_not_found_by_search_but_by_what_links_to_it() -> None:
    assert source_page("Makefile").text.startswith("---\nsearch:\n  exclude: true\n")
    assert line_anchor("13") == "#__codelineno-0-13"
