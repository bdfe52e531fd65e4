"""The documentation site, built as `make docs` builds it: whole, without dead links, the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sotc.cli.app import SECTIONS
from sotc.dsl.explain import codes
from sotc.specs import names
from sotc.website.built import problems
from sotc.website.components import listed

from ..view.chromium import chromium

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.slow


def build(folder: Path, seed: str) -> None:
    """Builds the site there; it ends with an error at any warning (not with --quiet, which mutes them first)."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": seed, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(folder, "1")
    return folder


@pytest.fixture(scope="module")
def page(site: Path) -> Callable[[str], str]:
    return lambda path: (site / path).read_text(encoding="utf-8")


def test_everything_has_its_page(site: Path) -> None:
    """Components, trackers with their pictures, errors and commands: all that there are, and no others."""
    for folder, wanted in {
        "components": {found.name for found in listed()},
        "errors": set(codes()),
        "commands": {name for section in SECTIONS.values() for name in section},
    }.items():
        assert {path.stem for path in (site / folder).glob("*.html")} == {*wanted, "index"}
    for name in names():
        for file in (f"{name}.html", f"{name}.svg", f"{name}_graph.html"):
            assert (site / "zoo" / file).stat().st_size > 1000
    for folder in ("guide", "decisions"):
        for path in (ROOT / "docs" / folder).glob("*.md"):
            assert (site / folder / f"{path.stem}.html").is_file()


def test_no_link_is_dead_and_nothing_is_fetched(site: Path) -> None:
    assert list(problems(site)) == []
    assert len(list(site.rglob("*.html"))) > 400


def test_a_dead_link_stops_the_build(tmp_path: Path) -> None:
    """The strictest validation is on: a copy of the settings over a page with a dead link and a dead anchor."""
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[0]
    kept = re.sub(
        r"^(hooks|watch|plugins|extra_css|docs_dir|site_dir):.*\n", "", settings, flags=re.MULTILINE
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(kept, encoding="utf-8")
    (tmp_path / "docs" / "index.md").write_text("[a](gone.md) [b](#gone) ![c](gone.svg)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode != 0
    for dead in ("'gone.md'", "'#gone'", "'gone.svg'"):
        assert dead in done.stderr
    assert "3 warnings in strict mode" in done.stdout + done.stderr


def test_specs_are_in_colour(page: Callable[[str], str]) -> None:
    """By our lexer: its words are marked as such, and no token is an error."""
    text = page("zoo/nanotrack_v2.html")
    assert re.search(
        r'<span class="kd">tracker</span><span class="w"> </span><span class="nc">NanoTrackV2</span>', text
    )
    assert re.search(r'<span class="kd">backbone</span>', text)
    code = re.search(r'<div class="highlight">.*?</div>', text, re.DOTALL)
    assert code is not None and 'class="err"' not in code.group()


def test_pages_lead_to_each_other(page: Callable[[str], str]) -> None:
    assert 'href="../zoo/nanotrack_v2.html"' in page("components/XCorrPixelwise.html")
    assert 'href="../components/XCorrPixelwise.html"' in page("zoo/nanotrack_v2.html")
    assert 'href="../errors/SOT850.html"' in page("guide/evaluate.html")
    assert 'href="guide/parity.html#is-the-port-the-original"' in page("index.html")
    source = re.search(
        r'href="\.\./(source/[\w/.]+html)#(__codelineno-0-\d+)"', page("components/SeparableHead.html")
    )
    assert source is not None
    assert f'id="{source[2]}"' in page(source[1])


def test_search_works_from_the_disk(site: Path, page: Callable[[str], str]) -> None:
    """The index is a script beside the pages (a browser reads no other file from the disk), with all of them in it."""
    text = page("search/search_index.js")
    index = json.loads(text.removeprefix("var __index = "))
    found = {entry["location"] for entry in index["docs"]}
    assert {
        "index.html",
        "components/SeparableHead.html",
        "errors/SOT214.html",
        "zoo/stark_st50.html",
    } <= found
    assert not any(location.startswith("source/") for location in found)
    assert (site / "assets" / "iframe-worker.js").is_file()


def test_it_is_used_from_the_disk_without_a_network(site: Path) -> None:
    """In a browser: search finds a component and an error, the picture of a graph follows the colours, all is quiet."""
    with chromium() as browser:
        page = browser.new_page(color_scheme="light")
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto((site / "index.html").as_uri())
        for words, title in (("SeparableHead", "SeparableHead"), ("shapes that do not fit", "SOT214")):
            page.click("input.md-search__input")
            page.fill("input.md-search__input", "")
            page.keyboard.type(words)
            page.wait_for_selector(f".md-search-result__item :is(h1, h2):has-text('{title}')", timeout=60_000)
            page.keyboard.press("Escape")
        page.goto((site / "zoo" / "nanotrack_v2.html").as_uri())
        assert page.eval_on_selector("img[src='nanotrack_v2.svg']", "image => image.naturalWidth") > 500
        light = page.evaluate("getComputedStyle(document.body).colorScheme")
        page.emulate_media(color_scheme="dark")
        page.reload()
        assert (light, page.evaluate("getComputedStyle(document.body).colorScheme")) == ("light", "dark")
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert wrong == []


def test_it_is_the_same_each_time(site: Path, tmp_path: Path) -> None:
    build(tmp_path, "2")
    assert digests(tmp_path) == digests(site)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
