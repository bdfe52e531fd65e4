"""OpenVINO runs the network, ONNX Runtime what must be exact; together they give torch's boxes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("openvino")

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.openvino import BACKEND
from sotc.compiler.backends.openvino_network import KEPT

from .onnx_programs import found, net_inputs, net_program, plan_of, wanted

torch.set_num_threads(1)


def test_boxes_are_those_of_torch_for_any_number_of_targets() -> None:
    program = net_program()
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    for count in (1, 2, 8, *range(3, 4 + KEPT), 1):
        inputs = net_inputs(count, seed=count)
        for got, want in zip(found(engine, "step", inputs), wanted(program, inputs), strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_the_network_and_the_tail_are_files_of_their_own() -> None:
    program = net_program()
    members = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).members
    assert set(members) == {
        "programs/step.network.onnx", "programs/step.tail.onnx", "programs/weights.safetensors"
    }  # fmt: skip


def test_exact_numbers_stay_exact_in_bfloat16() -> None:
    """Windows of millions: the network gives only the head's bias, and the rest is not reckoned in bfloat16."""
    options = BuildOptions(precision="bf16")
    if BACKEND.missing(options):
        pytest.skip("this CPU has no bfloat16")
    program = net_program()
    program.module.get_buffer("head_weight").zero_()
    engine = BACKEND.build({"step": program}, plan_of(program), options, print).engine
    pixels, target = net_inputs(2)
    target = target * 1e6 / 7
    exact = slice(4)  # all but the score, which is the network's
    results = zip(found(engine, "step", (pixels, target)), wanted(program, (pixels, target)), strict=True)
    for got, want in list(results)[exact]:
        np.testing.assert_allclose(got, want, rtol=1e-3)
