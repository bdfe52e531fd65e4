"""A graph with its weights in it is the same graph to ONNX's own reader."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper, numpy_helper

from sotc.compiler.backends.onnx_export import export
from sotc.compiler.backends.onnx_filled import filled
from sotc.compiler.backends.onnx_members import members_of

from .onnx_programs import net_program

GRAPH, WEIGHTS = "programs/step.onnx", "programs/weights.safetensors"


def test_weights_take_their_places() -> None:
    members = members_of({"step": export(net_program())})
    before = onnx.load_model_from_string(members[GRAPH])
    after = onnx.load_model_from_string(filled(members[GRAPH], members[WEIGHTS]))
    stored = {tensor.name: tensor for tensor in before.graph.initializer}
    outside = [name for name, tensor in stored.items() if tensor.data_location == TensorProto.EXTERNAL]
    assert outside, "there is something to fill"
    for tensor in after.graph.initializer:
        assert tensor.data_location == TensorProto.DEFAULT
        assert not tensor.external_data
        old = stored[tensor.name]
        if tensor.name in outside:
            where = {entry.key: int(entry.value) for entry in old.external_data if entry.key != "location"}
            wanted = members[WEIGHTS][where["offset"] : where["offset"] + where["length"]]
            assert tensor.raw_data == wanted
            assert numpy_helper.to_array(tensor).shape == tuple(old.dims)
        else:
            assert tensor == old
    for model in (before, after):
        del model.graph.initializer[:]
    assert after == before


def model_with(**external: str) -> bytes:
    tensor = numpy_helper.from_array(np.arange(6, dtype=np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in external.items():
        tensor.external_data.add(key=key, value=value)
    graph = helper.make_graph([], "g", [], [], [tensor])
    content: bytes = helper.make_model(graph).SerializeToString()
    return content


def test_a_long_tensor_after_others() -> None:
    """Lengths of several bytes, and a place that is not the file's beginning."""
    values = np.arange(100_000, dtype=np.float32)
    content = b"\1" * 300 + values.tobytes()
    made = filled(model_with(location="a", offset="300", length=str(values.nbytes)), content)
    (tensor,) = onnx.load_model_from_string(made).graph.initializer
    assert tensor.raw_data == values.tobytes()


@pytest.mark.parametrize(
    "external",
    [
        {"location": "/etc/passwd"},
        {"location": "w", "offset": "0", "length": "25"},
        {"location": "w", "offset": "-4", "length": "8"},
        {"location": "w", "offset": "8", "length": "-8"},
        {"location": "w", "offset": "x", "length": "8"},
    ],
)
def test_places_that_there_are_not_are_refused(external: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        filled(model_with(**external), bytes(24))


def test_what_is_damaged_is_refused_or_read_but_never_worse() -> None:
    members = members_of({"step": export(net_program())})
    graph, chance = members[GRAPH], random.Random(4)
    for _ in range(200):
        damaged = bytearray(graph[: chance.randrange(1, len(graph))])
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            filled(bytes(damaged), members[WEIGHTS])
        except (ValueError, KeyError):
            continue
    with pytest.raises(ValueError, match="ends too early"):
        filled(graph[:-1], members[WEIGHTS])
