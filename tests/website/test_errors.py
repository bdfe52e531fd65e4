"""The pages of errors are those of `sotc explain`, by family."""

from __future__ import annotations

import re

from sotc.dsl.explain import codes, page
from sotc.website.errors import FAMILIES, error_pages, family, index, known_errors


def test_each_code_has_its_page() -> None:
    first, *pages = error_pages()
    assert [found.path for found in pages] == [f"errors/{code}.md" for code in codes()]
    assert [found.text for found in pages] == [page(code) for code in codes()]
    assert first.path == "errors/index.md"
    assert known_errors()["SOT214"] == "errors/SOT214.md"


def test_the_index_has_each_code_in_its_family() -> None:
    text = "\n".join(index())
    assert re.findall(r"\]\((SOT\d+)\.md\)", text) == list(codes())
    shape = text.partition("## 2xx Types and shapes")[2].partition("\n## ")[0]
    assert "(SOT214.md)" in shape and "(SOT301.md)" not in shape


def test_families_are_those_that_contributors_are_told() -> None:
    from sotc.website.links import ROOT

    told = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split()).partition("Families: ")[2]
    named = dict(re.findall(r"(\d)xx ([\w ]+)", told.partition(".")[0]))
    assert {first: name.lower() for first, name in FAMILIES.items()} == named
    assert {family(code) for code in codes()} == {f"{first}xx {name}" for first, name in FAMILIES.items()}
