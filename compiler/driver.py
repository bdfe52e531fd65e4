"""From a spec and its weights to a plan that a session runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..components.crops.crop import Crop
from ..dsl.diagnostics import Diagnostic
from ..dsl.program import Input, Operand
from ..dsl.sources import Sources
from .backends.backend import Backend, BuildOptions, Recordings, Tried
from .backends.find import find_backend, refuse_missing
from .check import CheckResult, check
from .collector import collector_paused
from .compiled import Compiled, CropChoice, CropChoiceError, Options, refuse_crop
from .cut import cut
from .flatten import Flat, flatten
from .geometry import geometry_programs
from .graph import ComponentGraph
from .lower import Entrance, Lowered, lower
from .modules import build_modules
from .passes.pipeline import run_pipeline
from .passes.rewrite import operators_in
from .plan import CropInput, Plan
from .programs import Programs, StageProgram
from .python_use import Allowance
from .values import BATCHES
from .weights import Weights


@dataclass(frozen=True)
class Source:
    """A checked tracker as programs, before any pass: what all backends start from."""

    plan: Plan
    programs: Programs
    warnings: tuple[Diagnostic, ...]


def compile_spec(
    spec: str,
    weights: Weights | None = None,
    options: Options | None = None,
    *,
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    sources: Sources | None = None,
) -> Compiled:
    """Compile the spec at path `spec`.

    Raises SpecError for a spec with errors, WeightsError for weights that do not fit, LoweringError for a component
    that cannot become a program, and what the backend raises.
    """
    checked = check(spec, params=params, allow_python=allow_python, sources=sources)
    return compile_checked(checked, weights, options or Options())


def compile_checked(checked: CheckResult, weights: Weights | None, options: Options) -> Compiled:
    """Compile a checked spec: programs, passes, backend."""
    return build(source_of(checked, weights, options.device, options.crop), options)


@collector_paused()
def source_of(
    checked: CheckResult,
    weights: Weights | None,
    device: str,
    crop: CropChoice,
    prepare: Callable[[Mapping[str, nn.Module]], None] | None = None,
) -> Source:
    """The programs of a checked spec with its weights, as they are cut, for one device.

    `prepare` may change the modules, by path, before programs are made of them.
    """
    refuse_crop(crop)
    graph = checked.expect()
    place = torch.device(device)
    modules, notes = build_modules(graph, weights, torch.device("cpu"))
    if prepare is not None:
        prepare(modules)
    inputs = [node for node in graph.program.nodes if isinstance(node, Input)]
    crops = tuple(crop_input(node, modules) for node in inputs)
    lowering = crop_lowering(crop, crops, place)
    flat, _ = flat_tracker(graph, modules, lowering, place)
    pieces = cut(flat, [node.name for node in inputs if node.refresh is not None])
    programs = {
        **geometry(inputs, modules, lowering, place),
        "init": pieces.init,
        "step": pieces.step,
        **{program.name: program for program in pieces.refresh},
        **({"next": pieces.next} if pieces.next is not None else {}),
    }
    plan = Plan(
        name=graph.program.name,
        crops=crops,
        crop_lowering=lowering,
        programs={name: program.signature for name, program in programs.items()},
        outputs=tuple(output.name for output in graph.program.outputs),
    )
    return Source(plan, programs, (*checked.diagnostics, *notes))


def build(
    source: Source, options: Options, calibration: Recordings | None = None, tried: Tried | None = None
) -> Compiled:
    """Passes and backend; `tried` as in `BuildOptions`. Raises UnknownBackendError, UnknownPassError, BackendError."""
    backend = find_backend(options.backend)
    programs, report = run_pipeline(pipeline_of(backend, options), source.programs)
    wanted = build_options(options, calibration, tried)
    refuse_missing(backend, wanted)
    built = backend.build(programs, source.plan, wanted, lambda line: None)
    plan = replace(source.plan, max_targets=options.targets)
    operators = {name: operators_in(program.module.graph) for name, program in programs.items()}
    return Compiled(plan, built.engine, source.warnings, report, built.members, operators)


def build_options(
    options: Options, calibration: Recordings | None = None, tried: Tried | None = None
) -> BuildOptions:
    """For what a backend builds."""
    return BuildOptions(
        options.device, options.precision, options.threads, options.targets, calibration, tried
    )


def pipeline_of(backend: Backend, options: Options) -> str:
    """The passes to run: the user's or the backend's, and what makes the precision, or rounds weights for it."""
    pipeline = backend.passes if options.passes is None else options.passes
    maker = "precision" if backend.precision_pass else "round-kernels"
    if options.precision not in ("bf16", "fp16") or f"{maker}{{" in pipeline:
        return pipeline
    return ",".join(part for part in (pipeline, f"{maker}{{dtype={options.precision}}}") if part)


def crop_lowering(choice: CropChoice, crops: Sequence[CropInput], device: torch.device) -> str:
    """Where crops are cut. Raises CropChoiceError where the host cannot cut one of them."""
    only_graph = [crop.name for crop in crops if crop.rule is None]
    if choice == "host" and only_graph:
        raise CropChoiceError(
            f"the crop of `{only_graph[0]}` cannot be cut by OpenCV: its component has no `rule`",
            "use --crop graph, or auto",
        )
    if choice != "auto":
        return choice
    return "host" if device.type == "cpu" and not only_graph else "graph"


def geometry(
    inputs: Sequence[Input], modules: Mapping[str, nn.Module], lowering: str, device: torch.device
) -> dict[str, StageProgram]:
    crops = {node.name: crop_of(node, modules) for node in inputs}
    start = next((node for node in inputs if node.keyword == "search"), inputs[0])
    return geometry_programs(crops, crops[start.name], lowering == "host", device)


def crop_input(node: Input, modules: Mapping[str, nn.Module]) -> CropInput:
    every = node.refresh.every if node.refresh else None
    return CropInput(node.name, node.keyword, crop_of(node, modules).rule, every)


def crop_of(node: Input, modules: Mapping[str, nn.Module]) -> Crop:
    module = modules[node.part]
    assert isinstance(module, Crop)
    return module


def flat_tracker(
    graph: ComponentGraph, modules: Mapping[str, nn.Module], lowering: str, device: torch.device
) -> tuple[Flat, Lowered]:
    """The whole tracker as flat operators: outputs, conditions, and what states begin with and become."""
    lowered = lowered_tracker(graph, modules, lowering)
    return flatten(lowered, graph, example_patches(graph, modules), device), lowered


def lowered_tracker(graph: ComponentGraph, modules: Mapping[str, nn.Module], lowering: str) -> Lowered:
    """The whole tracker as calls of its modules."""
    on_host = lowering == "host"
    later = [
        node.name
        for node in graph.program.nodes
        if isinstance(node, Input) and (node.keyword == "search" or node.refresh is not None)
    ]
    entrance: Entrance = "pixels" if on_host else "frame"
    return lower(graph, modules, run_time_targets(graph), entrance, later if on_host else ())


def run_time_targets(graph: ComponentGraph) -> dict[str, Operand]:
    """What the programs of a running tracker must compute, by name."""
    program = graph.program
    targets: dict[str, Operand] = {f"output.{output.name}": output.value for output in program.outputs}
    for node in program.nodes:
        if isinstance(node, Input) and node.refresh is not None and node.refresh.condition is not None:
            targets[f"refresh.{node.name}"] = node.refresh.condition
    for state in program.states:
        targets[f"state.{state.name}.initial"] = state.initial
        if state.next is not None:
            targets[f"next.{state.name}"] = state.next
    return targets


def example_patches(graph: ComponentGraph, modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Pixels of the right shape for each crop, for two targets."""
    frame = torch.zeros((240, 320, 3), dtype=torch.uint8)
    target = torch.tensor([[160.0, 120.0, 40.0, 30.0]], dtype=torch.float64)
    patches = {}
    for node in graph.program.nodes:
        if isinstance(node, Input):
            crop = modules[node.part]
            assert isinstance(crop, Crop)
            patches[node.name] = crop.sample(frame, target.repeat(BATCHES[0], 1), crop.border(frame))
    return patches
