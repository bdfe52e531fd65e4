"""Each stage of a spec's way prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.show import show

SPEC = """
tracker Example {
    template = SiameseCrop { size = 127 } %s
    search   = SiameseCrop { size = 255 }

    backbone      = MobileNetV3 { blocks = 2 }
    head classify = SeparableHead { out_channels = 2, channels = 16, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 16, kernels = [3] }

    response = XCorrDepthwise(search -> backbone, template -> backbone)
    pick     = PointDecode(response -> classify, response -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "example.sot"
    path.write_text(SPEC % "refresh every 5")
    return str(path)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("resolved", ["backbone", "blocks = 2"]),
        ("graph", ["XCorrDepthwise", "b 3 127 127", "field=response.backbone"]),
        ("fx", ["backbone(", "PointDecode"]),
        ("init", ["# writes  cache.", "conv2d"]),
        ("step", ["# reads   ", "cache.", "output.box", "argmax"]),
        ("refresh", ["# refresh.template", "conv2d"]),
        ("train", ["declares no loss"]),
    ],
)
def test_every_stage_prints(spec: str, stage: str, expected: list[str]) -> None:
    text = show(spec, stage)
    missing = [part for part in expected if part not in text]
    assert not missing, text[:2000]


def test_a_stage_that_is_not_there_says_why(tmp_path: Path) -> None:
    path = tmp_path / "example.sot"
    path.write_text(SPEC % "")
    assert "no template has a `refresh` clause" in show(str(path), "refresh")


def test_passes_are_counted_per_program(spec: str) -> None:
    lines = show(spec, "passes", passes="fold-constants,fold-batchnorm").splitlines()
    rows = {(line.split()[0], line.split()[1]): line for line in lines}
    folded = rows["fold-batchnorm", "step"].split("  ")[-1]
    assert int(folded.split()[0]) > 5
    total = next(line for line in lines if line.split()[:3] == ["in", "all", "step"]).split()
    assert int(total[3]) > int(total[5])
    assert ("fold-constants", "refresh.template") in rows


def test_a_program_is_printed_after_the_passes_that_are_given(spec: str) -> None:
    assert "batch_norm" in show(spec, "step")
    assert "batch_norm" not in show(spec, "step", passes="fold-batchnorm")


def test_a_pass_tells_what_it_did_and_what_not_with_nodes_and_lines(spec: str) -> None:
    text = show(spec, "resolved", why="fold-batchnorm")
    programs = {part.split(":")[0]: part for part in text.split("\n\n# ")}
    assert "nothing that looks like the pattern" in programs["begin"]
    row = next(line for line in programs["step"].splitlines() if "worked into" in line)
    name, origin, _, number, *_ = row.split()
    assert name.startswith("batch_norm")
    assert origin == "response.backbone"
    assert "response = XCorrDepthwise" in (SPEC % "").splitlines()[int(number) - 1]
    late = show(spec, "resolved", why="channels-last", passes="fold-batchnorm")
    assert late.startswith("# channels-last after fold-batchnorm")
    assert "left alone:" in late
    assert "its kernel is computed at run time" in late
