"""`sotc bench`: tables and JSON, comparisons, artifacts, and what is wrong with a wish to measure."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from sotc.measure.bench import machine
from sotc.measure.bench.contenders import Engines
from sotc.measure.bench.report import Machine, Report, Row

TINY = """
tracker Tiny {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    part features = Conv2d { out_channels = 4, kernel_size = 5, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    likeness = XCorrDepthwise(search -> features, template -> features)

    pick = PointDecode { stride = 8 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

SHORT = ("--seconds", "0.05", "--frames", "12", "--backend", "eager")


@pytest.fixture
def tiny(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `tiny.sot`; the machine's own rates are measured in no time."""
    monkeypatch.setenv("SOTC_CACHE", "")
    monkeypatch.setattr(machine, "SECONDS", 0.01)
    monkeypatch.setattr(machine, "SIDES", {"cpu": (64,)})
    monkeypatch.setitem(machine.COPY_BYTES, "cpu", 2**20)
    monkeypatch.setattr("sotc.measure.bench.turns.BLOCK_SECONDS", 0.01)
    monkeypatch.setattr("sotc.measure.bench.turns.WARM_UP_SECONDS", 0.0)
    (folder / "tiny.sot").write_text(TINY)
    return folder


def test_json_has_the_documented_fields(sotc: Any, tiny: Path, root: Path) -> None:
    done = sotc(
        "bench", "tiny.sot", *SHORT, "--against", "by-hand,uncut,eager:int8", "--targets", "1,2", "--json"
    )
    report = json.loads(done.stdout)
    assert [(row["name"], row["targets"]) for row in report["rows"]] == [
        (name, count) for count in (1, 2) for name in ("eager", "by-hand", "uncut", "eager:int8")
    ]
    assert (report["baseline"], report["weights"], report["finished"]) == ("by-hand", "random", True)
    assert report["decoding"] is False
    assert report["rows"][3]["error"] == "it has no int8"
    assert report["rows"][0]["ratio"] > 0 and report["rows"][1]["ratio"] == 1.0
    page = (root / "docs" / "guide" / "bench.md").read_text()
    for kind in (Report, Row, Machine):
        missing = [field.name for field in fields(kind) if f"`{field.name}`" not in page]
        assert missing == [], f"fields of {kind.__name__} that docs/guide/bench.md does not explain"


def test_the_table(sotc: Any, tiny: Path) -> None:
    done = sotc("bench", "tiny.sot", *SHORT, "--precision", "bf16", "--against", "eager,opencv")
    lines = done.stdout.splitlines()
    assert lines[0] == "Tiny, weights: random; from the decoded frame to the box, decoding not among it"
    assert "frames   12 of 320 x 240, the bundled generated clip" in lines
    header = next(line for line in lines if "p50 ms" in line)
    assert "times eager" in header and "of its rate" in header
    assert any(line.startswith("eager:bf16 ") and "%" in line for line in lines)
    assert any(
        line.startswith("opencv, 1 target: not measured: OpenCV's TrackerNano needs") for line in lines
    )
    assert any(line.split()[:2] == ["targets", "upload"] for line in lines)
    assert "building eager:bf16" in done.stderr


def test_an_artifact_beside_another(sotc: Any, tiny: Path) -> None:
    """In the threads that the first was compiled for, since nothing else is said."""
    for name, threads in (("one", "2"), ("two", "1")):
        plain = ("--backend", "eager", "--no-gate", "--threads", threads)
        sotc("compile", "tiny.sot", "-o", f"{name}.sotx", *plain)
    done = sotc("bench", "one.sotx", "--seconds", "0.05", "--against", "two.sotx,onnx", "--json")
    report = json.loads(done.stdout)
    assert [row["name"] for row in report["rows"]] == ["one.sotx", "two.sotx", "onnx"]
    assert report["weights"] == "artifact" and report["baseline"] == "two.sotx"
    assert report["rows"][0]["ratio"] is not None
    assert "give the spec" in report["rows"][2]["error"]
    assert report["machine"]["threads"] == 2
    spec = json.loads(
        sotc("bench", "tiny.sot", "--backend", "eager", "--against", "", "--seconds", "0.05", "--json").stdout
    )
    for row in report["rows"][:2]:
        assert row["step_gflop"] == spec["rows"][0]["step_gflop"] is not None, "counted on the spec inside"
        assert row["step_megabytes"] == spec["rows"][0]["step_megabytes"] > 0


def test_an_interrupt_prints_what_there_is(sotc: Any, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the second number of targets the user loses patience."""
    start = Engines.start

    def impatient(self: Engines, clip: Any, clock: Any = None) -> Any:
        if len(clip.boxes) == 2:
            raise KeyboardInterrupt
        return start(self, clip, clock)

    monkeypatch.setattr(Engines, "start", impatient)
    done = sotc("bench", "tiny.sot", *SHORT, "--targets", "1,2", "--json", code=130)
    report = json.loads(done.stdout)
    assert report["finished"] is False
    assert {row["targets"] for row in report["rows"]} == {1}
    assert "interrupted" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--targets", "1,x"), "no list of numbers"),
        (("--targets", "0"), "no list of numbers"),
        (("--against", "by-hnad"), "did you mean `by-hand`?"),
        (("--against", "onnx:bf61"), "bf16"),
        (("--backend", "onx"), "did you mean `onnx`?"),
        (("--box", "1,2,3,4"), "--box goes with --clip"),
        (("--clip", "none.mp4"), "no box"),
        (("--clip", "none.mp4", "--box", "1,2,3,4"), "none.mp4"),
        (("--trust",), "--trust goes with an artifact"),
        (("--precision", "int8", "--backend", "eager", "--against", ""), "it has no int8"),
    ],
)
def test_what_is_wrong(sotc: Any, tiny: Path, options: tuple[str, ...], said: str) -> None:
    done = sotc("bench", "tiny.sot", *options, code=None)
    assert done.exit_code in (1, 2)
    assert said in done.output
