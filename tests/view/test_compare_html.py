"""Two trackers in one page: each node once, marked as it differs, and each tracker for itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.dsl.program import BlockUse
from sotc.dsl.sources import Sources
from sotc.dsl.span import Span
from sotc.specs import locate
from sotc.view.compare_html import Shown, both_levels, compare_html
from sotc.view.difference import difference
from sotc.view.picture import Picture, PictureEdge, PictureNode, picture
from sotc.view.scene import Blocks
from sotc.view.work import work_of

from .chromium import SIZE, Opened
from .pages import data_of

SPEC = """\
tracker One {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }
    head backbone = SeparableHead { out_channels = 40, channels = 8, kernels = [3] }
    part shrink   = ConvBN { out_channels = 48 }  # </script><script>alert(1)</script> @script@ @data@
    head classify = SeparableHead { out_channels = 2 }
    head regress  = SeparableHead { out_channels = 4 }
    kernel   = template -> backbone -> shrink -> CenterCrop { size = 4 }
    field    = search -> backbone -> shrink
    likeness = XCorrDepthwise(field, kernel)
    pick     = PointDecode { stride = 1 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box = pick.box
}
"""


def checked(*changes: tuple[str, str]) -> CheckResult:
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    found = check("one.sot", sources=Sources({"one.sot": text}))
    assert found.ok, found.report()
    return found


def page_of(before: CheckResult, after: CheckResult) -> str:
    drawn = [(picture(side.expect()), work_of(side.expect())) for side in (before, after)]
    sides = [Shown(label, side.expect(), side.sources) for label, side in (("a", before), ("b", after))]
    return compare_html(sides[0], sides[1], difference(drawn[0], drawn[1]))


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(
        checked(),
        checked(
            ("out_channels = 48", "out_channels = 32"),
            ("regress -> Exp", "regress -> Sigmoid"),
            ("classify", "judge"),
        ),
    )


@pytest.fixture(scope="module")
def data(page: str) -> Any:
    return data_of(page)


def test_nothing_in_a_spec_ends_the_page(page: str) -> None:
    assert page.count("</script>") == 2
    assert "alert(1)" in page


def test_each_way_to_differ_is_marked(data: Any) -> None:
    hows = {name: pair["how"] for name, pair in data["pairs"].items()}
    assert hows["kernel.shrink"] == hows["field"] == "changed", "both uses of the part"
    assert {name for name, how in hows.items() if how == "added"} == {"pick.Sigmoid"}
    assert {name for name, how in hows.items() if how == "removed"} == {"pick.Exp"}
    assert {name for name, how in hows.items() if how == "renamed"} == {"pick.judge"}
    assert hows["likeness"] == "follows", "its shape is another one, for what it reads is"
    assert "template" not in hows and "kernel.backbone" not in hows


def test_what_was_written_is_told_before_what_follows(data: Any) -> None:
    shrink = data["pairs"]["field"]
    assert shrink["written"] == [["out_channels", "48", "32"]]
    assert ["gives", "b 48 255 255", "b 32 255 255"] in shrink["following"]
    assert ["parameters", "2.02 k", "1.34 k"] in shrink["following"]
    assert list(dict.fromkeys(change["how"] for change in data["changes"])) == [
        "changed",
        "renamed",
        "added",
        "removed",
        "follows",
    ]
    (change,) = [change for change in data["changes"] if change["name"] == "shrink"]
    assert change["nodes"] == ["kernel.shrink", "field"], "one part, one line in the list"


def test_each_side_has_its_own_picture_and_both_have_all(data: Any) -> None:
    ids = {view: {node["id"] for node in levels[""]["nodes"]} for view, levels in data["views"].items()}
    assert list(ids) == ["both", "A", "B"]
    assert ids["both"] == ids["A"] | ids["B"]
    assert ids["A"] - ids["B"] == {"pick.Exp"} and ids["B"] - ids["A"] == {"pick.Sigmoid"}
    edges = {edge["how"] for edge in data["views"]["both"][""]["edges"]}
    assert edges == {"", "added", "removed"}
    labels = [line for label in data["views"]["both"][""]["labels"] for line in label["lines"]]
    assert any("b 48 255 255 → b 32 255 255" in line for line in labels)


def test_what_is_known_of_a_node_is_kept_for_each_side(data: Any) -> None:
    one, two = (data["sides"][side]["nodes"]["field"]["settings"] for side in "AB")
    assert ["out_channels", "48", False] in one and ["out_channels", "32", False] in two
    assert data["sides"]["A"]["nodes"]["pick.judge"]["title"] == "classify", "under the joint name"


def test_no_card_covers_another(data: Any) -> None:
    for levels in data["views"].values():
        boxes = [node["box"] for node in levels[""]["nodes"]]
        for number, (x, y, w, h) in enumerate(boxes):
            for ox, oy, ow, oh in boxes[:number]:
                assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y


def test_a_block_that_would_close_a_circle_is_drawn_open() -> None:
    """`a` reads the block in the first tracker, and feeds it in the second."""
    span = Span("t.sot", 0, 1, 1, 1, 1, 2)
    names = ("X.p", "X.q", "a")
    nodes = tuple(
        PictureNode(name, "apply", "part", name, "", name, "step", "", (), 0, "", 1) for name in names
    )
    edges = (PictureEdge("X.q", "a", "", "", mark="removed"), PictureEdge("a", "X.p", "", "", mark="added"))
    blocks = Blocks({"X": BlockUse("Two", "X", span, span)}, {"X.p": "X", "X.q": "X", "a": ""})
    found = both_levels(Picture("T", nodes, edges), blocks)
    assert [node["id"] for node in found[""]["nodes"]] == list(names)
    closed = both_levels(Picture("T", nodes, edges[:1]), blocks)
    assert [node["id"] for node in closed[""]["nodes"]] == ["block:X", "a"]


@pytest.mark.slow
def test_two_trackers_with_nothing_in_common_are_drawn() -> None:
    found = data_of(page_of(check(locate("siamrpnpp_r50")), check(locate("stark_st50"))))
    both = {node for side in found["sides"].values() for node in side["nodes"]}
    shown = {node["id"] for level in found["views"]["both"].values() for node in level["nodes"]}
    assert {one for one in shown if not one.startswith(("block:", "in:", "out:"))} <= both


def texts(lines: Any) -> list[str]:
    return [text for text, _, _ in lines]


def test_a_card_says_what_it_is_on_each_side(data: Any) -> None:
    (top,) = [level for block, level in data["views"]["both"].items() if not block]
    cards = {node["id"]: node for node in top["nodes"]}
    field = cards["field"]
    assert "out_channels 48 → 32" in texts(field["lines"])
    assert "out_channels 48" in texts(field["sides"]["A"]["lines"])
    assert "out_channels 32" in texts(field["sides"]["B"]["lines"])
    judge = cards["pick.judge"]["sides"]
    assert [judge[side]["title"] for side in "AB"] == ["classify", "judge"]
    assert "becomes judge" in texts(judge["A"]["lines"]) and "was classify" in texts(judge["B"]["lines"])
    assert not any("sides" in cards[name] for name in ("template", "pick.Exp", "pick.Sigmoid"))
    (label,) = [one for one in top["labels"] if top["nodes"][one["of"]]["id"] == "field"]
    assert [label["sides"][side]["lines"] for side in "AB"] == [
        ["field  b 48 255 255"],
        ["field  b 32 255 255"],
    ]
    sizes = [label["size"], *(label["sides"][side]["size"] for side in "AB")]
    assert sizes[0][0] >= max(width for width, _ in sizes[1:])


LOOKS = """
() => {
const found = {};
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
press("2");
const marks = () => [...document.querySelectorAll(".sheet .card[class*=how-]")].map(one => one.dataset.id).sort();
const panel = document.getElementById("panel");
found.listed = document.querySelectorAll("#panel .changes button").length;
found.both = marks();
press("n");
found.first = [state.chosen, panel.querySelector(".how").textContent, panel.textContent.includes("a · one.sot")];
found.rows = [...panel.querySelectorAll(".differs th")].map(one => one.textContent);
found.sources = [...panel.querySelectorAll("figcaption")].map(one => one.textContent);
press("3");
found.one = [state.view, state.chosen, marks(), Boolean(cardOf("pick.Sigmoid"))];
found.setting = panel.querySelector("table:not(.differs)").textContent;
press("p");
found.last = state.chosen;
press("Escape");
found.let_go = [state.chosen, document.querySelectorAll("#panel .changes button").length];
document.querySelector("#panel .changes .how-added button").click();
found.clicked = [state.chosen, state.view];
return found;
}
"""


@pytest.fixture(scope="module")
def shown(browser: Any, page: str, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return Opened(browser, page, tmp_path_factory.mktemp("page"))


def test_it_works_in_a_browser(shown: Opened, data: Any) -> None:
    with shown.fresh() as opened:
        found = opened.evaluate(LOOKS)
    assert found["listed"] == len(data["changes"])
    assert found["both"] == sorted(data["pairs"])
    assert found["first"][:2] == ["kernel.shrink", "changed"]
    assert "out_channels" in found["rows"]
    assert found["sources"][0].startswith("B · one.sot") and found["sources"][-1].startswith("A · one.sot")
    assert found["one"][:2] == ["A", "kernel.shrink"], "what was chosen stays chosen"
    assert found["one"][2] == sorted(set(data["pairs"]) - {"pick.Sigmoid"}) and not found["one"][3]
    assert "out_channels48" in found["setting"]
    assert found["last"] == data["changes"][-1]["nodes"][0]
    assert found["let_go"] == [None, len(data["changes"])]
    assert found["clicked"] == ["pick.Sigmoid", "beside"], "shown where it is"


PLACES = """
() => {
  const found = {};
  for (const pane of document.querySelectorAll(".pane")) {
    const frame = pane.getBoundingClientRect();
    found[pane.dataset.side] = Object.fromEntries([...pane.querySelectorAll(".card")].map(card => {
      const box = card.querySelector("rect").getBoundingClientRect();
      return [card.dataset.id, [box.x - frame.x, box.y - frame.y, box.width]];
    }));
  }
  return found;
}
"""
"""Of each pane's cards: from its upper left corner, and how wide."""


def assert_aligned(places: Any) -> None:
    for name in set(places["A"]) & set(places["B"]):
        assert places["A"][name] == pytest.approx(places["B"][name], abs=1.1), name


def test_both_sides_stand_beside_each_other(shown: Opened, data: Any) -> None:
    sides = {side: {node["id"] for node in data["views"][side][""]["nodes"]} for side in "AB"}
    with shown.fresh() as opened:
        places = opened.evaluate(PLACES)
        assert {side: set(cards) for side, cards in places.items()} == sides
        assert_aligned(places)
        a, b = (opened.locator(f'.pane[data-side="{side}"]') for side in "AB")
        assert a.bounding_box()["x"] + a.bounding_box()["width"] <= b.bounding_box()["x"] + 1
        assert "A · One" in a.inner_text() and "out_channels 48" in a.inner_text()
        assert "out_channels 32" in b.inner_text() and "→" not in a.inner_text() + b.inner_text()
        width = opened.evaluate("cardOf('field').getBoundingClientRect().width")
        opened.mouse.move(60, 500)
        opened.mouse.wheel(0, -200)
        opened.wait_for_function("field => field < cardOf('field').getBoundingClientRect().width", arg=width)
        opened.mouse.down()
        opened.mouse.move(100, 470, steps=3)
        opened.mouse.up()
        moved = opened.evaluate(PLACES)
        assert_aligned(moved)
        assert moved["A"]["field"][2] > 1.1 * places["A"]["field"][2], "zoomed in both"
        opened.keyboard.press("0")
        assert opened.evaluate(PLACES) == places


def test_a_part_is_chosen_on_both_sides(shown: Opened) -> None:
    with shown.fresh() as opened:
        opened.locator('.pane[data-side="A"] .card[data-id="field"] > rect').click()
        assert opened.locator(".card.chosen").count() == 2
        assert "as it is in A" in opened.locator("#panel").inner_text()
        facts = opened.locator("#panel dd").all_inner_texts()
        assert "b 48 255 255" in facts
        opened.keyboard.press("s")
        assert opened.evaluate("document.activeElement.closest('.pane').dataset.side") == "B"
        assert "b 32 255 255" in opened.locator("#panel dd").all_inner_texts()
        opened.keyboard.press("ArrowDown")
        assert opened.evaluate("[document.activeElement.closest('.pane').dataset.side, state.chosen]") == [
            "B",
            "likeness",
        ]
        opened.evaluate("reveal('pick.Exp')")
        assert opened.locator(".card.chosen").count() == 1
        assert "only in A" in opened.locator("#panel").inner_text()
        opened.keyboard.press("s")
        assert opened.evaluate("sideOf(document.activeElement)") == "A", "there is none on the other side"
        opened.evaluate("toggle('field')")
        within = opened.locator(".card.module").evaluate_all("all => all.map(sideOf)")
        assert set(within) == {"A", "B"}
        assert_aligned(opened.evaluate(PLACES))
        opened.keyboard.press("Escape")
        opened.keyboard.press("l")
        assert opened.locator("#panel").is_hidden()


def test_narrow_windows_stack_and_paper_has_both(shown: Opened) -> None:
    with shown.fresh("dark") as opened:
        opened.set_viewport_size({"width": 480, "height": 900})
        a, b = (opened.locator(f'.pane[data-side="{side}"]').bounding_box() for side in "AB")
        assert a["y"] + a["height"] <= b["y"] + 1 and a["width"] == b["width"] > 400
        assert opened.locator("#panel").bounding_box()["y"] >= b["y"] + b["height"] - 1
        assert_aligned(opened.evaluate(PLACES))
        opened.set_viewport_size(SIZE)
        opened.emulate_media(media="print")
        names = opened.locator(".side-name").all_inner_texts()
        assert names == ["A · One", "B · One"]
        assert all(sheet.is_visible() for sheet in opened.locator(".sheet").all())
        assert (
            opened.locator("#panel .close").is_hidden()
            and opened.locator("#panel .changes").first.is_visible()
        )
        made = opened.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", made)) == 2, "both pictures, and what differs"
        opened.emulate_media(media="screen")
