"""A network at work in OpenVINO, compiled anew for each number of targets. No torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from .find import BackendError
from .numpy_engine import Array
from .onnx_engine import WIRE
from .onnx_filled import filled
from .onnx_session import imported

KEPT = 4
"""Numbers of targets whose compiled networks are kept; the one longest unused goes first."""


@dataclass(frozen=True)
class Ready:
    """What runs inputs of certain shapes."""

    request: Any
    """`openvino.InferRequest`, which reads `inputs`"""
    inputs: tuple[Array, ...]
    """memory that stays the request's: telling it of new memory at every call costs more than a copy. With results
    that are not copied twice, 0.12 ms of the 1.88 of NanoTrack v2's step in bf16 (one thread, processor time)"""


@dataclass
class Network:
    """A function of named arrays. Shapes are fixed when it is compiled, which OpenVINO is much faster with."""

    name: str
    model: Any
    """`openvino.Model` with free sizes"""
    settings: Mapping[str, Any]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    _compiled: OrderedDict[tuple[tuple[int, ...], ...], Ready] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _kept: threading.local = field(default_factory=threading.local)

    @staticmethod
    def read(name: str, graph: Any, weights: Any, threads: int, precision: str) -> Network:
        """Read an ONNX graph. Raises BackendError."""
        openvino = imported("openvino")
        try:
            model = openvino.Core().read_model(filled(bytes(graph), weights))
        except Exception as error:  # its errors have no common base
            raise refused(name, error) from error
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision,
        }
        reads = tuple(entrance.get_any_name() for entrance in model.inputs)
        writes = tuple(result.get_any_name() for result in model.outputs)
        return Network(name, model, settings, reads, writes)

    def __call__(self, values: Mapping[str, Array]) -> dict[str, Array]:
        given = [values[name] for name in self.reads]
        with self._lock:
            ready = self.compiled(given)
            for memory, array in zip(ready.inputs, given, strict=True):
                np.copyto(memory, array)
            ready.request.infer(share_outputs=True)
            tensors = ready.request.output_tensors
            return {
                name: self._taken(name, tensor.data)
                for name, tensor in zip(self.writes, tensors, strict=True)
            }

    def _taken(self, name: str, data: Array) -> Array:
        """A result in memory that the next call does not change.

        What only the tail reads, at once and in the same thread, goes into memory that the thread keeps: fresh memory
        of that size costs several times the copy.
        """
        if not name.startswith(WIRE):
            return np.array(data)
        kept: dict[str, Array] = self._kept.__dict__
        if name not in kept or kept[name].shape != data.shape:
            kept[name] = np.empty_like(data)
        np.copyto(kept[name], data)
        return kept[name]

    def compiled(self, given: Sequence[Array]) -> Ready:
        """What runs inputs of these shapes."""
        shapes = tuple(array.shape for array in given)
        if shapes in self._compiled:
            self._compiled.move_to_end(shapes)
            return self._compiled[shapes]
        ready = self._made(given)
        self._compiled[shapes] = ready
        if len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return ready

    def _made(self, given: Sequence[Array]) -> Ready:
        import openvino

        model = self.model.clone()
        inputs = tuple(np.zeros(array.shape, array.dtype) for array in given)
        try:
            shapes = {index: openvino.PartialShape(list(array.shape)) for index, array in enumerate(given)}
            model.reshape(shapes)
            request = openvino.Core().compile_model(model, "CPU", dict(self.settings)).create_infer_request()
            for index, array in enumerate(inputs):
                request.set_input_tensor(index, openvino.Tensor(array, shared_memory=True))
        except Exception as error:
            raise refused(self.name, error) from error
        return Ready(request, inputs)


def refused(name: str, error: Exception) -> BackendError:
    text = " ".join(line.strip() for line in str(error).strip().splitlines())
    return BackendError(f"OpenVINO refuses the program `{name}`: {text[:400]}", "use another backend")
