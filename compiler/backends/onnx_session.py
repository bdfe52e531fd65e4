"""An ONNX graph at work in ONNX Runtime. No torch."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..plan import Signature
from ..user_error import UserError
from .backend import Missing
from .find import BackendError, MissingBackendError
from .numpy_engine import Array
from .onnx_members import WEIGHTS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Read = Callable[[], Any]
"""The content of a file, or of a member still in memory, as a buffer."""


Provider = tuple[str, Mapping[str, str]]
"""What runs a graph within ONNX Runtime (its `ExecutionProvider`), and its settings."""

ON_CPU: Provider = ("CPUExecutionProvider", {})


def make_session(
    name: str, graph: Any, weights: Any, threads: int, providers: Sequence[Provider] = (ON_CPU,)
) -> InferenceSession:
    """A session for a graph. `weights` is the content of the weights' file.

    `providers`: what the first cannot run goes to the next, operator by operator. Raises BackendError, also where the
    first does not start at all: ONNX Runtime would go on without it and warn.
    """
    onnxruntime = imported("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = ERRORS
    options.add_external_initializers_from_files_in_memory([WEIGHTS], [weights], [len(weights)])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            session = onnxruntime.InferenceSession(
                bytes(graph), options, providers=[(kind, dict(settings)) for kind, settings in providers]
            )
    except Exception as error:  # its errors have no common base
        raise BackendError(
            f"ONNX Runtime refuses the program `{name}`: {first_line(error)}",
            "use another backend; this one may also be too old for the artifact (pip install -U onnxruntime)",
        ) from error
    if providers[0][0] not in session.get_providers():
        raise BackendError(
            f"ONNX Runtime cannot start its {providers[0][0]} for the program `{name}`",
            "see that the driver, CUDA and what else it needs are installed in the versions that it was built for",
        )
    return session


def lacking_provider(kind: str, remedy: str) -> Missing | None:
    """Whether the installed ONNX Runtime was built without this provider. It is imported for that."""
    if kind in imported("onnxruntime").get_available_providers():
        return None
    return Missing(f"the ONNX Runtime that is installed has no {kind}", remedy)


def imported(package: str) -> Any:
    """A backend's package. Raises MissingBackendError for one that is installed and broken, or not there."""
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # else ONNX Runtime writes `.ses` to the temporary folder
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingBackendError(
            f"the package `{package}` cannot be imported: {first_line(error)}",
            f"install it anew: pip install --force-reinstall {package}",
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
        try:
            compute = self._compute or self.ready()._compute
            assert compute is not None
            results = compute(dict(zip(self._reads, inputs, strict=True)))
            return [results[name] for name in self._writes]
        except (UserError, MemoryError):
            raise
        except (
            Exception
        ) as error:  # engines' errors have no common base; a missing name is a program of another plan
            if "alloc" in str(error).lower():  # a lack of memory is told by who knows what was wanted
                raise
            what = f"it knows no `{error.args[0]}`" if isinstance(error, KeyError) else first_line(error)
            raise BackendError(
                f"the program `{self.signature.name}` cannot be run: {what}",
                "an artifact's programs may be damaged or exchanged: make it anew, sotc compile SPEC -o FILE",
            ) from error


def computing(session: InferenceSession) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """A session as a function of named arrays; of the arrays given it takes those that it reads."""
    reads = [entrance.name for entrance in session.get_inputs()]
    writes = [result.name for result in session.get_outputs()]

    def compute(values: Mapping[str, Array]) -> dict[str, Array]:
        results = session.run(writes, {name: values[name] for name in reads})
        return dict(zip(writes, results, strict=True))

    return compute
