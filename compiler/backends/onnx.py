"""ONNX Runtime: the graph optimised and run by Microsoft's engine, without torch.

On the CPU; on a CUDA device where ONNX Runtime was installed with it, frames and results going through the host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ..compiled import Precision
from ..plan import Plan
from .backend import BuildOptions, Built, Missing
from .numpy_engine import NumpyEngine
from .onnx_engine import CUDA, build, missing_gpu, missing_package, onnx_program, open_members, wrong_wish

if TYPE_CHECKING:
    from ..programs import Programs, StageProgram


@dataclass(frozen=True)
class Onnx:
    name: ClassVar[str] = "onnx"
    title: ClassVar[str] = "ONNX Runtime: starts in a fraction of a second and runs without torch"
    torch_free: ClassVar[bool] = True
    native: ClassVar[bool] = False
    passes: ClassVar[str] = "fold-constants,fold-batchnorm,eliminate-dead,hoist-slices"
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "int8")
    precision_pass: ClassVar[bool] = False

    def missing(self, options: BuildOptions) -> Missing | None:
        lacking = missing_package("onnxruntime") or wrong_wish(("cpu", "cuda"), self.precisions, options)
        return lacking or missing_gpu(CUDA, options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        return build(self.name, programs, plan, options, note, whole, onnx_program)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> NumpyEngine:
        return open_members(self.name, plan, members, options, onnx_program)


def whole(program: StageProgram, options: BuildOptions) -> Mapping[str, StageProgram]:
    return {"": program}


BACKEND = Onnx()
