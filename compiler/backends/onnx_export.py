"""A program as an ONNX model, written operator by operator from the flat graph.

The table of operators is our own. The exporter of `torch.onnx` gives the same numbers, but exports and decomposes
each program again (20 s for NanoTrack v2 where this takes a fraction of one, on a busy machine), and at version 2.13 it
lacks operators of complex numbers that a correlation filter is made of. An operator that the table does not know is an
error that names it and the component it came from.

Equal programs give equal bytes: names are counted, constants are named by their content, and nothing tells the time
or the place of the build.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from torch import Tensor, fx

from ..in_place import functional_twin
from ..node_place import component_place, python_place
from ..plan import Slot
from ..programs import StageProgram
from ..user_error import UserError
from . import onnx_arithmetic, onnx_fourier, onnx_network, onnx_shapes  # noqa: F401 - they fill the table
from .onnx_graph import OPSET, REAL, TYPES, NoLoweringError, Size, Value, Writer, array_of
from .onnx_table import OPERATORS, Lowering, real

IR_VERSION = 10
"""That of ONNX 1.16, which OPSET needs: runtimes refuse files of a version that they do not know yet."""

WEIGHT_BYTES = 1024
"""Constants from this size on are kept apart from the graph, once for all programs."""


class OperatorError(UserError):
    """An operator that cannot be written in ONNX."""

    code: ClassVar[str] = "SOT616"


@dataclass(frozen=True)
class Graph:
    """A program in ONNX, and the weights that its graph names without holding them."""

    model: ModelProto
    weights: Mapping[str, NDArray[Any]]


def export(program: StageProgram) -> Graph:
    """Write a program in ONNX. Raises OperatorError."""
    refuse_bfloat16(program)
    writer, values = Writer(), {}
    for node in program.module.graph.nodes:
        if node.op == "placeholder":
            values[node] = entrance(program, node)
        elif node.op == "get_attr":
            values[node] = constant(writer, program, node)
        elif node.op == "call_function":
            writer.prefix = node.name
            values[node] = lowered(writer, program, node, values)
    (results,) = next(node for node in program.module.graph.nodes if node.op == "output").args
    for slot, node in zip(program.outputs, results, strict=True):
        name = result_name(slot)
        writer.nodes.append(helper.make_node("Identity", [values[node].name], [name], name=name))
    return assembled(writer, program, [node.meta["val"] for node in results])


def refuse_bfloat16(program: StageProgram) -> None:
    """Raises OperatorError for a program with bfloat16 in it: numpy and most operators of ONNX Runtime have none."""
    low = [
        node
        for node in program.module.graph.nodes
        if isinstance(value := node.meta.get("val"), Tensor) and value.dtype == torch.bfloat16
    ]
    if not low:
        return
    places = (place for node in low if (place := component_place(node)))
    where = f", first in {place}" if (place := next(places, "")) else ""
    raise OperatorError(
        f"the program `{program.name}` has numbers in bfloat16{where}: programs in ONNX have none",
        "leave `precision{dtype=bf16}` out of the passes; --precision bf16 goes with the backends openvino (where the "
        "CPU has it), inductor, aoti and eager",
    )


def result_name(slot: Slot) -> str:
    """A place may be read and written by one program: its two values are two."""
    return f"new.{slot.name}"


def entrance(program: StageProgram, node: fx.Node) -> Value:
    position = [other for other in program.module.graph.nodes if other.op == "placeholder"].index(node)
    val = node.meta["val"]
    return Value(program.inputs[position].name, val.dtype, tuple(val.shape))


def constant(writer: Writer, program: StageProgram, node: fx.Node) -> Value:
    tensor = operator.attrgetter(str(node.target))(program.module)
    assert isinstance(tensor, Tensor)
    try:
        return Value(writer.constant(array_of(tensor)), tensor.dtype, tuple(tensor.shape))
    except NoLoweringError as error:
        raise refused(program, node, error) from error


# ---------------------------------------------------------------- operators


def lowered(writer: Writer, program: StageProgram, node: fx.Node, values: Mapping[fx.Node, Any]) -> Any:
    """What stands for an operator's result. Raises OperatorError."""
    try:
        return named(lower_node(writer, node, values), node.meta["val"])
    except NoLoweringError as error:
        raise refused(program, node, error) from error


def refused(program: StageProgram, node: fx.Node, error: NoLoweringError) -> OperatorError:
    """The error for a node that has no form in ONNX: the component, the spec's line and the Python line."""
    place = component_place(node)
    of = f" of {place}" if place else ""
    return OperatorError(
        f"the operator `{node.target}`{of} (program `{program.name}`) cannot be written in ONNX"
        f"{python_place(node)}: {error}",
        "use the backend inductor, aoti or eager, or write the component without it",
    )


def lower_node(writer: Writer, node: fx.Node, values: Mapping[fx.Node, Any]) -> Any:
    if node.target is operator.getitem:
        tensors, index = node.args
        return values[tensors][index]  # type: ignore[index]
    if node.target in SIZE_OPERATORS:
        return size_arithmetic(writer, node, values)
    target = node.target
    if not isinstance(target, torch._ops.OpOverload):
        raise NoLoweringError("no operator of PyTorch")
    if target._schema.is_mutable:  # nothing reads the operand again: see `restore_in_place`
        target = functional_twin(target) or target
    if target is torch.ops.aten.sym_size.int:
        source, axis = node.args
        assert isinstance(source, fx.Node)
        assert isinstance(axis, int)
        return writer.size(values[source], axis)
    lowering = find_lowering(target)
    arguments = [fx.node.map_arg(item, values.__getitem__) for item in arguments_of(target, node)]
    settings = {"kind": target._schema.name.partition("::")[2]} if takes_kind(lowering) else {}
    return lowering(writer, node.meta["val"], *arguments, **settings)


def find_lowering(target: torch._ops.OpOverload) -> Lowering:
    name = target._schema.name.replace("::", ".")
    overload = target._schema.overload_name or "default"
    lowering = OPERATORS.get(f"{name}.{overload}", OPERATORS.get(name))
    if lowering is None:
        raise NoLoweringError("it is not in the table")
    return lowering


def takes_kind(lowering: Lowering) -> bool:
    return "kind" in inspect.signature(lowering).parameters


def arguments_of(target: torch._ops.OpOverload, node: fx.Node) -> list[Any]:
    """All arguments in the order of the schema, with the defaults of those that were left out."""
    found = list(node.args)
    for argument in target._schema.arguments[len(found) :]:
        found.append(
            node.kwargs.get(argument.name, argument.default_value if argument.has_default_value() else None)
        )
    return found


SIZE_OPERATORS = {operator.mul: "Mul", operator.add: "Add", operator.sub: "Sub", operator.floordiv: "Div"}


def size_arithmetic(writer: Writer, node: fx.Node, values: Mapping[fx.Node, Any]) -> Size:
    """Sizes of tensors, which are never negative, reckoned at run time."""
    operands: list[Any] = [values[item] if isinstance(item, fx.Node) else item for item in node.args]
    if not all(isinstance(item, int | Size) for item in operands):
        raise NoLoweringError("arithmetic on other things than sizes")
    pieces = [writer.ints([item]) for item in operands]
    return Size(writer.op(SIZE_OPERATORS[node.target], *pieces, dtype=torch.int64).name)  # type: ignore[index]


def named(found: Any, val: Any) -> Any:
    """The values of a node, told the type and shape that torch gives them."""
    if isinstance(found, Size):
        return found
    if isinstance(found, Value):
        assert real(found.dtype) == real(val.dtype), (found, val.dtype)
        return Value(found.name, val.dtype, tuple(val.shape))
    return tuple(named(one, other) for one, other in zip(found, val, strict=True))


# ---------------------------------------------------------------- the model


def assembled(writer: Writer, program: StageProgram, results: list[Any]) -> Graph:
    inputs = [node.meta["val"] for node in program.module.graph.nodes if node.op == "placeholder"]
    read = names_read(writer.nodes)
    constants = {name: array for name, array in writer.constants.items() if name in read}
    weights = {name: array for name, array in constants.items() if array.nbytes >= WEIGHT_BYTES}
    graph = helper.make_graph(
        writer.nodes,
        program.name,
        [described(slot.name, val) for slot, val in zip(program.inputs, inputs, strict=True)],
        [described(result_name(slot), val) for slot, val in zip(program.outputs, results, strict=True)],
        [
            absent(name, array) if name in weights else numpy_helper.from_array(array, name)
            for name, array in constants.items()
        ],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return Graph(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION), weights)


def names_read(nodes: Iterable[NodeProto]) -> set[str]:
    """All names that nodes read, those within the bodies of loops included."""
    found: set[str] = set()
    for node in nodes:
        found.update(node.input)
        for attribute in node.attribute:
            found |= names_read(attribute.g.node)
    return found


def described(name: str, val: Any) -> ValueInfoProto:
    """Type and shape of an entrance or result; free sizes bear the names of their symbols."""
    sizes = [size if isinstance(size, int) else str(size) for size in val.shape]
    last = [2] if val.dtype in REAL else []
    return helper.make_tensor_value_info(name, TYPES[real(val.dtype)], [*sizes, *last])


def absent(name: str, array: NDArray[Any]) -> TensorProto:
    """A weight without its numbers; `onnx_members.place` says where they lie."""
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    return TensorProto(name=name, dims=array.shape, data_type=kind, data_location=TensorProto.EXTERNAL)
