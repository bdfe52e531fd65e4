"""What a spec's network gives where an original was recorded: wires, and modules within parts."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, fx, nn

from ..compiler.alias import Alias, Form
from ..compiler.graph import ComponentGraph
from ..compiler.lower import Lowered
from ..compiler.network import Network
from ..compiler.stages import ancestors
from ..compiler.user_error import UserError
from ..dsl.program import Apply, Input, Truth, Wire
from ..dsl.suggest import did_you_mean, nearest
from .recorded import Array, Recorded

WITHIN = {
    "target": torch.tensor([[5000.0, 5000.0, 64.0, 64.0]], dtype=torch.float64),
    "frame_size": torch.tensor([1e4, 1e4], dtype=torch.float64),
}
"""Where crops are said to lie if the file does not tell: within their frame, so that no part of them is padding."""


class RecordedNameError(UserError):
    """A recorded array whose name the spec does not have."""

    code: ClassVar[str] = "SOT625"


class RecordedInputError(UserError):
    """A recorded input that is missing, or of another shape."""

    code: ClassVar[str] = "SOT626"


@dataclass(frozen=True)
class Place:
    """Where a recorded name is found in the graph."""

    alias: Alias
    position: int
    """of the node in the graph, which is in the order of computation"""


@dataclass(frozen=True)
class Value:
    """What the network gives at a place."""

    tensor: Tensor
    """in the original's layout"""
    order: tuple[int, float]
    """sorts values as they are computed: the node's position, and which of the calls within it"""


@dataclass(frozen=True)
class Call:
    """A module within a part was called."""

    module: str
    output: Any


# ---------------------------------------------------------------- names


def find_place(network: Network, aliases: Mapping[str, Alias], name: str) -> Place:
    """The wire or module of a recorded output. Raises RecordedNameError, with the names that are near."""
    alias = aliases.get(name)
    if alias is None:
        known = fetchable(network)
        if name not in known:
            raise unknown_name(network.graph, f"out_{name}", name, [*aliases, *known], sorted(aliases))
        alias = Alias(wires=(name,))
    return Place(alias, position_of(network, alias, name))


def unknown_name(
    graph: ComponentGraph, key: str, name: str, known: Sequence[str], aliases: Sequence[str]
) -> RecordedNameError:
    meant = did_you_mean(nearest(name, known))
    declared = (
        f"names of the original that are known: {', '.join(aliases)}"
        if aliases
        else "`sotc show` lists wires"
    )
    return RecordedNameError(
        f"`{key}` is recorded, and `{graph.program.name}` has no `{name}`",
        f"{f'{meant} ' if meant else ''}{declared}; others go into [alias] of the spec's .keys.toml",
    )


def fetchable(network: Network) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Names of all values -> the wire that has them, and the outputs to take of it: `corners.box`, `fields.0`."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, operand in network.operands().items():
        if not isinstance(operand, Wire):
            continue
        shape = network.graph.values.get(operand.node)
        value = getattr(shape, "small", None)
        fields = getattr(value, "_fields", range(len(value)) if isinstance(value, (tuple, list)) else ())
        found |= {f"{name}.{field}": (name, (str(field),)) for field in fields}
    return found | {
        name: (name, ()) for name, operand in network.operands().items() if isinstance(operand, Wire)
    }


def position_of(network: Network, alias: Alias, name: str) -> int:
    order = {node.name: index for index, node in enumerate(network.graph.program.nodes)}
    if alias.module:
        applied = applications(network.graph, part_of(network.graph, alias.module, name))
        return order[applied[min(alias.call, len(applied) - 1)]]
    known = fetchable(network)
    wrong = next((wire for wire in alias.wires if wire not in known), None)
    if wrong is not None:
        raise RecordedNameError(
            f"the alias `{name}` names `{wrong}`, which `{network.graph.program.name}` does not have",
            did_you_mean(nearest(wrong, list(known))) or "mend it in the spec's .keys.toml",
        )
    operands = [network.operand(known[wire][0]) for wire in alias.wires]
    return max(order[operand.node] for operand in operands if isinstance(operand, Wire))


def part_of(graph: ComponentGraph, module: str, name: str) -> str:
    """The part that holds a module. Raises RecordedNameError."""
    parts = [path for path in graph.parts if f"{module}.".startswith(f"{path}.")]
    if not parts or not applications(graph, max(parts, key=len)):
        raise RecordedNameError(
            f"the alias `{name}` names the module `{module}`, which no part of `{graph.program.name}` has",
            did_you_mean(nearest(module, list(graph.parts))) or "mend it in the spec's .keys.toml",
        )
    return max(parts, key=len)


def applications(graph: ComponentGraph, part: str) -> list[str]:
    """Nodes that apply a part, in order, without those that only training has."""
    program = graph.program
    truths = {node.name for node in program.nodes if isinstance(node, Truth)}
    return [
        node.name
        for node in program.nodes
        if isinstance(node, Apply)
        and node.part == part
        and not truths & set(ancestors(program, [Wire(node.name)]))
    ]


# ---------------------------------------------------------------- inputs


def images_of(graph: ComponentGraph, recorded: Recorded) -> dict[str, Tensor]:
    """The recorded images by the names of the spec's inputs. Raises RecordedInputError."""
    inputs = [node for node in graph.program.nodes if isinstance(node, Input)]
    inputs.sort(key=lambda node: node.keyword != "template")  # as declared, templates first
    listed = ", ".join(f"in_{index} ({node.name})" for index, node in enumerate(inputs))
    for index in recorded.images:
        if index >= len(inputs):
            raise RecordedInputError(
                f"`in_{index}` is one input too many for `{graph.program.name}`", f"give {listed}"
            )
    images = {}
    for index, node in enumerate(inputs):
        wanted = tuple(graph.values[node.name].small.image.shape[1:])
        if index not in recorded.images:
            raise RecordedInputError(
                f"`in_{index}` is missing in `{recorded.path}`: the image of `{node.name}`, "
                f"[N, {', '.join(map(str, wanted))}], after crop and normalisation",
                f"inputs are in the order of the spec, templates first: {listed}",
            )
        images[node.name] = as_images(f"in_{index}", node.name, recorded.images[index], wanted)
    return images


def as_images(key: str, name: str, array: Array, wanted: tuple[int, ...]) -> Tensor:
    """[N, 3, H, W], or [N, patches, 3, H, W] where the crop gives several; axes of length 1 may stand in front."""
    if array.dtype.kind != "f":
        raise RecordedInputError(
            f"`{key}` ({name}) is {array.dtype}: such are pixels, and no input of a network",
            "record what the network sees: float32, after crop and normalisation",
        )
    size = wanted[-3:]
    if array.ndim < 3 or array.shape[-3:] != size:
        raise RecordedInputError(
            f"`{key}` ({name}) is {list(array.shape)}, not [N, {', '.join(map(str, wanted))}]",
            "give images as channels, height, width, after crop and normalisation, in the order of the spec",
        )
    tensor = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
    patches = len(wanted) == 4 and tensor.ndim > 4
    return tensor.reshape(-1, *tensor.shape[-4:]) if patches else tensor.reshape(-1, *size)


def fed_values(network: Network, recorded: Recorded) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What `in_NAME` arrays are: inputs of the network by name, and values of wires. Raises RecordedNameError."""
    graph = network.graph
    crops = [node.name for node in graph.program.nodes if isinstance(node, Input)]
    inputs = [*WITHIN, *(f"{crop}.{name}" for crop in crops for name in WITHIN)]
    inputs += [f"state.{state.name}" for state in graph.program.states]
    wires = [name for name, operand in network.operands().items() if isinstance(operand, Wire)]
    given: dict[str, Tensor] = {}
    fed: dict[str, Tensor] = {}
    for name, array in recorded.fed.items():
        if name not in inputs and name not in wires:
            raise RecordedNameError(
                f"`in_{name}` is recorded, and `{graph.program.name}` has neither a wire nor an input `{name}`",
                did_you_mean(nearest(name, [*wires, *inputs])) or "`sotc show` lists wires",
            )
        (given if name in inputs else fed)[name] = torch.from_numpy(np.ascontiguousarray(array))
    return given, fed


# ---------------------------------------------------------------- values


class Feeding(fx.Interpreter):
    """Runs a lowered graph with some of its values given instead of computed."""

    def __init__(self, module: fx.GraphModule, fed: Mapping[fx.Node, tuple[str, Tensor]]) -> None:
        super().__init__(module)
        self.fed = fed

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if n not in self.fed:
            return value
        name, given = self.fed[n]
        if isinstance(value, Tensor) and given.dtype is torch.bool:
            given = coarser(given, value)
        if not isinstance(value, Tensor) or value.numel() != given.numel():
            wanted = list(value.shape) if isinstance(value, Tensor) else "no tensor"
            raise RecordedInputError(
                f"`in_{name}` is {list(given.shape)}, and the wire `{name}` is {wanted}",
                "record it in that shape",
            )
        return given.reshape(value.shape).to(value.dtype)


def coarser(mask: Tensor, value: Tensor) -> Tensor:
    """A mask of pixels as one of cells: each cell is its first pixel, as where a nearest neighbour is taken."""
    if mask.ndim < 2 or value.ndim < 2:
        return mask
    (rows, rest), (columns, more) = (divmod(mask.shape[axis], value.shape[axis]) for axis in (-2, -1))
    return mask if rest or more or not rows or not columns else mask[..., ::rows, ::columns]


def evaluate(
    network: Network, recorded: Recorded, places: Mapping[str, Place], dtype: torch.dtype
) -> dict[str, Value]:
    """What the network gives at each place, computed in `dtype`.

    Raises RecordedInputError and RecordedNameError.
    """
    images = images_of(network.graph, recorded)
    given, fed = fed_values(network, recorded)
    known = fetchable(network)
    modules = {place.alias.module: name for name, place in places.items() if place.alias.module}
    fetch = [known[wire][0] for place in places.values() for wire in place.alias.wires]
    for module, name in modules.items():
        fetch += applications(network.graph, part_of(network.graph, module, name))
    lowered = network.lower(list(dict.fromkeys([*fetch, *fed])))
    arguments = network.arguments(lowered, {**WITHIN, **images, **given})
    values, calls = run(lowered, arguments, fed, modules, dtype)
    found = {}
    for name, place in places.items():
        alias, rank = place.alias, math.inf
        raw = [taken(values[known[wire][0]], known[wire][1]) for wire in alias.wires]
        if alias.module:
            rank = call_of(calls, alias, name)
            raw = [calls[rank].output]
        try:
            found[name] = Value(laid_out(alias, raw), (place.position, rank))
        except (IndexError, RuntimeError, TypeError, AttributeError) as error:
            raise RecordedNameError(
                f"`{name}` does not fit `{alias.place}`: {error}", "mend [alias] in the spec's .keys.toml"
            ) from error
    return found


def run(
    lowered: Lowered,
    arguments: Sequence[Tensor],
    fed: Mapping[str, Tensor],
    modules: Mapping[str, str],
    dtype: torch.dtype,
) -> tuple[dict[str, Any], list[Call]]:
    """Values of wires, and all calls of some modules (path -> who asks for it), on a copy of the graph in `dtype`."""
    twin = copy.deepcopy(lowered.module).to(dtype)
    results = next(iter(reversed(twin.graph.nodes))).args[0]
    assert isinstance(results, tuple)
    nodes = dict(zip(lowered.outputs, results, strict=True))
    replaced = {nodes[name]: (name, tensor) for name, tensor in fed.items()}
    calls: list[Call] = []
    for module, name in modules.items():
        listen(twin, module, name, calls)
    inputs = [value.to(dtype) if value.dtype is torch.float32 else value for value in arguments]
    with torch.no_grad():
        values = Feeding(twin, replaced).run(*inputs)
    return dict(zip(lowered.outputs, values, strict=True)), calls


def listen(root: nn.Module, module: str, name: str, calls: list[Call]) -> None:
    """Note every call of a module. Raises RecordedNameError where there is none of that path."""
    paths = dict(root.named_modules())
    if module not in paths:
        raise RecordedNameError(
            f"the alias `{name}` names the module `{module}`, which is not there",
            did_you_mean(nearest(module, list(paths))) or "mend it in the spec's .keys.toml",
        )
    paths[module].register_forward_hook(lambda _module, _inputs, output: calls.append(Call(module, output)))


def call_of(calls: Sequence[Call], alias: Alias, name: str) -> int:
    """Which of all calls the alias means. Raises RecordedNameError."""
    own = [index for index, call in enumerate(calls) if call.module == alias.module]
    if alias.call >= len(own):
        raise RecordedNameError(
            f"the alias `{name}` is call {alias.call} of `{alias.module}`, which is called {len(own)} times",
            "calls are counted from 0; mend it in the spec's .keys.toml",
        )
    return own[alias.call]


def taken(value: Any, fields: Sequence[str]) -> Any:
    for field in fields:
        value = value[int(field)] if field.isdecimal() else getattr(value, field)
    return value


def tokens_of(value: Tensor) -> Tensor:
    """A map [N, C, H, W] as tokens [N, H * W, C]; tokens as they are."""
    return value.flatten(2).transpose(1, 2) if value.ndim == 4 else value


def laid_out(alias: Alias, values: Sequence[Any]) -> Tensor:
    """The value as the original lays it out, step by step as `Alias` lists them."""
    if alias.item is not None:
        values = [value[alias.item] for value in values]
    if alias.channel is not None:
        values = [value[:, alias.channel] for value in values]
    if alias.tokens or len(values) > 1:
        several = [value if isinstance(value, tuple) else (value,) for value in values]
        values = [tokens_of(value) for group in several for value in group]
    (result,) = values if len(values) == 1 else [torch.cat(list(values), 1)]
    if not isinstance(result, Tensor):
        raise TypeError(f"it is {len(result)} values: take one, {{ wire = ..., item = 0 }}")
    if alias.permute:
        result = result.permute(alias.permute)
    return result if alias.form is None else boxes_as(alias.form, result)


def boxes_as(form: Form, boxes: Tensor) -> Tensor:
    """Boxes [..., 4] of the other form."""
    first, last = boxes[..., :2], boxes[..., 2:]
    if form == "centre":
        return torch.cat(((first + last) / 2, last - first), -1)
    return torch.cat((first - last / 2, first + last / 2), -1)
