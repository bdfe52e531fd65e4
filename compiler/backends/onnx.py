"""ONNX Runtime: the graph optimised and run by Microsoft's engine, on the CPU, without torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..compiled import Precision
from ..plan import Plan
from .backend import BuildOptions, Built, Missing
from .find import BackendError
from .numpy_engine import NumpyEngine
from .onnx_members import FOLDER, WEIGHTS, member, members_of
from .onnx_session import LazyProgram, computing, make_session

if TYPE_CHECKING:
    from ..programs import Programs


@dataclass(frozen=True)
class Onnx:
    name: ClassVar[str] = "onnx"
    title: ClassVar[str] = "ONNX Runtime: starts in a fraction of a second and runs without torch"
    torch_free: ClassVar[bool] = True
    native: ClassVar[bool] = False
    passes: ClassVar[str] = "fold-constants,fold-batchnorm,eliminate-dead"
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "int8")
    precision_pass: ClassVar[bool] = False

    def missing(self, options: BuildOptions) -> Missing | None:
        return missing_package("onnxruntime") or wrong_wish(self.name, self.precisions, options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        from .onnx_export import export

        refuse_without("onnx", self.name)
        graphs = {}
        for name, program in programs.items():
            note(f"writing {name} in ONNX")
            graphs[name] = export(program)
        if options.precision == "int8":
            from .quantize import quantized

            graphs = quantized(graphs, programs, options, note)
        members = members_of(graphs)
        engine = engine_of(plan, {name: holding(content) for name, content in members.items()}, options)
        for name, callee in engine.programs.items():
            note(f"opening {name} in ONNX Runtime")
            assert isinstance(callee, LazyProgram)
            callee.ready()
        return Built(engine, members)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> NumpyEngine:
        return engine_of(plan, {name: reading(path) for name, path in members.items()}, options)


def engine_of(plan: Plan, members: Mapping[str, Callable[[], Any]], options: BuildOptions) -> NumpyEngine:
    """An engine whose programs are opened when they are first called. `members` give their content."""
    weights = needed(members, f"{FOLDER}/{WEIGHTS}")
    programs = {}
    for name, signature in plan.programs.items():
        graph = needed(members, member(name))
        programs[name] = LazyProgram(signature, opener(name, graph, weights, options.threads))
    return NumpyEngine("onnx", "cpu", options.precision, programs)


def opener(
    name: str, graph: Callable[[], Any], weights: Callable[[], Any], threads: int
) -> Callable[[], Any]:
    return lambda: computing(make_session(name, graph(), weights(), threads))


def needed(members: Mapping[str, Callable[[], Any]], name: str) -> Callable[[], Any]:
    if name not in members:
        raise BackendError(f"the artifact has no member `{name}`", "compile it again: it is not complete")
    return members[name]


def holding(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def reading(path: Path) -> Callable[[], Any]:
    return path.read_bytes


def missing_package(*packages: str) -> Missing | None:
    """Which of these packages is not installed; none of them is imported."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            return Missing(f"the package `{package}` is not installed", f"pip install {package}")
    return None


def refuse_without(package: str, backend: str) -> None:
    missing = missing_package(package)
    if missing is not None:
        raise BackendError(f"the backend `{backend}` cannot build: {missing.reason}", missing.remedy)


def wrong_wish(name: str, precisions: tuple[Precision, ...], options: BuildOptions) -> Missing | None:
    """What is asked of a backend of the CPU that it does not do."""
    if options.device.partition(":")[0] != "cpu":
        return Missing(
            f"it runs on the CPU, not on `{options.device}`", "use --device cpu, or another backend"
        )
    if options.precision not in precisions:
        return Missing(
            f"it has no precision {options.precision} on this machine", f"it has {', '.join(precisions)}"
        )
    return None


BACKEND = Onnx()
