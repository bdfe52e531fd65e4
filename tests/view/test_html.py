"""The HTML file to look around in: what is in it. `test_browser.py` uses it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.specs import locate
from sotc.view.html import html

from .pages import data_of


@pytest.fixture(scope="module")
def checked() -> CheckResult:
    """Two blocks, a shared backbone, inferred settings, losses."""
    return check(locate("nanotrack_v2"))


@pytest.fixture(scope="module")
def page(checked: CheckResult) -> str:
    return html(checked.expect(), checked.sources)


@pytest.fixture(scope="module")
def data(page: str) -> Any:
    return data_of(page)


def test_nothing_is_fetched(page: str) -> None:
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!#)[^"']+|@import|url\(""", page) == []
    assert set(re.findall(r"https?://[^\s\"'`]+", page)) == {"http://www.w3.org/2000/svg"}, (
        "a name, not an address"
    )


def test_no_piece_is_left_out(page: str) -> None:
    assert re.findall(r"@(title|style|data|script)@", page) == []


def test_every_node_of_the_graph_is_told_of(data: Any, checked: CheckResult) -> None:
    assert set(data["nodes"]) == set(checked.expect().graph.nodes)
    project = data["nodes"]["cls.match_cls.project_field"]
    assert ["in_channels", "48", True] in project["settings"], "inferred, and marked so"
    assert project["parameters"] == 48 * 48 + 48 + 2 * 48
    assert project["operations"] == 2 * 48 * 48 * 16 * 16
    applied, declared = project["sources"]
    assert applied["file"] == declared["file"] == "nanotrack.sot"
    assert "-> project_field" in applied["lines"][0]
    assert declared["lines"][0].startswith("part project_field")


def test_each_program_is_a_view(data: Any) -> None:
    views = data["views"]
    assert list(views) == ["all", "init", "step", "train"]
    ids = {view: {node["id"] for node in levels[""]["nodes"]} for view, levels in views.items()}
    assert "template" in ids["init"] and "template" not in ids["step"]
    assert "in:cls.match_cls.project_kernel" in ids["step"], "what comes out of the cache"
    assert "gt" in ids["train"] and "gt" not in ids["step"]


def test_a_block_is_one_node_that_holds_a_level(data: Any) -> None:
    levels = data["views"]["all"]
    assert set(levels) == {"", "cls.match_cls", "loc.match_loc"}
    top = {node["id"]: node for node in levels[""]["nodes"]}
    assert top["block:cls.match_cls"]["title"] == "match_cls"
    assert "cls.match_cls.project_field" not in top
    inner = levels["cls.match_cls"]
    titles = [node["title"] for node in inner["nodes"]]
    assert sorted(titles) == sorted(
        ["kernel", "field", "project_kernel", "project_field", "XCorrPixelwise", "attention", "result"]
    )
    assert len(inner["edges"]) == 6


def test_no_card_covers_another(data: Any) -> None:
    for levels in data["views"].values():
        for level in levels.values():
            boxes = [node["box"] for node in level["nodes"]]
            for number, (x, y, w, h) in enumerate(boxes):
                for ox, oy, ow, oh in boxes[:number]:
                    assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y


def test_the_same_spec_gives_the_same_file(page: str, checked: CheckResult) -> None:
    assert html(checked.expect(), checked.sources) == page
