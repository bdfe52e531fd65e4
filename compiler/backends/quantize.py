"""int8: convolutions and products of matrices on whole numbers, by what recorded frames show of their ranges.

Static quantisation in ONNX's own form (QuantizeLinear and DequantizeLinear around each operator), which ONNX Runtime
and OpenVINO both turn into integer kernels. Weights are quantised by channel, symmetrically, in all eight bits: with
VNNI or AMX nothing overflows, and where a CPU has neither, ONNX Runtime's kernels widen first.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from onnx import (
    ModelProto,
    NodeProto,
    TensorProto,
    load_model_from_string,
    numpy_helper,
    shape_inference,
)

from .backend import BuildOptions
from .find import CalibrationError
from .onnx_export import WEIGHT_BYTES, Graph
from .onnx_filled import filled
from .onnx_graph import content_name
from .onnx_members import members_of
from .onnx_session import imported

if TYPE_CHECKING:
    from ..programs import Programs

QUANTISED = ("Conv", "MatMul", "Gemm")

Feed = dict[str, NDArray[Any]]


def quantized(
    graphs: Mapping[str, Graph],
    programs: Programs,
    options: BuildOptions,
    note: Callable[[str], None],
    keep_last: bool = True,
) -> dict[str, Graph]:
    """The graphs with their heavy operators in int8; those that have none, or were never called, stay as they are.

    A graph is called `PROGRAM` or `PROGRAM.half`. With `keep_last`, operators that no other heavy one follows (the
    last layers of heads, whose numbers are the answer) stay in float. Raises CalibrationError.
    """
    recordings = options.calibration or {}
    if not recordings.get("step"):
        raise CalibrationError(
            "int8 needs frames to learn from how large the numbers in the network are, and there are none",
            "give a video like those to be tracked: --calibrate VIDEO --calibrate-box X,Y,W,H",
        )
    found = {}
    for name, graph in graphs.items():
        program = program_of(name, programs)
        calls = recordings.get(program, ())
        slots = [slot.name for slot in programs[program].inputs]
        if not calls or not any(node.op_type in QUANTISED for node in graph.model.graph.node):
            found[name] = graph
            continue
        note(f"quantising {name} by {len(calls)} recorded calls")
        found[name] = quantized_graph(graph, [feed(graph.model, slots, call) for call in calls], keep_last)
    return found


def program_of(name: str, programs: Programs) -> str:
    return name if name in programs else name.rpartition(".")[0]


def feed(model: ModelProto, slots: Sequence[str], call: Sequence[NDArray[Any]]) -> Feed:
    """Of a program's recorded inputs, those that a graph reads; complex ones as pairs of real numbers."""
    given = dict(zip(slots, call, strict=True))
    return {entrance.name: as_real(given[entrance.name]) for entrance in model.graph.input}


def as_real(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind != "c":
        return array
    parts = array.view(array.real.dtype)
    return parts.reshape(*array.shape, 2)


def quantized_graph(graph: Graph, feeds: Sequence[Feed], keep_last: bool) -> Graph:
    imported("onnxruntime")  # as this program wants it set up
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    stored = members_of({"whole": graph})
    whole = load_model_from_string(
        filled(stored["programs/whole.onnx"], stored["programs/weights.safetensors"])
    )
    whole = shape_inference.infer_shapes(whole)
    with tempfile.TemporaryDirectory() as folder, no_advice():
        path = Path(folder) / "quantised.onnx"
        quantize_static(
            whole,
            path,
            Reader(iter(feeds)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[*sensitive(whole), *(last_layers(whole) if keep_last else [])],
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"WeightSymmetric": True},
        )
        model = ModelProto.FromString(path.read_bytes())
    return taken_apart(model, graph.model)


@contextmanager
def no_advice() -> Iterator[None]:
    """The quantiser advises to run an optimiser first, through the root logger; our passes have."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


class Reader:
    """What the calibrator asks for one feed after the other (`CalibrationDataReader`)."""

    def __init__(self, feeds: Iterator[Feed]) -> None:
        self.feeds = feeds

    def get_next(self) -> Feed | None:
        return next(self.feeds, None)

    def __iter__(self) -> Iterator[Feed]:
        return self.feeds


def sensitive(model: ModelProto) -> list[str]:
    """Names of heavy nodes that stay in float, since integers cost them more than they gain.

    - The first, which reads the pixels: an error there goes through all that follows.
    - Convolutions in groups (depthwise): each result is a sum of few products, so nothing averages out, and their
      time goes into reading, not into products.
    - Products with one row for a target (the weights of whole channels): next to no time, and much depends on each.
    - Products of two computed matrices, as in attention, which engines run in one piece where it is in float.

    NanoTrack v2's forced steps on the sequence Crossing overlap by 0.95 so, and by 0.88 with all of these in int8;
    OSTrack-256 takes 91 ms, and 124 ms with the products of its attention in int8 (OpenVINO, one thread).
    """
    fixed = {tensor.name for tensor in model.graph.initializer}
    heavy = [node for node in model.graph.node if node.op_type in QUANTISED]
    found = [
        node.name
        for node in heavy
        if node.op_type == "Gemm"
        or groups_of(node) > 1
        or (node.op_type == "MatMul" and not any(name in fixed for name in node.input))
    ]
    return sorted({heavy[0].name, *found}) if heavy else []


def groups_of(node: NodeProto) -> int:
    return next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)


def last_layers(model: ModelProto) -> list[str]:
    """Names of heavy nodes that no other heavy node depends on."""
    nodes = list(model.graph.node)
    followed: set[str] = set()  # values that a heavy node depends on
    last = []
    for node in reversed(nodes):
        heavy = node.op_type in QUANTISED
        if heavy and not any(name in followed for name in node.output):
            last.append(node.name)
        if heavy or any(name in followed for name in node.output):
            followed.update(node.input)
    return last[::-1]


def taken_apart(model: ModelProto, original: ModelProto) -> Graph:
    """The weights out of the graph, named by their content so that programs share them; nothing of the tool's.

    Small constants stay one for each place. Where layers share the zero points of their weights, OpenVINO leaves
    those layers in float: half of a vision transformer's (227 ms instead of 91).
    """
    model.producer_name = model.producer_version = ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    model.ir_version = original.ir_version
    weights: dict[str, NDArray[Any]] = {}
    renamed: dict[str, str] = {}
    kept: dict[str, TensorProto] = {}
    for place, tensor in enumerate(model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        name = content_name(array) if array.nbytes >= WEIGHT_BYTES else f"{content_name(array)}.{place}"
        renamed[tensor.name] = name
        if array.nbytes >= WEIGHT_BYTES:
            weights[name] = array
            kept[name] = TensorProto(
                name=name, dims=array.shape, data_type=tensor.data_type, data_location=TensorProto.EXTERNAL
            )
        else:
            kept[name] = numpy_helper.from_array(array, name)
    rename_inputs(model.graph.node, renamed)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept.values())
    return Graph(model, weights)


def rename_inputs(nodes: Iterable[NodeProto], renamed: Mapping[str, str]) -> None:
    """Also within the bodies of scans, which read constants of the graph around them."""
    for node in nodes:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
        for attribute in node.attribute:
            rename_inputs(attribute.g.node, renamed)
