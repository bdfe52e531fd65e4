"""Weights that are equal lie in memory once, over all programs: a backbone is read by `init` and by `step`.

This is no pass of a pipeline, since it looks at all programs together; every pipeline ends with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, fx, nn

from ..programs import Programs, StageProgram
from .rewrite import CONSTANT, name_of_content

Look = tuple[object, ...]


def share_weights(programs: Programs) -> Programs:
    """The programs, of which equal constants (type, shape, layout and every bit) share one memory."""
    look_alike: dict[Look, dict[Look, tuple[str, Tensor]]] = {}
    for name, value in constants_of(programs):
        look_alike.setdefault(look(value), {}).setdefault(place(value), (name, value))
    keepers: dict[Look, Tensor] = {}
    for alike in look_alike.values():
        if len(alike) > 1:  # hashing is the dear part: only where there is something to compare with
            keepers |= keepers_among(alike)
    return {name: with_keepers(program, keepers) for name, program in programs.items()}


def keepers_among(alike: dict[Look, tuple[str, Tensor]]) -> dict[Look, Tensor]:
    """Place -> the first tensor of the same content."""
    first: dict[str, Tensor] = {}
    return {
        where: first.setdefault(name if name.startswith(CONSTANT) else name_of_content(value), value)
        for where, (name, value) in alike.items()
    }


def with_keepers(program: StageProgram, keepers: dict[Look, Tensor]) -> StageProgram:
    """The program, reading the tensors that are kept; the very program where nothing changes."""
    buffers = dict(program.module.named_buffers())
    kept = {name: keepers.get(place(value), value) for name, value in buffers.items()}
    if all(kept[name] is value or place(kept[name]) == place(value) for name, value in buffers.items()):
        return program
    holder, graph = nn.Module(), fx.Graph()
    graph.output(graph.graph_copy(program.module.graph, {}))
    for name, value in kept.items():
        holder.register_buffer(name, value)
    for node in graph.nodes:
        if node.op == "get_attr":
            node.meta = {**node.meta, "val": kept[str(node.target)]}
    module = fx.GraphModule(holder, graph, class_name=type(program.module).__name__)
    return StageProgram(program.name, module, program.inputs, program.outputs)


def constants_of(programs: Programs) -> Iterator[tuple[str, Tensor]]:
    """Name and value of every constant."""
    for program in programs.values():
        yield from program.module.named_buffers()


def look(value: Tensor) -> Look:
    """What tensors of the same content have in common without looking at it."""
    return value.dtype, value.device, tuple(value.shape), value.stride()


def place(value: Tensor) -> Look:
    """Where the content lies, and how it is read."""
    return (value.data_ptr(), *look(value))
