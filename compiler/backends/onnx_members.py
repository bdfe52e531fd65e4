"""ONNX graphs and their weights as files: a graph for each program, the weights of all once, in safetensors.

The graphs name the weights' file and the place in it in ONNX's own way (external data), so that any tool that reads
ONNX opens `programs/step.onnx` as it stands. No torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto

    from .onnx_export import Graph

FOLDER = "programs"
WEIGHTS = "weights.safetensors"
"""Beside the graphs, in FOLDER."""


def member(name: str) -> str:
    """The file of a graph."""
    return f"{FOLDER}/{name}.onnx"


def members_of(graphs: Mapping[str, Graph]) -> dict[str, bytes]:
    """The files of all graphs. Equal weights of several programs are stored once."""
    from safetensors.numpy import save

    weights: dict[str, NDArray[Any]] = {}
    for graph in graphs.values():
        weights |= graph.weights
    stored = save({name: weights[name] for name in sorted(weights)})
    places = places_in(stored)
    files = {}
    for name, graph in graphs.items():
        place(graph.model, places)
        files[member(name)] = graph.model.SerializeToString(deterministic=True)
    return {**files, f"{FOLDER}/{WEIGHTS}": stored}


def places_in(stored: bytes) -> dict[str, tuple[int, int]]:
    """Offset and length in bytes of each tensor of a safetensors file."""
    length = int.from_bytes(stored[:8], "little")
    header = json.loads(stored[8 : 8 + length])
    return {
        name: (8 + length + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def place(model: ModelProto, places: Mapping[str, tuple[int, int]]) -> None:
    """Tell a graph where its weights lie."""
    for tensor in model.graph.initializer:
        if tensor.name not in places or tensor.raw_data:
            continue
        offset, length = places[tensor.name]
        del tensor.external_data[:]
        for key, value in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
