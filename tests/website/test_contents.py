"""The navigation, and which files get a page."""

from __future__ import annotations

from sotc.specs import names
from sotc.website.contents import docs_pages, expanded, files_linked, known, named
from sotc.website.links import ROOT
from sotc.website.page import page

PAGES = (
    page("components/index.md", "# All"),
    page("components/A.md", "# A", title="A", section="crop"),
    page("components/B.md", "# B", title="B", section="head"),
    page("components/C.md", "# C", title="C", section="crop"),
)


def test_a_part_of_the_site_stands_in_its_groups() -> None:
    nav = expanded([{"Components": ["components/index.md", "components/*"]}, "index.md"], PAGES)
    assert nav == [
        {
            "Components": [
                "components/index.md",
                {"crop": [{"A": "components/A.md"}, {"C": "components/C.md"}]},
                {"head": [{"B": "components/B.md"}]},
            ]
        },
        "index.md",
    ]


def test_pages_of_docs_that_are_named_nowhere_stand_where_the_rest_belongs() -> None:
    first, *others = [path for path, _ in docs_pages() if path.startswith("guide/")]
    nav = expanded([{"Tutorial": first}, {"Guide": [{"More": ["guide/*"]}]}], ())
    assert nav == [{"Tutorial": first}, {"Guide": [{"More": others}]}]
    decisions = expanded(["decisions/*"], ())
    assert len(decisions) == len(list((ROOT / "docs" / "decisions").glob("*.md"))) > 10


def test_every_tracker_is_in_the_navigation() -> None:
    assert list(named(expanded([{"Trackers": ["zoo.md", "zoo/*"]}], ()))) == [
        "zoo.md",
        *(f"zoo/{name}.md" for name in names()),
    ]


def test_files_that_pages_link_to_get_a_page() -> None:
    linked = files_linked([("index.md", "[a](Makefile) [b](docs/zoo.md)\n```\n[c](LICENSE)\n```\n")])
    assert "Makefile" in linked and "docs/zoo.md" not in linked and "LICENSE" not in linked
    assert "components/heads/separable_head.py" in linked and "specs/blocks/nanotrack.sot" in linked
    assert list(linked) == sorted(linked)
    assert all((ROOT / path).is_file() for path in linked)


def test_names_are_known_once() -> None:
    found = known()
    assert found["SeparableHead"] == "components/SeparableHead.md"
    assert found["SOT214"] == "errors/SOT214.md"
    assert found["sotc check"] == "commands/check.md"
    assert found["nanotrack_v2"] == "zoo/nanotrack_v2.md"
