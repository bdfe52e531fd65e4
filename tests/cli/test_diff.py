"""`sotc diff`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def changed(folder: Path, *replacements: tuple[str, str]) -> None:
    text = (folder / "good.sot").read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (folder / "other.sot").write_text(text)


def difference(sotc: Any) -> dict[str, Any]:
    found = json.loads(
        sotc("diff", "good.sot", "other.sot", "--format", "json", "--exit-code", code=1).stdout
    )
    assert isinstance(found, dict)
    return found


def test_layout_and_order_make_no_difference(sotc: Any, folder: Path) -> None:
    line = "    backbone      = MobileNetV3 { blocks = 8 }\n"
    changed(folder, (line, ""), ("    template =", f"    # earlier\n{line}\n    template ="))
    assert "no difference" in sotc("diff", "good.sot", "other.sot", "--exit-code").output


def test_a_setting_with_all_that_follows_from_it(sotc: Any, folder: Path) -> None:
    changed(folder, ("width: int = 48", "width: int = 32"))
    found = difference(sotc)
    details = {
        part["name"]: {d["name"]: (d["before"], d["after"]) for d in part["details"]}
        for part in found["parts"]
    }
    assert details["shrink"]["out_channels"] == ("48", "32")
    assert details["shrink"]["parameters"] == ("2.4 k", "1.6 k"), "48 x 48 + 2 x 48, and 48 x 32 + 2 x 32"
    assert details["classify"]["in_channels"] == ("48 (inferred)", "32 (inferred)")
    wires = {wire["name"]: wire["details"] for wire in found["wires"]}
    assert wires["kernel"] == [{"name": "shape", "before": "b 48 4 4", "after": "b 32 4 4"}]
    assert {total["name"] for total in found["totals"]} >= {"parameters", "step FLOPs"}


def test_parts_that_come_go_and_are_renamed(sotc: Any, folder: Path) -> None:
    changed(
        folder,
        ("shrink", "narrow"),
        ("output score = pick.score\n", ""),
        ("likeness -> regress -> Exp", "likeness -> regress -> Sigmoid"),
    )
    lines = [line.strip() for line in sotc("diff", "good.sot", "other.sot").output.splitlines()]
    assert lines[0] == "Good -> Good"
    signed = [line for line in lines if line[:2] in ("+ ", "- ", "> ")]
    assert signed == [
        "- output score  b",
        "> narrow  ConvBNReLU  was shrink",
        "- pick.Exp",
        "+ pick.Sigmoid",
    ]


def test_both_in_one_page(sotc: Any, folder: Path) -> None:
    changed(folder, ("width: int = 48", "width: int = 32"))
    done = sotc("diff", "good.sot", "other.sot", "-o", "out/d.html", "--exit-code", code=1)
    assert done.output == "wrote out/d.html\n"
    assert "<title>Good → Good</title>" in (folder / "out" / "d.html").read_text()
    assert "should end in .html" in sotc("diff", "good.sot", "other.sot", "-o", "d.svg", code=2).output


def test_a_page_of_a_spec_with_errors_is_not_written(sotc: Any, folder: Path) -> None:
    assert "SOT401" in sotc("diff", "good.sot", "bad.sot", "-o", "d.html", code=1).stderr
    assert not (folder / "d.html").exists()


def test_a_spec_with_errors_is_told(sotc: Any) -> None:
    assert "SOT401" in sotc("diff", "good.sot", "bad.sot", code=1).stderr
