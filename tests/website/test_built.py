"""The check of a built site finds what is wrong, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.website.built import problems


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "guide").mkdir()
    (tmp_path / "a b.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "guide" / "index.html").write_text('<p id="x">1</p><a name="old">2</a>', encoding="utf-8")
    return tmp_path


def found(site: Path, body: str) -> list[str]:
    (site / "index.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    return list(problems(site))


@pytest.mark.parametrize(
    "body",
    [
        '<a href="guide/index.html">1</a>',
        '<a href="guide/">1</a> <a href="guide">2</a>',
        '<a href="guide/index.html#x">1</a> <a href="guide/index.html#old">2</a>',
        '<h2 id="here">1</h2><a href="#here">2</a>',
        '<img src="a%20b.svg"> <a href="a%20b.svg#anything">1</a>',
        '<a href="https://example.org/x">1</a> <a href="mailto:a@example.org">2</a>',
        '<link rel="canonical" href="https://example.org/index.html">',
        '<img src="data:image/png;base64,AAAA">',
        "<script>'<a href=\"nowhere\">'</script>",
    ],
)
def test_what_is_right_passes(site: Path, body: str) -> None:
    assert found(site, body) == []


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('<a href="gone.html">1</a>', "index.html: `gone.html` leads to no file"),
        ('<img src="gone.svg">', "index.html: `gone.svg` leads to no file"),
        ('<source srcset="a%20b.svg 1x, gone.svg 2x">', "index.html: `gone.svg` leads to no file"),
        ('<link rel="stylesheet" href="gone.css">', "index.html: `gone.css` leads to no file"),
        (
            '<a href="guide/index.html#y">1</a>',
            "index.html: `guide/index.html#y` leads to no such place on that page",
        ),
        ('<a href="#nowhere">1</a>', "index.html: `#nowhere` leads to no such place on that page"),
        (
            '<script src="https://example.org/x.js"></script>',
            "`https://example.org/x.js` is fetched from a network",
        ),
        ('<link href="https://example.org/x.css">', "`https://example.org/x.css` is fetched from a network"),
        ('<link href="//example.org/x.css">', "`//example.org/x.css` is fetched from a network"),
        ('<iframe src="https://example.org/">1</iframe>', "`https://example.org/` is fetched from a network"),
        (
            '<a href="https://example.org/x.png">1</a><img src="https://example.org/x.png">',
            "`https://example.org/x.png` is fetched from a network",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_page(site: Path, body: str, wanted: str) -> None:
    (problem,) = found(site, body)
    assert problem.startswith("index.html: `") and wanted in problem


def test_a_servers_page_for_what_is_not_there_is_left_out(site: Path) -> None:
    (site / "404.html").write_text('<a href="/index.html">1</a>', encoding="utf-8")
    assert found(site, "") == []
