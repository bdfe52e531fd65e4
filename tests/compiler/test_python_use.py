"""`use python` imports what was allowed, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sotc.compiler.check import check

SPEC = """use python {module} {{ {name} }}

tracker Example {{
    template = SiameseCrop {{ size = 127 }}
    search   = SiameseCrop {{ size = 255 }}

    backbone      = MobileNetV3
    part extra    = {name}
    head classify = SeparableHead {{ out_channels = 2 }}
    head regress  = SeparableHead {{ out_channels = 4 }}

    response = XCorrPixelwise(search -> backbone -> extra, template -> backbone -> extra)
    loc      = response -> regress -> Exp
    output box = PointDecode(response -> classify, loc, search.view).box
}}
"""

COMPONENT = '''
from pathlib import Path
import torch
from sotc.components.registry import PARTS

Path(__file__).with_suffix(".imported").write_text("yes")

@PARTS.register_module()
class {name}(torch.nn.Module):
    """A scale for each channel."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(in_channels, 1, 1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features * self.scale
'''


def write(folder: Path, module: str, name: str, text: str = COMPONENT) -> Path:
    (folder / f"{module}.py").write_text(text.replace("{name}", name))
    spec = folder / "spec.sot"
    spec.write_text(SPEC.format(module=module, name=name))
    return spec


def codes(spec: Path, **options: object) -> list[str]:
    return [found.code for found in check(str(spec), **options).diagnostics]  # type: ignore[arg-type]


def test_nothing_is_imported_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = write(tmp_path, "sotc_lab_closed", "LabClosed")
    assert codes(spec) == ["SOT410"]
    assert not (tmp_path / "sotc_lab_closed.imported").exists()
    assert "sotc_lab_closed" not in sys.modules


def test_an_allowed_module_brings_its_components(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = write(tmp_path, "sotc_lab_open", "LabOpen")
    result = check(str(spec), allow_python=True)
    assert result.ok, result.report()
    assert result.graph is not None
    assert result.graph.parts["extra"].settings == {"in_channels": 48}


def test_trust_is_by_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = write(tmp_path, "sotc_lab_pattern", "LabPattern")
    assert codes(spec, allow_python=("other.*",)) == ["SOT410"]
    assert codes(spec, allow_python=("sotc_lab_*",)) == []


def test_a_module_beside_the_spec_is_found(tmp_path: Path) -> None:
    spec = write(tmp_path, "sotc_lab_beside", "LabBeside")
    assert codes(spec, allow_python=True) == []


def test_a_module_that_raises_is_reported_with_its_line(tmp_path: Path) -> None:
    spec = write(tmp_path, "sotc_lab_raises", "LabRaises", "x = 1\nraise ValueError('half written')\n")
    result = check(str(spec), allow_python=True)
    assert [found.code for found in result.diagnostics] == ["SOT411"]
    assert "half written" in result.report()
    assert "sotc_lab_raises.py:2" in result.report()


def test_an_unregistered_class_is_told_how_to_register(tmp_path: Path) -> None:
    text = "import torch\n\nclass {name}(torch.nn.Module):\n    pass\n"
    spec = write(tmp_path, "sotc_lab_plain", "LabPlain", text)
    result = check(str(spec), allow_python=True)
    assert [found.code for found in result.diagnostics] == ["SOT413"]
    assert "register_module" in result.report()


def test_keyword_swallowing_constructors_are_refused(tmp_path: Path) -> None:
    text = COMPONENT.replace("in_channels: int)", "in_channels: int, **kwargs: object)")
    spec = write(tmp_path, "sotc_lab_kwargs", "LabKwargs", text)
    result = check(str(spec), allow_python=True)
    assert [found.code for found in result.diagnostics] == ["SOT414"]
    assert "**kwargs" in result.report()
