"""A network at work in OpenVINO, compiled anew for each number of targets. No torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import numpy as np

from .find import BackendError
from .numpy_engine import Array
from .onnx_engine import WIRE
from .onnx_filled import filled
from .onnx_session import imported

KEPT = 4
"""Numbers of targets whose compiled networks are kept; the one longest unused goes first."""

Shapes: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Ready:
    """What runs inputs of certain shapes, for one thread.

    All memory stays the request's: telling it of new memory at every call costs more than a copy.
    """

    infer: Callable[[], object]
    """reads `inputs`, writes `outputs`"""
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


@dataclass
class Network:
    """A function of named arrays. Shapes are fixed when it is compiled, which OpenVINO is much faster with."""

    name: str
    model: Any
    """`openvino.Model` with free sizes"""
    settings: Mapping[str, Any]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    _compiled: OrderedDict[Shapes, Any] = field(default_factory=OrderedDict)
    """`openvino.CompiledModel` by the shapes of its inputs, for all threads"""
    _lock: Lock = field(default_factory=Lock)
    _own: threading.local = field(default_factory=threading.local)
    """what is the thread's own: `ready`, its requests by shapes"""

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
        """Results by name. What only the tail reads, at once and in the same thread, stays in the request's memory."""
        given = [values[name] for name in self.reads]
        ready = self.ready(given)
        for memory, array in zip(ready.inputs, given, strict=True):
            np.copyto(memory, array)
        ready.infer()
        return {
            name: data if name.startswith(WIRE) else data.copy()
            for name, data in zip(self.writes, ready.outputs, strict=True)
        }

    def ready(self, given: Sequence[Array]) -> Ready:
        """What runs inputs of these shapes in this thread."""
        shapes = tuple(array.shape for array in given)
        own: OrderedDict[Shapes, Ready] = self._own.__dict__.setdefault("ready", OrderedDict())
        if shapes not in own:
            with self._lock:
                compiled = kept(self._compiled, shapes, lambda: self._made(shapes))
            kept(own, shapes, lambda: self._requested(compiled, given))
        elif len(own) > 1:
            own.move_to_end(shapes)
        return own[shapes]

    def _made(self, shapes: Shapes) -> Any:
        import openvino

        model = self.model.clone()
        try:
            model.reshape({index: openvino.PartialShape(list(shape)) for index, shape in enumerate(shapes)})
            return openvino.Core().compile_model(model, "CPU", dict(self.settings))
        except Exception as error:
            raise refused(self.name, error) from error

    def _requested(self, compiled: Any, given: Sequence[Array]) -> Ready:
        import openvino

        inputs = tuple(np.zeros(array.shape, array.dtype) for array in given)
        try:
            request = compiled.create_infer_request()
            for index, array in enumerate(inputs):
                request.set_input_tensor(index, openvino.Tensor(array, shared_memory=True))
            outputs = tuple(tensor.data for tensor in request.output_tensors)
        except Exception as error:
            raise refused(self.name, error) from error
        return Ready(bare_infer(request), inputs, outputs)


def bare_infer(request: Any) -> Callable[[], object]:
    """What runs a request whose memory is set, without what `infer` of Python does around it.

    Looking through inputs and wrapping up results takes little by itself, but 0.1 of the 2.2 ms of NanoTrack v2's
    step in bf16: the network has used up the caches, and that Python is found cold (one thread, processor time).
    """
    bare = super(type(request), request)
    if hasattr(bare, "infer"):
        return partial(bare.infer, {}, share_outputs=True, decode_strings=False)
    return partial(request.infer, share_outputs=True)


def kept(store: OrderedDict[Shapes, Any], shapes: Shapes, make: Callable[[], Any]) -> Any:
    """What is kept for these shapes, made where it is not; of more than `KEPT` the one longest unused goes."""
    if shapes not in store:
        store[shapes] = make()
        if len(store) > KEPT:
            store.popitem(last=False)
    store.move_to_end(shapes)
    return store[shapes]


def refused(name: str, error: Exception) -> BackendError:
    text = " ".join(line.strip() for line in str(error).strip().splitlines())
    return BackendError(f"OpenVINO refuses the program `{name}`: {text[:400]}", "use another backend")
