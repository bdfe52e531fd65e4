"""OpenVINO: Intel's engine, with bfloat16 and int8 where the CPU has them. Without torch.

It reckons float64 in float32, so what must be exact (targets, windows, what decoders make of them) runs in ONNX
Runtime: each program is a network, a tail or both (see `exact_tail`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..compiled import Precision
from ..plan import Plan
from .backend import BuildOptions, Built, Missing
from .numpy_engine import NumpyEngine
from .onnx_engine import Contents, build, halves_of, missing_package, needed, open_members, wrong_wish
from .onnx_members import FOLDER, WEIGHTS, member

if TYPE_CHECKING:
    from ..programs import Programs

HINTS: Mapping[str, str] = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""What OpenVINO computes in where the graph does not say otherwise."""

ONCE = ("init",)
"""Programs that run once for a target are computed in fp32 in any case: that costs a step nothing, and every step reads
what they give. NanoTrack v1's boxes of forced steps (bf16, 100 frames of Human3) overlap by 0.991 so, else by 0.981."""


@dataclass(frozen=True)
class OpenVino:
    name: ClassVar[str] = "openvino"
    title: ClassVar[str] = "OpenVINO: bfloat16 and int8 where the CPU has them; runs without torch"
    torch_free: ClassVar[bool] = True
    native: ClassVar[bool] = False
    passes: ClassVar[str] = "fold-constants,fold-batchnorm,eliminate-dead,hoist-slices"
    precision_pass: ClassVar[bool] = False
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "int8")

    def missing(self, options: BuildOptions) -> Missing | None:
        lacking = missing_package("openvino", "onnxruntime")
        return lacking or wrong_wish(("cpu",), self.precisions, options) or no_bf16(options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        from .exact_tail import in_halves

        return build(self.name, programs, plan, options, note, in_halves, opener)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> NumpyEngine:
        return open_members(self.name, plan, members, options, opener)


def no_bf16(options: BuildOptions) -> Missing | None:
    if options.precision != "bf16":
        return None
    import openvino

    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return None
    return Missing("this CPU has no instructions for bfloat16", "use fp32 or int8")


def opener(name: str, members: Contents, options: BuildOptions) -> Callable[[], Callable[..., Any]]:
    """What makes one program of the halves that there are."""

    def network() -> Callable[..., Any]:
        from .openvino_network import Network

        graph, weights = members[member(f"{name}.network")](), needed(members, f"{FOLDER}/{WEIGHTS}")()
        precision = "fp32" if name in ONCE else options.precision
        return Network.read(name, graph, weights, options.threads, HINTS[precision])

    return halves_of(name, members, options, network)


BACKEND = OpenVino()
