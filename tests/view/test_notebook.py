"""What a notebook shows of a spec, a graph, a network and a tracker."""

from __future__ import annotations

import base64
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest

from sotc import api
from sotc.compiler.check import CheckResult, check
from sotc.compiler.network import Network
from sotc.compiler.plan import CropInput, Plan, Signature, Slot
from sotc.compiler.shown import MOST, Shown, draw_with
from sotc.dsl.sources import Sources
from sotc.runtime.tracker import Tracker
from sotc.view.notebook import FINDINGS, ROWS, table

NASTY = "</pre></script><script>alert(1)</script><img src=x onerror=alert(2)>"

SPEC = """\
\"\"\"@nasty@\"\"\"
tracker Small {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }
    head net = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }
    head classify = SeparableHead { out_channels = 2, channels = 8, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }
    likeness = XCorrDepthwise(search -> net, template -> net -> CenterCrop { size = 4 })
    pick = PointDecode { stride = 1 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box = pick.box
}
"""


class Reader(HTMLParser):
    """Elements, those left open, texts, and the source of the picture. Fails on what a notebook should not run."""

    VOID: ClassVar[set[str]] = {"img", "br", "hr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.texts: list[str] = []
        self.image = ""
        self.waiting: list[str] = []
        self.feed(text)
        self.close()
        assert self.waiting == [], "everything is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "style", "link", "iframe", "object")
        self.found[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on")
            if name == "src":
                self.image = value or ""
        if tag not in self.VOID:
            self.waiting.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.waiting.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(shown: Shown) -> Reader:
    text = shown._repr_html_()
    assert text is not None
    return Reader(text)


def checked(text: str) -> CheckResult:
    return check("small.sot", sources=Sources({"small.sot": text.replace("@nasty@", NASTY)}))


@pytest.fixture(scope="module")
def good() -> CheckResult:
    return checked(SPEC)


def test_a_spec_shows_its_graph(good: CheckResult) -> None:
    found = read(good)
    kind, _, picture = found.image.partition(",")
    assert kind == "data:image/svg+xml;base64"
    root = ElementTree.fromstring(base64.b64decode(picture))
    titles = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert titles[0] == "Small" and "classify" in titles
    assert found.found["tr"] == 1 + len(
        [node for node in good.expect().graph.nodes.values() if node["component"]]
    )
    assert NASTY in "".join(found.texts), "as text"


def test_a_graph_and_a_network_show_the_same(good: CheckResult) -> None:
    graph = good.expect()
    assert graph._repr_html_() == good._repr_html_()
    module: Any = None
    assert Network(graph, module)._repr_html_() == graph._repr_html_() is not None


def test_texts_are_short(good: CheckResult) -> None:
    """A notebook stores the text beside the HTML."""
    assert repr(good) == "CheckResult('Small', errors=0, warnings=0)"
    assert repr(good.graph) == f"ComponentGraph('Small', nodes={len(good.expect().graph)}, parts=9)"


def test_a_broken_spec_shows_its_errors() -> None:
    broken = checked(SPEC.replace("CenterCrop { size = 4 }", f'CenterCrop {{ size = "{NASTY}" }}'))
    found = read(broken)
    report = "".join(found.texts)
    assert found.image == "" and NASTY in report
    assert "small.sot:8" in report and "1 error" in report
    assert repr(broken) == "CheckResult('Small', errors=1, warnings=0)"


def test_a_file_that_does_not_parse_shows_why(tmp_path: Path) -> None:
    (tmp_path / "half.sot").write_text("tracker {")
    found = read(api.check(tmp_path / "half.sot"))
    assert "half.sot:1" in "".join(found.texts)


def test_a_great_many_errors_are_cut_off() -> None:
    lines = "\n".join(f"    part p{number} = Nothing{number}" for number in range(3 * FINDINGS))
    broken = checked(SPEC.replace("    likeness", f"{lines}\n    likeness", 1))
    assert len(broken.diagnostics) > 3 * FINDINGS
    text = broken._repr_html_()
    assert text is not None and text.count("error[SOT") == FINDINGS
    assert f"and {len(broken.diagnostics) - FINDINGS} more" in text


class Running:
    """What a tracker asks of its engine to be shown."""

    backend, device = "eager<", "cpu"


def test_a_tracker_shows_its_programs() -> None:
    frame, target = Slot("frame", "frame"), Slot("target", "target", True)
    programs = {
        "init": Signature("init", (frame, target), (Slot("cache.<b>", "cache"),)),
        "step": Signature(
            "step", (frame, target, Slot("cache.<b>", "cache")), (Slot("output.box", "output"),)
        ),
        "refresh.online": Signature("refresh.online", (frame,), (Slot("cache.<b>", "cache"),)),
    }
    crops = (CropInput("online", "template", None, 200), CropInput("search", "search", None, None))
    plan = Plan("Small", crops, "graph", programs, ("box", "score"))
    engine: Any = Running()
    found = read(Tracker(plan, engine))
    assert found.found["tr"] == 3 + 4 + 2
    texts = [text for text in found.texts if text.strip()]
    assert "runs by eager< on cpu, crops cut by the graph" in texts
    assert "frame, target, cache.<b>" in texts
    assert "at the first frame, and again every 200 frames" in texts
    assert texts.count("when a template is refreshed") == 1


def test_a_long_table_is_cut_off() -> None:
    found = Reader(table(("n",), ((str(number),) for number in range(ROWS + 5))))
    assert found.found["tr"] == ROWS + 1
    assert "and 5 more" in found.texts


def test_a_picture_that_fails_or_is_too_large_is_none() -> None:
    class Odd(Shown):
        shown_as = "odd"

    assert Odd()._repr_html_() is None, "nothing draws it"
    draw_with({"odd": lambda odd: "x" * (MOST + 1)})
    assert Odd()._repr_html_() is None
    draw_with({"odd": lambda odd: odd.nothing})
    assert Odd()._repr_html_() is None
    draw_with({"odd": lambda odd: "<b>odd</b>"})
    assert Odd()._repr_html_() == "<b>odd</b>"
