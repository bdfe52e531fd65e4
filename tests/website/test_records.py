"""Pages that stand elsewhere in the repository, and the list of decisions."""

from __future__ import annotations

from sotc.website.links import ROOT
from sotc.website.records import decision_pages, repository_pages


def test_the_readme_is_the_first_page() -> None:
    pages = {page.path: page.text for page in repository_pages()}
    assert set(pages) == {"index.md", "contributing.md", "changelog.md"}
    assert pages["index.md"].endswith((ROOT / "README.md").read_text(encoding="utf-8"))


def test_each_decision_is_listed_with_its_number() -> None:
    (page,) = decision_pages()
    assert page.path == "decisions/index.md"
    for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, title = heading.split(" ", 1)
        assert f"| {number} | [{title}]({path.name}) |" in page.text
