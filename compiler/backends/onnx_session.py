"""An ONNX graph at work in ONNX Runtime. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..plan import Signature
from .find import BackendError
from .numpy_engine import Array
from .onnx_members import WEIGHTS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Read = Callable[[], Any]
"""The content of a file, or of a member still in memory, as a buffer."""


def make_session(name: str, graph: Any, weights: Any, threads: int) -> InferenceSession:
    """A session for a graph. `weights` is the content of the weights' file. Raises BackendError."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = ERRORS
    options.add_external_initializers_from_files_in_memory([WEIGHTS], [weights], [len(weights)])
    try:
        return onnxruntime.InferenceSession(bytes(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base
        raise BackendError(
            f"ONNX Runtime refuses the program `{name}`: {first_line(error)}",
            "use another backend; this one may also be too old for the artifact (pip install -U onnxruntime)",
        ) from error


ERRORS = 3
"""ONNX Runtime's level of messages: warnings are its own affair."""


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@dataclass
class LazyProgram:
    """A program whose session is made when it is first called: a tracker that is never refreshed needs no refresh."""

    signature: Signature
    open: Callable[[], Callable[[Mapping[str, Array]], Mapping[str, Array]]]
    """gives what computes results by name from inputs by name; results are called `new.PLACE`"""
    _compute: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._reads = tuple(slot.name for slot in self.signature.inputs)
        self._writes = tuple(f"new.{slot.name}" for slot in self.signature.outputs)

    def ready(self) -> LazyProgram:
        """Open it now."""
        with self._lock:
            if self._compute is None:
                self._compute = self.open()
        return self

    def __call__(self, inputs: Sequence[Array]) -> Sequence[Array]:
        compute = self._compute or self.ready()._compute
        assert compute is not None
        results = compute(dict(zip(self._reads, inputs, strict=True)))
        return [results[name] for name in self._writes]


def computing(session: InferenceSession) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """A session as a function of named arrays; of the arrays given it takes those that it reads."""
    reads = [entrance.name for entrance in session.get_inputs()]
    writes = [result.name for result in session.get_outputs()]

    def compute(values: Mapping[str, Array]) -> dict[str, Array]:
        results = session.run(writes, {name: values[name] for name in reads})
        return dict(zip(writes, results, strict=True))

    return compute
