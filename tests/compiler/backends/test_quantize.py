"""int8: near the float network on inputs like those it was calibrated on; missing frames are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from sotc.compiler.backends.backend import BuildOptions, Built
from sotc.compiler.backends.find import CalibrationError, find_backend
from sotc.compiler.backends.quantize import sensitive, taken_apart

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


def test_convolutions_hold_whole_numbers_but_for_the_one_that_reads_pixels() -> None:
    import onnx

    members = built("onnx", 2).members
    graph = onnx.load_model_from_string(members["programs/step.onnx"]).graph
    assert {tensor.data_type for tensor in graph.initializer} >= {onnx.TensorProto.INT8}
    quantised = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert [node.input[1] in quantised for node in convolutions] == [False, True]


def test_what_integers_cost_more_than_they_gain_stays_in_float() -> None:
    from onnx import helper

    nodes = [
        helper.make_node("Conv", ["pixels", "w0"], ["a"], name="first"),
        helper.make_node("Conv", ["a", "w1"], ["b"], name="dense"),
        helper.make_node("Conv", ["b", "w2"], ["c"], name="depthwise", group=8),
        helper.make_node("Gemm", ["c", "w3"], ["d"], name="row"),
        helper.make_node("MatMul", ["d", "w4"], ["e"], name="linear"),
        helper.make_node("MatMul", ["e", "d"], ["f"], name="attention"),
    ]
    weights = [helper.make_tensor(f"w{index}", 1, [1], [0.0]) for index in range(5)]
    model = helper.make_model(helper.make_graph(nodes, "small", [], [], weights))
    assert sensitive(model) == ["attention", "depthwise", "first", "row"]


def test_layers_share_weights_and_no_small_constants() -> None:
    import onnx
    from onnx import helper, numpy_helper

    large, small = np.ones((16, 32), np.float32), np.zeros(4, np.int8)
    arrays = {"large.0": large, "large.1": large, "small.0": small, "small.1": small}
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    nodes = [helper.make_node("Identity", [name], [f"{name}.out"]) for name in arrays]
    model = helper.make_model(helper.make_graph(nodes, "small", [], [], tensors))
    body = helper.make_graph([helper.make_node("Identity", ["small.1"], ["inner"])], "body", [], [])
    model.graph.node.append(helper.make_node("If", ["flag"], ["z"], then_branch=body, else_branch=body))
    graph = taken_apart(model, onnx.ModelProto())
    *read, flag = [node.input[0] for node in graph.model.graph.node]
    branches = graph.model.graph.node[-1].attribute
    assert flag == "flag" and [branch.g.node[0].input[0] for branch in branches] == [read[3]] * 2
    assert read[0] == read[1] != read[2] != read[3]
    assert {tensor.name for tensor in graph.model.graph.initializer} == set(read)
    np.testing.assert_array_equal(graph.weights[read[0]], large)


def test_two_builds_give_the_same_bytes() -> None:
    assert built("onnx", 2).members == built("onnx", 2).members


def test_without_frames_it_is_told_what_to_give() -> None:
    with pytest.raises(CalibrationError) as caught:
        built("onnx", 0)
    assert caught.value.code == "SOT615"
    assert "--calibrate VIDEO" in caught.value.remedy
