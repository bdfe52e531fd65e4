"""The command line as a user meets it: run in a folder of its own, without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sotc.cli import main

Sotc = Callable[..., Result]

GOOD = """\
tracker Good {
    param width: int = 48

    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }

    backbone      = MobileNetV3 { blocks = 8 }
    part shrink   = ConvBNReLU { out_channels = width, kernel_size = 1 }
    head classify = SeparableHead { out_channels = 2, channels = 16, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 16, kernels = [3] }

    kernel   = template -> backbone -> shrink -> CenterCrop { size = 4 }
    field    = search -> backbone -> shrink
    likeness = XCorrDepthwise(field, kernel)

    pick = PointDecode { stride = 16 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered from one test for another, nor in the home of who runs them."""
    monkeypatch.setenv("SOTC_CACHE", "")


BAD = GOOD.replace("SiameseCrop { size = 127 }", "SiameseCrop { siz = 127, size = 127 }").replace(
    "MobileNetV3 { blocks", "MobilNetV3 { blocks"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `good.sot` (checks clean) and `bad.sot` (SOT401 and SOT402)."""
    (tmp_path / "good.sot").write_text(GOOD)
    (tmp_path / "bad.sot").write_text(BAD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sotc(folder: Path) -> Sotc:
    """Runs `sotc ARGUMENTS`; what is the user's mistake must not end in a traceback."""

    def run(*arguments: str, code: int | None = 0, input: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=input, prog_name="sotc")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert code is None or result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return run
