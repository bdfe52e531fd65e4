"""`sotc graph`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest


def test_each_suffix_has_its_form(sotc: Any, folder: Path) -> None:
    for suffix in ("svg", "dot", "mmd", "json"):
        assert sotc("graph", "good.sot", "-o", f"out/g.{suffix}").output == f"wrote out/g.{suffix}\n"
    ElementTree.parse(folder / "out" / "g.svg")
    assert (folder / "out" / "g.dot").read_text().startswith('digraph "Good" {')
    assert "flowchart TB" in (folder / "out" / "g.mmd").read_text()
    document = json.loads((folder / "out" / "g.json").read_text())
    assert document["shared"] == {
        "backbone": document["shared"]["backbone"],
        "shrink": document["shared"]["shrink"],
    }
    assert len(document["shared"]["backbone"]) == 2


def test_the_picture_of_a_real_tracker_shows_shapes_and_sharing(sotc: Any, folder: Path) -> None:
    sotc("graph", "nanotrack_v2", "-o", "g.svg")
    root = ElementTree.parse(folder / "g.svg").getroot()
    texts = ["".join(found.itertext()) for found in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "NanoTrackV2"
    assert "kernel  b 48 8 8" in texts and "field  b 48 16 16" in texts
    assert texts.count("backbone") == 4, "two applications, the badge between them, and the band"
    assert "PointDecode" in texts


def test_without_a_file_it_is_told_in_words(sotc: Any) -> None:
    output = sotc("graph", "good.sot").output
    assert "Good: " in output and "shared: backbone, shrink" in output


def test_an_unknown_suffix_is_a_wrong_use(sotc: Any, folder: Path) -> None:
    assert ".html, .svg, .dot, .mmd, .json" in sotc("graph", "good.sot", "-o", "g.png", code=2).output


def test_a_bad_spec_writes_nothing(sotc: Any, folder: Path) -> None:
    assert "SOT401" in sotc("graph", "bad.sot", "-o", "g.svg", code=1).stderr
    assert not (folder / "g.svg").exists()


def test_times_go_into_a_page_only(sotc: Any) -> None:
    assert "--profile goes with -o FILE.html" in sotc("graph", "good.sot", "--profile", code=2).output
    assert (
        "--profile goes with -o FILE.html"
        in sotc("graph", "good.sot", "--profile", "-o", "g.svg", code=2).output
    )
    for option in (("--weights", "w.pth"), ("--device", "cpu"), ("--threads", "1"), ("--repeat", "3")):
        output = sotc("graph", "good.sot", "-o", "g.html", *option, code=2).output
        assert f"{option[0]} goes with --profile" in output


def test_a_device_that_is_not_there_is_told(sotc: Any, folder: Path) -> None:
    output = sotc("graph", "good.sot", "-o", "g.html", "--profile", "--device", "moon", code=1).stderr
    assert "the device `moon` cannot be used" in output
    assert not (folder / "g.html").exists()


@pytest.mark.slow
def test_a_page_with_times(sotc: Any, folder: Path) -> None:
    done = sotc("graph", "nanotrack_v2", "-o", "g.html", "--profile", "--repeat", "2")
    assert "2 runs after 3 to warm up" in done.stderr
    text = (folder / "g.html").read_text(encoding="utf-8")
    document = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    times = document["times"]
    assert (
        times["weights"] == "random"
        and times["repeats"] == 2
        and times["device"] == "cpu"
        and times["threads"] == 1
    )
    assert all(
        node in document["nodes"] for program in times["programs"].values() for node in program["nodes"]
    )
    for node, found in times["programs"]["step"]["modules"].items():
        known = {path for path, *_ in document["modules"][document["nodes"][node]["part"]]}
        assert set(found) <= known
