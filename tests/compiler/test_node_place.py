"""Messages about operators tell the component, the spec's line and the Python line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.backends.find import BackendError
from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.compiler.driver import Source, build, source_of
from sotc.compiler.passes.pipeline import run_pipeline
from sotc.components.registry import PARTS

SPEC = """
tracker Example {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63, context = 0.5 }
    part features = Conv2d { out_channels = 4, kernel_size = 5, stride = 8 }
    part odd      = %s
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    response = XCorrDepthwise(search -> features, template -> features -> CenterCrop { size = 1 }) -> odd
    pick     = PointDecode { stride = 8 }(response -> classify, response -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@PARTS.register_module(name="TestSorts")
class Sorts(nn.Module):
    """Uses an operator that has no form in ONNX here."""

    def forward(self, features: Tensor) -> Tensor:
        return features.sort(dim=1).values


@PARTS.register_module(name="TestTurns")
class Turns(nn.Module):
    """Computes in complex numbers."""

    def forward(self, features: Tensor) -> Tensor:
        return torch.fft.rfft2(features).real.sum(dim=(2, 3), keepdim=True) + features


def example(folder: Path, part: str) -> Source:
    spec = folder / "odd.sot"
    spec.write_text(SPEC % part)
    return source_of(check(str(spec)), None, "cpu", "auto")


@pytest.mark.parametrize("passes", ["", "fold-constants,fold-batchnorm"])
def test_an_operator_without_a_form_in_onnx(tmp_path: Path, passes: str) -> None:
    pytest.importorskip("onnxruntime")
    from sotc.compiler.backends.onnx_export import OperatorError

    with pytest.raises(OperatorError) as caught:
        build(example(tmp_path, "TestSorts"), Options(backend="onnx", passes=passes))
    message = caught.value.message
    assert "`response` (" in message and "odd.sot:9:" in message
    assert "test_node_place.py:" in message and "(`return features.sort(dim=1).values`)" in message


def test_complex_numbers_in_aoti(tmp_path: Path) -> None:
    """Refused before anything is compiled."""
    with pytest.raises(BackendError, match="complex numbers") as caught:
        build(example(tmp_path, "TestTurns"), Options(backend="aoti"))
    message = caught.value.message
    assert "`response` (" in message and "odd.sot:9:" in message
    assert "return torch.fft.rfft2(features)" in message


def test_bfloat16_in_onnx(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    from sotc.compiler.backends.onnx_export import OperatorError

    with pytest.raises(OperatorError, match="has numbers in bfloat16") as caught:
        build(example(tmp_path, "TestTurns"), Options(backend="onnx", passes="precision{dtype=bf16}"))
    assert "odd.sot:" in caught.value.message
    assert "openvino" in caught.value.remedy


def test_nodes_that_passes_make_keep_their_place(tmp_path: Path) -> None:
    programs, reports = run_pipeline("precision{dtype=bf16}", example(tmp_path, "TestTurns").programs)
    assert any(report.result.fired for report in reports)
    for node in programs["step"].module.graph.nodes:
        if node.op == "call_function" and node.meta["origin"]:
            assert "span" in node.meta
