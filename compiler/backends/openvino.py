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
from .onnx import holding, missing_package, needed, reading, refuse_without, wrong_wish
from .onnx_members import FOLDER, WEIGHTS, member, members_of
from .onnx_session import LazyProgram, computing, make_session

if TYPE_CHECKING:
    from ..programs import Programs

HINTS: Mapping[str, str] = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""What OpenVINO computes in where the graph does not say otherwise."""


@dataclass(frozen=True)
class OpenVino:
    name: ClassVar[str] = "openvino"
    title: ClassVar[str] = "OpenVINO: bfloat16 and int8 where the CPU has them; runs without torch"
    torch_free: ClassVar[bool] = True
    native: ClassVar[bool] = False
    passes: ClassVar[str] = "fold-constants,fold-batchnorm,eliminate-dead"
    precision_pass: ClassVar[bool] = False
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "int8")

    def missing(self, options: BuildOptions) -> Missing | None:
        lacking = missing_package("openvino", "onnx", "onnxruntime")
        return lacking or wrong_wish(self.name, self.precisions, options) or no_bf16(options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        from .exact_tail import split_exact
        from .onnx_export import export

        refuse_without("onnx", self.name)
        graphs = {}
        for name, program in programs.items():
            note(f"writing {name} in ONNX")
            halves = split_exact(program, low=options.precision == "bf16")
            for half, kind in ((halves.network, "network"), (halves.tail, "tail")):
                if half is not None:
                    graphs[f"{name}.{kind}"] = export(half)
        if options.precision == "int8":
            from .quantize import quantized

            graphs = quantized(graphs, programs, options, note)
        members = members_of(graphs)
        engine = engine_of(plan, {name: holding(content) for name, content in members.items()}, options)
        for name, callee in engine.programs.items():
            note(f"compiling {name} by OpenVINO")
            assert isinstance(callee, LazyProgram)
            callee.ready()
        return Built(engine, members)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> NumpyEngine:
        return engine_of(plan, {name: reading(path) for name, path in members.items()}, options)


def no_bf16(options: BuildOptions) -> Missing | None:
    if options.precision != "bf16":
        return None
    import openvino

    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return None
    return Missing("this CPU has no instructions for bfloat16", "use fp32 or int8")


def engine_of(plan: Plan, members: Mapping[str, Callable[[], Any]], options: BuildOptions) -> NumpyEngine:
    """An engine whose programs are opened when they are first called."""
    weights = needed(members, f"{FOLDER}/{WEIGHTS}")
    programs = {}
    for name, signature in plan.programs.items():
        network, tail = members.get(member(f"{name}.network")), members.get(member(f"{name}.tail"))
        if network is None and tail is None:
            needed(members, member(f"{name}.network"))
        programs[name] = LazyProgram(signature, opener(name, network, tail, weights, options))
    return NumpyEngine("openvino", "cpu", options.precision, programs)


def opener(
    name: str,
    network: Callable[[], Any] | None,
    tail: Callable[[], Any] | None,
    weights: Callable[[], Any],
    options: BuildOptions,
) -> Callable[[], Any]:
    """What makes one program of the halves that there are."""

    def open_halves() -> Any:
        from .openvino_network import WIRE, Network

        first = (
            Network.read(name, network(), weights(), options.threads, HINTS[options.precision])
            if network
            else None
        )
        second = computing(make_session(name, tail(), weights(), options.threads)) if tail else None
        if first is None or second is None:
            return first or second

        def compute(values: Mapping[str, Any]) -> dict[str, Any]:
            found = first(values)
            wires = {key.removeprefix("new."): value for key, value in found.items() if key.startswith(WIRE)}
            return {**found, **second({**values, **wires})}

        return compute

    return open_halves


BACKEND = OpenVino()
