"""The HTML file to look around in: what is in it, and that it works in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.dsl.sources import Sources
from sotc.specs import locate
from sotc.view.html import html

from .browser import run_in_browser


@pytest.fixture(scope="module")
def checked() -> CheckResult:
    """Two blocks, a shared backbone, inferred settings, losses."""
    return check(locate("nanotrack_v2"))


@pytest.fixture(scope="module")
def page(checked: CheckResult) -> str:
    return html(checked.expect(), checked.sources)


@pytest.fixture(scope="module")
def data(page: str) -> Any:
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )  # type: ignore[index]


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


@pytest.mark.slow
def test_a_thousand_nodes_are_drawn(tmp_path: Path) -> None:
    """A long chain with links past five of its nodes."""
    chain = [
        f"    x{n} = x{n - 1} + x{max(0, n - 5)}" if n % 2 else f"    x{n} = x{n - 1} -> ReLU"
        for n in range(1, 1000)
    ]
    spec = BIG.replace("@chain@", "\n".join(chain))
    found = check("big.sot", sources=Sources({"big.sot": spec}))
    page = html(found.expect(), found.sources)
    nodes, edges = run_in_browser(
        page, 'return [".card", ".edge"].map(name => document.querySelectorAll(name).length);', tmp_path
    )
    assert nodes > 1000
    assert edges > nodes


BIG = """\
tracker Big {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }
    backbone      = MobileNetV3 { blocks = 8 }
    head classify = SeparableHead { out_channels = 2 }
    head regress  = SeparableHead { out_channels = 4 }
    x0       = search -> backbone
@chain@
    likeness = XCorrDepthwise(x999, template -> backbone -> CenterCrop { size = 4 })
    pick     = PointDecode { stride = 16 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box = pick.box
}
"""

LOOKS = """
const found = {};
const count = name => document.querySelectorAll(name).length;
const boxes = () => state.scene.nodes.map(({x, y, width, height}) => [x, y, width, height]);
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
found.closed = [count(".card"), count(".edge")];
found.wide = state.scene.width;
press("o");
found.open = [count(".card"), count(".edge")];
found.boxes = boxes();
found.grown = state.scene.width > found.wide;
press("c");
found.again = [count(".card"), count(".edge"), state.scene.width === found.wide];
toggle("kernel");
found.modules = [...document.querySelectorAll(".card.module")].length;
toggle("kernel");
press("3");
found.step = [state.view, count(".card")];
press("1");
document.getElementById("find").value = "pixelwise";
showFound();
found.search = [...document.querySelectorAll("#found b")].map(one => one.textContent);
document.querySelector("#found button").click();
const panel = document.getElementById("panel");
found.revealed = [
  state.chosen, state.open.has("block:cls.match_cls"), panel.textContent.includes("XCorrPixelwise"),
];
press("ArrowDown");
found.below = [state.chosen, document.activeElement.dataset.id];
press("Escape");
found.let_go = [state.chosen, panel.hidden];
reveal("field");
found.twins = [...document.querySelectorAll(".twin")].map(one => one.dataset.id);
press("t");
found.theme = document.documentElement.dataset.theme;
return found;
"""


def test_it_works_in_a_browser(page: str, data: Any, tmp_path: Path) -> None:
    found = run_in_browser(page, LOOKS, tmp_path)
    levels = data["views"]["all"]
    cards = {block: len(level["nodes"]) for block, level in levels.items()}
    edges = {block: len(level["edges"]) for block, level in levels.items()}
    assert found["closed"] == [cards[""], edges[""]]
    assert found["open"] == [sum(cards.values()), sum(edges.values())]
    assert found["grown"]
    for number, (x, y, w, h) in enumerate(found["boxes"]):
        for ox, oy, ow, oh in found["boxes"][:number]:
            assert x + w <= ox + 0.1 or ox + ow <= x + 0.1 or y + h <= oy + 0.1 or oy + oh <= y + 0.1
    assert found["again"] == [cards[""], edges[""], True]
    paths = [path for path, *_ in data["modules"]["backbone"]]
    outermost = [path for path in paths if not any(path.startswith(f"{other}.") for other in paths)]
    assert found["modules"] == len(outermost) > 3
    assert found["step"] == ["step", len(data["views"]["step"][""]["nodes"])]
    assert found["search"] == ["cls.match_cls.XCorrPixelwise", "loc.match_loc.XCorrPixelwise"]
    assert found["revealed"] == ["cls.match_cls.XCorrPixelwise", True, True]
    assert found["below"] == ["cls.match_cls", "cls.match_cls"]
    assert found["let_go"] == [None, True]
    assert found["twins"] == ["kernel"]
    assert found["theme"] in ("light", "dark")
