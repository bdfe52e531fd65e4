"""AOTInductor: programs compiled ahead into shared libraries, which an artifact carries as machine code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram

from ..compiled import Precision
from ..node_place import component_place, python_place
from ..passes.defaults import GENERAL
from ..plan import Plan, Signature
from ..programs import Programs, StageProgram
from .backend import BuildOptions, Built, Missing
from .cuda_runner import Callee, runs_often
from .examples import examples
from .find import BackendError
from .inductor import blamed, first_line, quiet
from .toolchain import missing_compiler
from .torch_engine import TorchEngine, modules_on

FOLDER, SUFFIX = "programs", ".pt2"

ONE, SEVERAL = "one", "several"
"""Builds of a program for a free number of targets. A single build would crash at one target: the compiler assumes
silently that a free size is at least two."""

MAX_TARGETS = 1_024
"""What `several` is built for: up to here the largest maps of the largest trackers have fewer than 2^31 numbers, which
kernels count in 32 bits, and CUDA's convolutions less than 65,536 rows."""

FIXED, DATA = "fixed", "data"
"""A build for a settled number of targets (or for none), and an exported program, which is not compiled."""


@dataclass(frozen=True)
class Aoti:
    name: ClassVar[str] = "aoti"
    title: ClassVar[str] = (
        "AOTInductor: fused kernels in shared libraries, compiled once and carried by the artifact"
    )
    torch_free: ClassVar[bool] = False
    native: ClassVar[bool] = True
    passes: ClassVar[str] = GENERAL
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "fp16")
    precision_pass: ClassVar[bool] = True

    def missing(self, options: BuildOptions) -> Missing | None:
        return missing_compiler()

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        """`programs/STEP.BUILD.pt2` for each program; what runs once is exported and not compiled."""
        refuse_complex(programs)
        modules = modules_on(programs, options.device)
        members: dict[str, bytes] = {}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for program in programs.values():
                for build in builds(program.signature, options.targets):
                    note(f"aoti: {program.name}, {build}")
                    path = folder / f"{program.name}.{build}{SUFFIX}"
                    try:
                        write(program, modules[program.name], build, options, path)
                    except Exception as error:  # whatever the compiler raises: its message is all there is
                        raise failed(program, error) from error
                    members[f"{FOLDER}/{path.name}"] = path.read_bytes()
            if options.tried is not None:
                options.tried(members)
            paths = {member: folder / Path(member).name for member in members}
            return Built(self.open(plan, paths, options), members)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> TorchEngine:
        """The engine of machine code in files, which may be deleted afterwards. Raises BackendError."""
        programs: dict[str, Callee] = {}
        for name, signature in plan.programs.items():
            found = {
                build: load(members[member], build, options.device)
                for build in (DATA, FIXED, ONE, SEVERAL)
                if (member := f"{FOLDER}/{name}.{build}{SUFFIX}") in members
            }
            if not found:
                raise BackendError(
                    f"the program `{name}` is not among the members", "compile the tracker again"
                )
            programs[name] = chosen(signature, found, options.targets)
        return TorchEngine(
            self.name, options.device, options.precision, programs, plan.programs, targets=options.targets
        )


def refuse_complex(programs: Programs) -> None:
    """Raises BackendError for complex numbers in what is compiled.

    AOTInductor of torch 2.13 has no kernels for them: it leaves them to calls back into torch, and fails at the first
    complex constant with an assertion that says nothing.
    """
    for program in programs.values():
        nodes = program.module.graph.nodes if runs_often(program.name) else ()
        found = [
            node for node in nodes if isinstance(value := node.meta.get("val"), Tensor) and value.is_complex()
        ]
        if found:
            place = component_place(found[0]) or f"`{found[0].name}`"
            raise BackendError(
                f"`aoti` cannot compile the program `{program.name}`: {place} computes in complex numbers"
                f"{python_place(found[0])}, which AOTInductor does not compile",
                "take another backend: `--backend onnx`, inductor or eager",
            )


def builds(signature: Signature, targets: int | None) -> tuple[str, ...]:
    """In which ways a program is built."""
    if not runs_often(signature.name):
        return (DATA,)
    free = targets is None and any(slot.per_target for slot in signature.inputs)
    return (ONE, SEVERAL) if free else (FIXED,)


def write(
    program: StageProgram, module: torch.nn.Module, build: str, options: BuildOptions, path: Path
) -> None:
    """Export a program and, unless it is wanted as data, compile it into the file `path`."""
    exported = export(program, module, build, options)
    if build == DATA:
        with quiet():
            torch.export.save(exported, path)
        return
    on_cpu = torch.device(options.device).type == "cpu"
    with quiet(), torch.no_grad():
        torch._inductor.aoti_compile_and_package(
            exported, package_path=str(path), inductor_configs={"freezing": on_cpu}
        )


def export(
    program: StageProgram, module: torch.nn.Module, build: str, options: BuildOptions
) -> ExportedProgram:
    """The program for the number of targets that a build is for; frames may have any size."""
    count = {ONE: 1, SEVERAL: 3}.get(build, options.targets or 2)
    free = build == SEVERAL or (build == DATA and options.targets is None)
    targets = Dim("targets", min=2 if build == SEVERAL else 1, max=MAX_TARGETS)
    axes = tuple(
        {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
        if slot.kind == "frame"
        else {0: targets}
        if slot.per_target and free
        else None
        for slot in program.inputs
    )
    with quiet(), torch.no_grad():
        return torch.export.export(module, examples(program, options.device, count), dynamic_shapes=axes)


def load(path: Path, build: str, device: str) -> Callee:
    if build == DATA:
        return torch.export.load(path).module(check_guards=False)
    place = torch.device(device)
    on_cuda = place.type == "cuda"
    # The loader itself, and not `aoti_load_package`, which imports the compiler. On CUDA its own locks must be off:
    # they wait for the device, which a CUDA graph cannot record.
    loader = torch._C._aoti.AOTIModelPackageLoader(
        str(path), "model", on_cuda, 1, (place.index or 0) if on_cuda else -1
    )
    return Library(loader)


@dataclass(frozen=True)
class Library:
    """A program as machine code."""

    loader: Any

    def __call__(self, *inputs: Tensor) -> Sequence[Tensor]:
        # the machine code takes every input to be laid out as its example was, and does not look
        results: Sequence[Tensor] = self.loader.run([value.contiguous() for value in inputs])
        return results


def chosen(signature: Signature, found: Mapping[str, Callee], targets: int | None) -> Callee:
    """The program that takes the build that fits, and refuses what no build fits: the machine code does not look."""
    if DATA in found:
        return found[DATA]
    counted = next((index for index, slot in enumerate(signature.inputs) if slot.per_target), None)
    if counted is None:
        return found[FIXED]

    def call(*inputs: Tensor) -> Sequence[Tensor]:
        count = inputs[counted].shape[0]
        if targets is not None:
            if count != targets:
                raise wrong_number(signature.name, count, f"{targets}")
            return found[FIXED](*inputs)
        if not 1 <= count <= MAX_TARGETS:
            raise wrong_number(signature.name, count, f"1 to {MAX_TARGETS:,}")
        return found[ONE if count == 1 else SEVERAL](*inputs)

    return call


def wrong_number(program: str, count: int, built: str) -> BackendError:
    return BackendError(
        f"`{program}` was compiled for {built} targets, and is called with {count}",
        "compile with another number of targets, or with a free one",
    )


def failed(program: StageProgram, error: Exception) -> BackendError:
    return BackendError(
        f"`aoti` could not compile the program `{program.name}`{blamed(program, error)}: {first_line(error)}",
        "take another backend; `--backend eager` runs everything",
    )


BACKEND = Aoti()
