"""The page of passes: what is in it, and that it works in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sotc.compiler.check import check
from sotc.compiler.pass_steps import FlatNode, FlatProgram, PassStep
from sotc.compiler.passes.base import Reason
from sotc.dsl.sources import Sources
from sotc.view.pass_html import pass_html

from .chromium import Opened
from .pages import data_of

SPEC = """\
tracker Small {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }
    head net = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }
    likeness = XCorrDepthwise(search -> net, template -> net -> CenterCrop { size = 4 })  # </script> @script@
    head classify = SeparableHead { out_channels = 2, channels = 8, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }
    pick = PointDecode { stride = 1 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box = pick.box
}
"""


def program(*nodes: FlatNode) -> FlatProgram:
    return FlatProgram((FlatNode("x", "input", "cache.</script>", "b 4", "", (), ()), *nodes))


def node(name: str, operator: str, reads: str, *operands: tuple[str, str]) -> FlatNode:
    return FlatNode(name, "call", operator, "b 4", "likeness", operands, (reads,))


BEFORE = program(node("conv", "conv2d", "x", ("weight", "w [4]")), node("norm", "batch_norm", "conv"))
AFTER = program(node("conv", "conv2d", "x", ("weight", "constant [4]")))
FOLDED = (Reason("norm", "likeness", "worked into conv"),)
LEFT = (Reason("conv", "likeness", "it is read by two"),)

STEPS = (
    PassStep("tidy", "init", AFTER, AFTER, (), ()),
    PassStep("tidy", "step", BEFORE, BEFORE, (), LEFT),
    PassStep("fold-batchnorm", "init", AFTER, AFTER, (), ()),
    PassStep("fold-batchnorm", "step", BEFORE, AFTER, FOLDED, ()),
)


@pytest.fixture(scope="module")
def page() -> str:
    found = check("small.sot", sources=Sources({"small.sot": SPEC}))
    assert found.graph is not None, found.report()
    return pass_html(found.graph, found.sources, STEPS)


def test_the_page_holds_each_pass_over_each_program(page: str) -> None:
    data = data_of(page)
    passes = {
        name: [(one["pass"], one["before"], one["after"]) for one in steps]
        for name, steps in data["views"].items()
    }
    assert passes == {
        "init": [("tidy", 1, 1), ("fold-batchnorm", 1, 1)],
        "step": [("tidy", 2, 2), ("fold-batchnorm", 2, 1)],
    }
    folded = data["views"]["step"][1]
    assert folded["fired"] == [
        {"name": "norm", "origin": "likeness", "text": "worked into conv", "node": "norm"}
    ]
    assert folded["nodes"]["conv"]["differs"] == [["weight", "w [4]", "constant [4]"]]
    assert data["origins"]["likeness"]["source"]["line"] == 5


def test_nothing_in_a_spec_ends_the_page(page: str) -> None:
    assert page.count("</script>") == 2
    assert re.findall(r"@(title|style|data)@", page) == []


LOOKS = """
() => {
const found = {};
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const panel = document.getElementById("panel");
const marks = () => [...document.querySelectorAll(".sheet .card[class*=how-]")].map(one => one.dataset.id).sort();
const heading = () => [state.view, panel.querySelector("h2").textContent, marks()];
found.first = heading();
press("ArrowLeft");
found.before = [...heading(), panel.textContent.includes("left alone: 1 place")];
press("ArrowLeft");
found.still = heading();
press("n");
found.again = heading();
press("b");
found.side = [document.body.dataset.side, getComputedStyle(cardOf("norm")).opacity];
press("b");
found.other = [document.body.dataset.side, getComputedStyle(cardOf("norm")).opacity];
panel.querySelector(".changes button").click();
const line = panel.querySelector("figcaption").textContent;
found.told = [state.chosen, panel.textContent.includes("worked into conv"), line];
reveal("conv");
found.differs = panel.querySelector(".differs").textContent;
press("Escape");
press("1");
found.init = heading();
return found;
}
"""


def test_it_works_in_a_browser(browser: Any, page: str, tmp_path: Path) -> None:
    with Opened(browser, page, tmp_path).fresh() as opened:
        found = opened.evaluate(LOOKS)
    folded = ["step", "fold-batchnorm", ["conv", "norm"]]
    assert found["first"] == folded, "it begins where something happens"
    assert found["before"] == ["step", "tidy", [], True]
    assert found["still"] == ["step", "tidy", []], "there is none before the first"
    assert found["again"] == folded
    assert found["side"] == ["before", "1"]
    assert found["other"] == ["after", "0.07"], "what was taken away is not there afterwards"
    assert found["told"] == ["norm", True, "small.sot:5"]
    assert found["differs"] == "before → afterweightw [4] → constant [4]"
    assert found["init"] == ["init", "fold-batchnorm", []]
