"""TensorRT, through ONNX Runtime: NVIDIA's engine for the network, on a CUDA device. Without torch.

It reckons float64 in float32, like OpenVINO, so it gets the same halves (see `exact_tail`): the network goes to
TensorRT, what must be exact to ONNX Runtime's own operators. Engines are built when a program is first called with a
number of targets, and are written nowhere: they are machine code, and an artifact of this backend is data only.

No GPU has run this yet (docs/decisions/017). What the tests run is all of it but the first of `providers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..compiled import Precision
from ..plan import Plan
from .backend import BuildOptions, Built, Missing
from .numpy_engine import NumpyEngine
from .onnx_engine import (
    Contents,
    build,
    halves_of,
    missing_gpu,
    missing_package,
    needed,
    open_members,
    providers_of,
    wrong_wish,
)
from .onnx_filled import filled
from .onnx_members import FOLDER, WEIGHTS, member
from .onnx_session import Provider, computing, make_session

if TYPE_CHECKING:
    from ..programs import Programs

TENSORRT = "TensorrtExecutionProvider"

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "fp32": {},
    "fp16": {"trt_fp16_enable": "1"},
    "bf16": {"trt_bf16_enable": "1"},
}
"""What ONNX Runtime's provider is told, by precision. int8 is not among them: TensorRT reads quantised graphs only
where activations are symmetric, and ours are not."""

BUCKETS = (1, 2, 4, 8, 16, 32, 64)
"""An engine is built for each number of targets, which takes long: batches are padded to these."""


@dataclass(frozen=True)
class TensorRt:
    name: ClassVar[str] = "tensorrt"
    title: ClassVar[str] = "TensorRT, through ONNX Runtime: for CUDA devices; runs without torch"
    torch_free: ClassVar[bool] = True
    native: ClassVar[bool] = False
    passes: ClassVar[str] = "fold-constants,fold-batchnorm,eliminate-dead,hoist-slices"
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "fp16")
    precision_pass: ClassVar[bool] = False

    def missing(self, options: BuildOptions) -> Missing | None:
        lacking = missing_package("onnxruntime") or wrong_wish(("cuda",), self.precisions, options)
        return lacking or missing_gpu(TENSORRT, options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        from .exact_tail import in_halves

        built = build(self.name, programs, plan, options, note, in_halves, opener)
        return replace(built, engine=padded(built.engine, options))

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> NumpyEngine:
        return padded(open_members(self.name, plan, members, options, opener), options)


def padded(engine: Any, options: BuildOptions) -> NumpyEngine:
    """The engine, saying which numbers of targets it prefers."""
    assert isinstance(engine, NumpyEngine)
    return replace(engine, buckets=BUCKETS if options.targets is None else (options.targets,))


def opener(name: str, members: Contents, options: BuildOptions) -> Callable[[], Callable[..., Any]]:
    """What makes one program of the halves that there are."""

    def network() -> Callable[..., Any]:
        # with its weights in it: TensorRT's parser gets the graph alone
        whole = filled(members[member(f"{name}.network")](), needed(members, f"{FOLDER}/{WEIGHTS}")())
        return computing(make_session(name, whole, b"", options.threads, providers(options)))

    return halves_of(name, members, options, network)


def providers(options: BuildOptions) -> tuple[Provider, ...]:
    """TensorRT first; what it does not know goes to CUDA, and what that does not have to the CPU."""
    others = providers_of(options.device)
    return ((TENSORRT, {**others[0][1], **SETTINGS[options.precision]}), *others)


BACKEND = TensorRt()
