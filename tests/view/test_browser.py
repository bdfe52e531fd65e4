"""The HTML graph in a browser, by mouse and by keyboard alone, against the graph as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.compiler.node_programs import node_programs
from sotc.compiler.node_times import NodeTimes, ProgramTimes
from sotc.dsl.sources import Sources
from sotc.specs import locate
from sotc.view.html import html
from sotc.view.json_graph import json_graph
from sotc.view.picture import picture

from .chromium import Opened, card, ends, ids

BLOCKS = ("cls.match_cls", "loc.match_loc")


@pytest.fixture(scope="module")
def checked() -> CheckResult:
    """Two blocks, a shared backbone, inferred settings, losses."""
    return check(locate("nanotrack_v2"))


@pytest.fixture(scope="module")
def text(checked: CheckResult) -> str:
    return html(checked.expect(), checked.sources)


@pytest.fixture(scope="module")
def graph(checked: CheckResult) -> Any:
    return json.loads(json_graph(picture(checked.expect())))


@pytest.fixture(scope="module")
def opened(browser: Any, text: str, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return Opened(browser, text, tmp_path_factory.mktemp("page"))


@pytest.fixture
def page(opened: Opened) -> Iterator[Any]:
    with opened.fresh() as found:
        yield found


# ---------------------------------------------------------------- what is there


def drawn(graph: Any) -> tuple[set[str], set[tuple[str, str]]]:
    """Nodes and edges of the JSON graph without what only picks one result of several."""
    kinds = {node["name"]: node["kind"] for node in graph["nodes"]}
    source = {edge["target"]: edge["source"] for edge in graph["edges"]}

    def origin(name: str) -> str:
        while kinds[name] in ("select", "field"):
            name = source[name]
        return name

    nodes = {name for name, kind in kinds.items() if kind not in ("select", "field")}
    found = {(origin(edge["source"]), edge["target"]) for edge in graph["edges"] if edge["target"] in nodes}
    return nodes, found


def block_of(name: str, graph: Any) -> str:
    """By the places in the spec: what a block holds is written in its declaration."""
    lines = {node["name"]: int(node["place"].rpartition(":")[2]) for node in graph["nodes"]}
    spec = (
        Path(locate("nanotrack_v2"))
        .with_name("blocks")
        .joinpath("nanotrack.sot")
        .read_text(encoding="utf-8")
        .split("\n")
    )
    first = next(number for number, line in enumerate(spec, 1) if line.startswith("block PixelMatch"))
    last = next(number for number, line in enumerate(spec[first:], first + 1) if line == "}")
    return next((block for block in BLOCKS if name.startswith(block) and first < lines[name] < last), "")


def test_closed_blocks_are_one_card_each(page: Any, graph: Any) -> None:
    nodes, edges = drawn(graph)
    top = {name: f"block:{block}" if (block := block_of(name, graph)) else name for name in nodes}
    assert sorted(ids(page)) == sorted(set(top.values()))
    assert ends(page) == {(top[a], top[b]) for a, b in edges if top[a] != top[b]}


def test_opened_blocks_show_every_node_and_edge(page: Any, graph: Any) -> None:
    nodes, edges = drawn(graph)
    page.get_by_role("button", name="Open blocks").click()
    shown = ids(page)
    assert {name for name in shown if ":" not in name} == nodes
    for block in BLOCKS:
        inside = {name for name in nodes if block_of(name, graph) == block}
        assert len(inside) >= 4
        expected = {(a if a in inside else f"in:{a}", b) for a, b in edges if b in inside}
        expected |= {(a, f"out:{a}") for a, b in edges if a in inside and b not in inside}
        assert ends(page, f'.card[data-id="block:{block}"] > g') == expected
    page.get_by_role("button", name="Close all").click()
    assert page.locator('.card[data-id="block:cls.match_cls"]').get_attribute("aria-expanded") == "false"
    assert len(ids(page)) < len(shown)


def test_each_program_shows_what_it_computes(page: Any, checked: CheckResult, graph: Any) -> None:
    nodes, _ = drawn(graph)
    programs = node_programs(checked.expect())
    assert page.locator("#views button").all_inner_texts() == ["all", "init", "step", "train"]
    for name in ("init", "step", "train"):
        page.get_by_role("tab", name=name, exact=True).click()
        if page.locator("#open-all").is_visible():
            page.locator("#open-all").click()
        shown = {one for one in ids(page) if ":" not in one}
        assert shown == {node for node in programs[name] if node in nodes}


@pytest.mark.slow
def test_a_refresh_is_a_program_of_its_own(browser: Any, tmp_path: Path) -> None:
    found = check(locate("correlation_filter"))
    with Opened(browser, html(found.expect(), found.sources), tmp_path).fresh() as page:
        page.get_by_role("tab", name="refresh", exact=True).click()
        shown = {one for one in ids(page) if ":" not in one}
        assert {"template", "appearance"} <= shown <= node_programs(found.expect())["refresh"]
        assert page.locator(".edge.back").count() == 0
        page.get_by_role("tab", name="all", exact=True).click()
        assert page.locator(".edge.back").count() == 2, "two states, each with a way into the next frame"
        assert "into the next frame" in page.locator("#legend").inner_text()


# ---------------------------------------------------------------- by mouse


def test_a_click_tells_all_that_is_known(page: Any) -> None:
    page.get_by_role("button", name="Open blocks").click()
    card(page, "cls.match_cls.project_field").click()
    panel = page.locator("#panel")
    inferred = panel.locator("tr.inferred").all_inner_texts()
    assert [re.split(r"\s+", row) for row in inferred] == [["in_channels", "48", "inferred"]]
    assert panel.locator("tr:not(.inferred)").count() >= 1
    facts = dict(
        zip(panel.locator("dt").all_inner_texts(), panel.locator("dd").all_inner_texts(), strict=True)
    )
    weights = 48 * 48 + 48 + 2 * 48
    assert facts["gives"] == "b 48 16 16"
    assert facts["parameters"].startswith(f"{weights:,} (")
    assert facts["FLOPs"].startswith(f"{2 * 48 * 48 * 16 * 16 / 1e6:.2f} M (")
    assert facts["memory"].startswith(f"{48 * 16 * 16 * 4 / 1e3:.1f} kB")
    written, declared = panel.locator("figure").all_inner_texts()
    assert written.startswith("nanotrack.sot:") and "-> project_field" in written
    assert "part project_field" in declared
    panel.get_by_role("link", name="field", exact=True).first.click()
    assert page.locator(".chosen").get_attribute("data-id") == "field"
    panel.get_by_role("button", name="Close").click()
    assert panel.is_hidden()


def test_hovering_tells_it_in_short(page: Any) -> None:
    card(page, "field").hover()
    tip = page.locator("#tip")
    tip.wait_for(state="visible")
    told = tip.inner_text()
    assert "MobileNetV3" in told and "b 48 16 16" in told and "blocks 8" in told
    box, screen = tip.bounding_box(), page.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= screen["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= screen["height"]
    page.mouse.move(5, 400)
    tip.wait_for(state="hidden")


def test_shared_parts_are_linked(page: Any) -> None:
    assert page.locator(".shared").count() == 1, "the backbone, applied twice"
    assert "one part, the same weights" in page.locator("#legend").inner_text()
    card(page, "field").click()
    assert ids(page, ".twin") == ["kernel"]
    assert page.locator("#panel dd", has_text="the same weights").inner_text().endswith("kernel")


def test_modules_within_a_component_open_and_close(page: Any, checked: CheckResult) -> None:
    closed = ids(page)
    module = checked.expect().parts["backbone"].module
    outer = [name for name, _ in module.named_children()]
    opener = page.locator('.card[data-id="kernel"] > .opener')
    opener.click()
    shown = ids(page, ".card.module")
    assert shown and {name.split("//")[1].split(".")[0] for name in shown} <= set(outer)
    inner = next(name for name in shown if page.locator(f'.card[data-id="{name}"] > .opener').count())
    page.locator(f'.card[data-id="{inner}"] > .opener').click()
    deeper = set(ids(page, ".card.module")) - set(shown)
    assert deeper and all(name.startswith(f"{inner}.") for name in deeper)
    opener.click()
    assert ids(page) == closed


def test_dragging_moves_the_paper_and_nothing_is_drawn_anew(page: Any) -> None:
    page.evaluate("window.first = document.querySelector('.card')")
    before = card(page, "field").bounding_box()
    page.mouse.move(60, 500)
    page.mouse.down()
    page.mouse.move(90, 520, steps=3)
    page.mouse.move(160, 440, steps=3)
    page.mouse.up()
    after = card(page, "field").bounding_box()
    assert after["x"] - before["x"] == pytest.approx(100, abs=0.6)
    assert after["y"] - before["y"] == pytest.approx(-60, abs=0.6)
    assert page.evaluate("window.first === document.querySelector('.card')")
    assert page.locator("#panel").is_hidden(), "a drag is no click"


def test_the_wheel_zooms_at_the_pointer(page: Any) -> None:
    box = card(page, "field").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    page.wait_for_function("width => document.querySelector('.card[data-id=field] > rect')"
                           ".getBoundingClientRect().width > 1.2 * width", arg=box["width"])  # fmt: skip
    after = card(page, "field").bounding_box()
    assert after["x"] + after["width"] / 2 == pytest.approx(x, abs=1)
    assert after["y"] + after["height"] / 2 == pytest.approx(y, abs=1)


# ---------------------------------------------------------------- by keyboard


def focused(page: Any) -> str | None:
    found: str | None = page.evaluate(
        "document.activeElement.dataset.id || document.activeElement.id || null"
    )
    return found


def test_searching_finds_into_closed_blocks(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("pixelwise")
    found = [f"{block}.XCorrPixelwise" for block in BLOCKS]
    assert page.locator("#found b").all_inner_texts() == found
    for name in (*found, found[0]):
        page.keyboard.press("Enter")
        assert page.locator(".chosen").get_attribute("data-id") == name
    assert page.locator("#panel").inner_text().count("XCorrPixelwise") >= 1
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("no such thing")
    assert page.locator("#found").inner_text() == "nothing found"
    page.locator("#find").fill("separable channels out_channels 96")
    assert page.locator("#found b").all_inner_texts() == ["cls", "loc.regress"], (
        "several words, of settings too"
    )


def test_the_keyboard_alone_is_enough(page: Any) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page) in ids(page):
            break
    assert focused(page) in ids(page), "cards are reached by Tab"
    page.locator('.card[data-id="template"]').focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "kernel"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "field"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "search"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#panel h2").inner_text() == "backbone"
    page.keyboard.press("Space")
    assert page.locator(".card.module").count() > 3
    page.keyboard.press("Space")
    assert page.locator(".card.module").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()
    page.keyboard.press("3")
    assert page.locator('[aria-selected="true"]').inner_text() == "step"
    page.keyboard.press("o")
    assert page.locator(".card.block.open").count() == 2
    page.keyboard.press("c")
    assert page.locator(".card.block.open").count() == 0
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").is_hidden()


# ---------------------------------------------------------------- how it looks

CONTRASTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const card of document.querySelectorAll(".card"))
    for (const text of card.querySelectorAll(":scope > text")) {
      const [a, b] = [text, card.querySelector("rect")].map(one => light(getComputedStyle(one).fill));
      found.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
  return found;
}
"""
"""Of every text on a card: its contrast as WCAG 2.1 (1.4.3) defines it."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_system_and_can_be_turned(opened: Opened, scheme: str) -> None:
    dark = "document.documentElement && getComputedStyle(document.body).backgroundColor"
    with opened.fresh(scheme) as page:
        own = page.evaluate(dark)
        assert min(page.evaluate(CONTRASTS)) >= 4.5
        page.keyboard.press("t")
        turned = page.evaluate(dark)
        assert min(page.evaluate(CONTRASTS)) >= 4.5
        light, black = (own, turned) if scheme == "light" else (turned, own)
        assert light == "rgb(255, 255, 255)"
        assert max(map(int, re.findall(r"\d+", black))) < 48


def test_it_prints_on_one_light_page(opened: Opened) -> None:
    with opened.fresh("dark") as page:
        card(page, "field").click()
        page.emulate_media(media="print")
        hidden = ("header nav", ".find", ".tools", "#panel", "#found", "#tip")
        assert [page.locator(one).is_visible() for one in hidden] == [False] * len(hidden)
        assert page.locator("#legend").is_visible()
        made = page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1
        page.emulate_media(media="screen")
        assert page.evaluate("document.documentElement.dataset.theme") is None, "dark again, as the system"


def test_nothing_on_the_paper_overlaps(page: Any) -> None:
    page.get_by_role("button", name="Open blocks").click()
    boxes = page.eval_on_selector_all(
        ".card:not(.open)",
        "cards => cards.map(card => card.querySelector('rect').getBoundingClientRect().toJSON())",
    )
    assert len(boxes) > 20
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            apart = (
                one["right"] <= other["left"] + 0.1
                or other["right"] <= one["left"] + 0.1
                or one["bottom"] <= other["top"] + 0.1
                or other["bottom"] <= one["top"] + 0.1
            )
            assert apart
    wide = page.eval_on_selector_all(
        ".card:not(.open)",
        "cards => cards.map(card => card.querySelector('rect').getBoundingClientRect().width"
        " - Math.max(...[...card.querySelectorAll('text')].map(text => text.getBoundingClientRect().width)))",
    )
    assert min(wide) >= 0, "every text fits its card"


# ---------------------------------------------------------------- with times

MADE = NodeTimes(
    device="cpu",
    device_name="A Processor",
    threads=1,
    repeats=7,
    weights="random",
    programs={
        "init": ProgramTimes({"template": 0.5, "kernel": 2.0}, {}, 0.1),
        "step": ProgramTimes(
            {
                "search": 0.25,
                "field": 4.0,
                "cls.match_cls": 0.25,
                "cls.match_cls.project_field": 0.25,
                "cls": 1.0,
                "pick": 0.001,
            },
            {"field": {"features": 3.9, "features.0": 1.0}},
            0.249,
        ),
    },
    begin=3.0,
    frame=8.0,
    in_frame=("step",),
    frame_share=0.8125,
)


@pytest.fixture(scope="module")
def timed(browser: Any, checked: CheckResult, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    text = html(checked.expect(), checked.sources, MADE)
    return Opened(browser, text, tmp_path_factory.mktemp("times"))


def fill(page: Any, name: str) -> str:
    found: str = card(page, name).evaluate("rect => getComputedStyle(rect).fill")
    return found


def line(page: Any, name: str) -> str:
    found: str = page.locator(f'.card[data-id="{name}"] > text.time').text_content()
    return found


def test_times_colour_the_nodes_and_are_told(timed: Opened) -> None:
    with timed.fresh() as page:
        names = ("field", "cls", "search", "pick")
        assert len({fill(page, name) for name in names}) == 4, "the longer, the warmer"
        reds = [float(re.findall(r"[\d.]+", fill(page, name))[2]) for name in names]
        assert reds == sorted(reds), "and the less blue"
        assert (line(page, "field"), line(page, "kernel")) == ("4.00 ms", "2.00 ms")
        assert line(page, "block:cls.match_cls") == "0.50 ms", "the sum of its nodes"
        assert page.locator('.card[data-id="pick"] > text.time').count() == 0
        told = page.locator("#panel").inner_text()
        assert "8.00 ms" in told and "81 % of a frame" in told and "7 runs on 1 thread of A Processor" in told
        assert "eager" in told and "random weights" in told
        assert page.locator(".spent b").all_inner_texts()[:2] == ["backbone field", "classify cls"]
        assert "match_cls.project_field cls.match_cls.project_field" in " ".join(
            page.locator(".spent").inner_text().replace("\u200b", "").split()
        ), "of which block"
        page.locator(".spent button").first.click()
        assert page.locator(".chosen").get_attribute("data-id") == "field"
        page.locator('.card[data-id="field"] > .opener').click()
        assert "1.00 ms" in page.locator('.card[data-id="field//features.0"]').text_content()
        page.locator('.card[data-id="field"] > .opener').click()
        row = page.locator("#panel dd", has_text="4.00 ms")
        assert row.inner_text() == "4.00 ms (66.7 %)", "of the 6 ms that were counted"
        assert min(page.evaluate(CONTRASTS)) >= 4.5


def test_each_program_has_its_own_times(timed: Opened) -> None:
    with timed.fresh("dark") as page:
        assert min(page.evaluate(CONTRASTS)) >= 4.5
        page.keyboard.press("2")
        assert page.locator("#panel h2").inner_text() == "Where the time of init goes"
        assert line(page, "kernel") == "2.00 ms"
        assert "time at init" in page.locator("#legend").inner_text()
        page.keyboard.press("4")
        assert page.locator("#panel").is_hidden(), "training was not measured"
        assert page.locator(".card.timed").count() == 0
        page.keyboard.press("1")
        card(page, "field").hover()
        page.locator("#tip").wait_for(state="visible")
        assert "4.00 ms" in page.locator("#tip").inner_text()
        by_time = fill(page, "field")
        page.keyboard.press("h")
        assert fill(page, "field") != by_time
        assert "time" not in page.locator("#legend").inner_text()


# ---------------------------------------------------------------- large

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


@pytest.mark.slow
def test_a_thousand_nodes_are_drawn_and_dragged(browser: Any, tmp_path: Path) -> None:
    """A long chain with links past five of its nodes. `bench/viewer.py` measures it."""
    chain = [
        f"    x{n} = x{n - 1} + x{max(0, n - 5)}" if n % 2 else f"    x{n} = x{n - 1} -> ReLU"
        for n in range(1, 1000)
    ]
    spec = BIG.replace("@chain@", "\n".join(chain))
    found = check("big.sot", sources=Sources({"big.sot": spec}))
    graph = json.loads(json_graph(picture(found.expect())))
    nodes, edges = drawn(graph)
    with Opened(browser, html(found.expect(), found.sources), tmp_path).fresh() as page:
        assert set(ids(page)) == nodes and len(nodes) > 1000
        assert ends(page) == edges
        before = card(page, "x0").bounding_box()
        page.evaluate("window.first = document.querySelector('.card')")
        page.mouse.move(300, 700)
        page.mouse.down()
        page.mouse.move(400, 650, steps=10)
        page.mouse.up()
        after = card(page, "x0").bounding_box()
        assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((100, -50), abs=0.6)
        assert page.evaluate("window.first === document.querySelector('.card')"), "nothing is drawn anew"
        page.keyboard.press("/")
        page.keyboard.type("x777")
        page.keyboard.press("Enter")
        assert page.locator(".chosen").get_attribute("data-id") == "x777"
