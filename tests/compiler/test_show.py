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
