"""What the backends share that write programs in ONNX and run them without torch: writing, opening, what they lack."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..compiled import Precision
from ..plan import Plan
from .backend import BuildOptions, Built, Missing
from .find import BackendError
from .numpy_engine import NumpyEngine
from .onnx_members import FOLDER, WEIGHTS, member, members_of
from .onnx_session import ON_CPU, LazyProgram, Provider, computing, lacking_provider, make_session

if TYPE_CHECKING:
    from ..programs import Programs, StageProgram

WIRE = "new.wire."
"""What the names of a network's results begin with that only its exact tail reads."""

CUDA = "CUDAExecutionProvider"
"""ONNX Runtime on a CUDA device."""

Contents = Mapping[str, Callable[[], Any]]
"""Members by name, each as what gives its content."""

Open = Callable[[str, Contents, BuildOptions], Callable[[], Callable[..., Any]]]
"""The name of a program, members -> what opens it when it is first called."""

Split = Callable[["StageProgram", BuildOptions], Mapping[str, "StageProgram"]]
"""A program as the graphs that it is written as, by the ends of their names."""


def build(
    backend: str,
    programs: Programs,
    plan: Plan,
    options: BuildOptions,
    note: Callable[[str], None],
    split: Split,
    opener: Open,
) -> Built:
    """All programs written in ONNX, quantised where that is wanted, and opened. Raises BackendError."""
    from .onnx_export import export

    refuse_without("onnx", backend)
    graphs = {}
    for name, program in programs.items():
        note(f"writing {name} in ONNX")
        for end, part in split(program, options).items():
            graphs[f"{name}{end}"] = export(part)
    if options.precision == "int8":
        from .quantize import quantized

        graphs = quantized(graphs, programs, options, note)
    members = members_of(graphs)
    if options.tried is not None:
        options.tried(members)
    engine = engine_of(
        backend, plan, {name: holding(content) for name, content in members.items()}, options, opener
    )
    for name, callee in engine.programs.items():
        note(f"opening {name} by {backend}")
        assert isinstance(callee, LazyProgram)
        callee.ready()
    return Built(engine, members)


def open_members(
    backend: str, plan: Plan, members: Mapping[str, Path], options: BuildOptions, opener: Open
) -> NumpyEngine:
    """The engine of programs in files; each is read when it is first called."""
    return engine_of(
        backend, plan, {name: path.read_bytes for name, path in members.items()}, options, opener
    )


def engine_of(
    backend: str, plan: Plan, members: Contents, options: BuildOptions, opener: Open
) -> NumpyEngine:
    programs = {
        name: LazyProgram(signature, opener(name, members, options))
        for name, signature in plan.programs.items()
    }
    return NumpyEngine(backend, options.device, options.precision, programs)


def onnx_program(name: str, members: Contents, options: BuildOptions) -> Callable[[], Callable[..., Any]]:
    """What opens a graph in ONNX Runtime, on the device of `options`."""
    graph, weights = needed(members, member(name)), needed(members, f"{FOLDER}/{WEIGHTS}")
    providers = providers_of(options.device)
    return lambda: computing(make_session(name, graph(), weights(), options.threads, providers))


def halves_of(
    name: str, members: Contents, options: BuildOptions, network: Callable[[], Callable[..., Any]]
) -> Callable[[], Callable[..., Any]]:
    """What opens a program that was written as a network and a tail (see `exact_tail`), either of which may be missing.

    `network` opens the network by another engine; the tail runs in ONNX Runtime, and reads the network's wires.
    """
    has_network = member(f"{name}.network") in members
    has_tail = member(f"{name}.tail") in members or not has_network
    tail = onnx_program(f"{name}.tail", members, options) if has_tail else None

    def open_halves() -> Callable[..., Any]:
        first = network() if has_network else None
        second = tail() if tail is not None else None
        if first is None or second is None:
            only = first or second
            assert only is not None
            return only

        def compute(values: Mapping[str, Any]) -> dict[str, Any]:
            found = first(values)
            wires = {key.removeprefix("new."): value for key, value in found.items() if key.startswith(WIRE)}
            return {**found, **second({**values, **wires})}

        return compute

    return open_halves


def providers_of(device: str) -> tuple[Provider, ...]:
    """What ONNX Runtime runs a graph with: `cpu`, or `cuda:1` and on the CPU what it does not have there."""
    family, _, index = device.partition(":")
    return (ON_CPU,) if family == "cpu" else ((CUDA, {"device_id": index or "0"}), ON_CPU)


def needed(members: Contents, name: str) -> Callable[[], Any]:
    if name not in members:
        raise BackendError(f"the artifact has no member `{name}`", "compile it again: it is not complete")
    return members[name]


def holding(content: bytes) -> Callable[[], bytes]:
    return lambda: content


# ---------------------------------------------------------------- what is lacking


def missing_package(*packages: str) -> Missing | None:
    """Which of these packages is not installed; none of them is imported."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            return Missing(f"the package `{package}` is not installed", f"pip install {package}")
    return None


def missing_gpu(kind: str, options: BuildOptions) -> Missing | None:
    """Whether a CUDA device is asked for and ONNX Runtime was installed without what runs it."""
    if options.device.partition(":")[0] != "cuda":
        return None
    remedy = "install the build for CUDA in its place: pip uninstall onnxruntime; pip install onnxruntime-gpu"
    return lacking_provider(kind, remedy)


def refuse_without(package: str, backend: str) -> None:
    missing = missing_package(package)
    if missing is not None:
        raise BackendError(f"the backend `{backend}` cannot build: {missing.reason}", missing.remedy)


def wrong_wish(
    devices: tuple[str, ...], precisions: tuple[Precision, ...], options: BuildOptions
) -> Missing | None:
    """What is asked of a backend that it does not do."""
    if options.device.partition(":")[0] not in devices:
        known = " or ".join(devices)
        return Missing(
            f"it runs on {known}, not on `{options.device}`", f"use --device {known}, or another backend"
        )
    if options.precision not in precisions:
        return Missing(
            f"it has no precision {options.precision} on this machine", f"it has {', '.join(precisions)}"
        )
    return None
