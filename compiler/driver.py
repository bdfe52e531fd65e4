"""From a spec and its weights to a plan that a session runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from ..components.crops.crop import Crop
from ..dsl.diagnostics import Diagnostic
from ..dsl.program import Input, Operand
from ..dsl.sources import Sources
from .check import CheckResult, check
from .cut import cut
from .flatten import Flat, flatten
from .graph import ComponentGraph
from .lower import Lowered, lower
from .modules import build_modules
from .plan import CropInput, Plan
from .python_use import Allowance
from .user_error import UserError
from .values import BATCHES
from .weights import Weights

CropChoice = Literal["auto", "host", "graph"]
CROP_CHOICES: tuple[str, ...] = get_args(CropChoice)


class CropChoiceError(UserError):
    """A way to cut patches that there is not."""

    code: ClassVar[str] = "SOT604"


def compile_plan(
    spec: str,
    weights: Weights | None = None,
    device: str | torch.device = "cpu",
    crop: CropChoice = "auto",
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    sources: Sources | None = None,
) -> Plan:
    """Compile the spec at path `spec` for one device.

    `crop`: `host` cuts with OpenCV, `graph` within the program; `auto` takes the host on the CPU (it is several
    times faster there) and the graph elsewhere. Raises SpecError for a spec with errors, WeightsError for weights
    that do not fit, LoweringError for a component that cannot become a program.
    """
    checked = check(spec, params=params, allow_python=allow_python, sources=sources)
    return plan_of(checked, weights, torch.device(device), crop)


def plan_of(checked: CheckResult, weights: Weights | None, device: torch.device, crop: CropChoice) -> Plan:
    """The plan of a checked spec."""
    if crop not in CROP_CHOICES:
        raise CropChoiceError(
            f"there is no crop lowering `{crop}`", f"choose one of {', '.join(CROP_CHOICES)}"
        )
    graph = checked.expect()
    lowering = crop if crop != "auto" else ("host" if device.type == "cpu" else "graph")
    modules, notes = build_modules(graph, weights, device)
    flat, _ = flat_tracker(graph, modules, lowering, device)
    inputs = [node for node in graph.program.nodes if isinstance(node, Input)]
    programs = cut(flat, [node.name for node in inputs if node.refresh is not None])
    warnings: tuple[Diagnostic, ...] = (*checked.diagnostics, *notes)
    return Plan(
        name=graph.program.name,
        crops=tuple(crop_input(node, modules) for node in inputs),
        crop_lowering=lowering,
        init=programs.init,
        step=programs.step,
        refresh=programs.refresh,
        next=programs.next,
        outputs=tuple(output.name for output in graph.program.outputs),
        device=device,
        warnings=warnings,
    )


def crop_input(node: Input, modules: Mapping[str, nn.Module]) -> CropInput:
    module = modules[node.part]
    assert isinstance(module, Crop)
    return CropInput(node.name, node.keyword, module, node.refresh.every if node.refresh else None)


def flat_tracker(
    graph: ComponentGraph, modules: Mapping[str, nn.Module], lowering: str, device: torch.device
) -> tuple[Flat, Lowered]:
    """The whole tracker as flat operators: outputs, conditions, and what states begin with and become."""
    lowered = lower(graph, modules, run_time_targets(graph), "pixels" if lowering == "host" else "frame")
    return flatten(lowered, graph, example_patches(graph, modules, device), device), lowered


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


def example_patches(
    graph: ComponentGraph, modules: Mapping[str, nn.Module], device: torch.device
) -> dict[str, Tensor]:
    """Pixels of the right shape for each crop, for two targets."""
    frame = torch.zeros((240, 320, 3), dtype=torch.uint8, device=device)
    target = torch.tensor([[160.0, 120.0, 40.0, 30.0]], dtype=torch.float64, device=device)
    patches = {}
    for node in graph.program.nodes:
        if isinstance(node, Input):
            crop = modules[node.part]
            assert isinstance(crop, Crop)
            patches[node.name] = crop.sample(frame, target.repeat(BATCHES[0], 1), crop.border(frame))
    return patches
