"""int8: near the float network on inputs like those it was calibrated on; missing frames are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from sotc.compiler.backends.backend import BuildOptions, Built
from sotc.compiler.backends.find import find_backend
from sotc.compiler.backends.quantize import CalibrationError

from .onnx_programs import found, net_inputs, net_program, plan_of, wanted

torch.set_num_threads(1)


def built(backend: str, calls: int) -> Built:
    program = net_program()
    recorded = [tuple(value.numpy() for value in net_inputs(2, seed)) for seed in range(calls)]
    options = BuildOptions(precision="int8", calibration={"step": recorded})
    return find_backend(backend).build({"step": program}, plan_of(program), options, print)


@pytest.mark.parametrize("backend", ["onnx", "openvino"])
def test_boxes_are_near_those_in_float(backend: str) -> None:
    pytest.importorskip(backend)
    engine = built(backend, 4).engine
    inputs = net_inputs(2, seed=99)
    got, want = found(engine, "step", inputs), wanted(net_program(), inputs)
    assert np.abs(got[0] - want[0]).max() > 0  # it is not the float network
    np.testing.assert_allclose(got[0], want[0], rtol=0.02)


def test_convolutions_hold_whole_numbers() -> None:
    import onnx

    members = built("onnx", 2).members
    graph = onnx.load_model_from_string(members["programs/step.onnx"]).graph
    assert {tensor.data_type for tensor in graph.initializer} >= {onnx.TensorProto.INT8}
    quantised = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 2
    assert all(node.input[1] in quantised for node in convolutions)


def test_two_builds_give_the_same_bytes() -> None:
    assert built("onnx", 2).members == built("onnx", 2).members


def test_without_frames_it_is_told_what_to_give() -> None:
    with pytest.raises(CalibrationError) as caught:
        built("onnx", 0)
    assert caught.value.code == "SOT615"
    assert "--calibrate VIDEO" in caught.value.remedy
