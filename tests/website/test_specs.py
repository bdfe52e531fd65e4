"""The page of a tracker: what `make zoo` wrote, with papers, parts, speed and the picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sotc.specs import names
from sotc.website import specs
from sotc.website.links import ROOT
from sotc.website.specs import origin_lines, spec_of, spec_page, speed_lines


def page(name: str) -> str:
    return (ROOT / "docs" / "zoo" / f"{name}.md").read_text(encoding="utf-8")


def test_only_pages_of_trackers_are_pages_of_trackers() -> None:
    assert [spec_of(f"zoo/{name}.md") for name in names()] == list(names())
    assert [spec_of(path) for path in ("zoo.md", "zoo/nobody.md", "guide/bench.md", "zoo/fear_xs.svg")] == [
        None
    ] * 4


@pytest.fixture(scope="module")
def nano() -> str:
    return spec_page("nanotrack_v2", page("nanotrack_v2"))


def test_nothing_that_was_measured_is_lost(nano: str) -> None:
    """Every section but the graph in Mermaid, which would be drawn by a script from a network."""
    old, new = page("nanotrack_v2"), nano
    for section in re.split(r"^(?=## )", old, flags=re.MULTILINE):
        if not section.startswith("## The graph"):
            assert section.strip() in new
    assert "mermaid" not in new
    headings = re.findall(r"^## (.+)$", new, re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert {"The graph", "What it is made of", "How fast it is"} <= set(headings)


def test_the_picture_leads_to_the_page_to_look_around_in(nano: str) -> None:
    assert "[![The graph of nanotrack_v2](nanotrack_v2.svg)](nanotrack_v2_graph.html)" in nano


def test_a_tracker_that_was_not_measured_has_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(specs, "ROOT", tmp_path)
    monkeypatch.setattr(specs, "names", lambda: ("fear_xs", "nanotrack_v2"))
    (tmp_path / "docs" / "zoo").mkdir(parents=True)
    (tmp_path / "docs" / "zoo" / "fear_xs.md").write_text("# fear_xs\n", encoding="utf-8")
    (found,) = specs.unmeasured_pages()
    assert found.path == "zoo/nanotrack_v2.md" and "`make zoo SPECS=nanotrack_v2`" in found.text
    assert "\ntracker NanoTrackV2 {" in found.text
    assert "## The graph" in specs.spec_page("nanotrack_v2", found.text)


def test_parts_come_with_their_papers(nano: str) -> None:
    made = nano.partition("## What it is made of")[2].partition("\n## ")[0]
    assert "| `XCorrPixelwise` | part | Alpha-Refine (Yan et al., CVPR 2021), section 3.2. |" in made
    assert made.count("\n| `") == len(set(re.findall(r"\n\| `(\w+)`", made))) > 8


def test_speed_is_the_benchmarks(nano: str) -> None:
    bench = next((ROOT / "docs" / "benchmarks").glob("intel*.md"))
    section = bench.read_text(encoding="utf-8").partition("\n## nanotrack_v2\n")[2].partition("\n## ")[0]
    first = next(line for line in section.splitlines() if line.startswith("| one target, fp32"))
    assert first in nano.partition("## How fast it is")[2]
    assert f"](../benchmarks/{bench.name}#nanotrack_v2)" in nano
    unmeasured = "\n".join(speed_lines("asymmetric_vit"))
    assert "`sotc bench asymmetric_vit`" in unmeasured and "|" not in unmeasured


def test_papers_and_repositories_are_those_that_the_spec_names() -> None:
    fear = "\n".join(origin_lines("fear_xs"))
    assert "**Paper**: Borsuk et al., ECCV 2022" in fear
    assert "](https://github.com/PinataFarms/FEARTracker)" in fear
    filter_ = "\n".join(origin_lines("correlation_filter"))
    assert "**Papers**: Kiani Galoogahi et al., ICCV 2017; Bertinetto et al., CVPR 2016; " in filter_
    assert "Original code" not in filter_
