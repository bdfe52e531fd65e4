"""Printing a spec at each stage of its way: what `sotc show --stage` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import fx

from ..dsl.show import show_program
from ..dsl.sources import Sources
from .check import CheckResult, check
from .compiled import CropChoice
from .driver import run_time_targets, source_of
from .graph import ComponentGraph
from .lower import Lowered, lower
from .modules import build_modules
from .passes.defaults import GENERAL
from .passes.pipeline import parse_pipeline, run_pipeline
from .programs import StageProgram
from .python_use import Allowance
from .show_passes import show_passes, show_why
from .table import table

STAGES = ("resolved", "graph", "fx", "init", "step", "refresh", "next", "passes", "train")


def show(
    spec: str,
    stage: str,
    *,
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    tracker: str | None = None,
    crop: CropChoice = "graph",
    sources: Sources | None = None,
    passes: str | None = None,
    why: str | None = None,
) -> str:
    """The spec as text at one of `STAGES`, or with `why` the account of a pass.

    `passes` is the pipeline of the stage `passes`, which others run before they print, or before the pass asked
    about. Raises SpecError for a spec with errors, UnknownPassError, PipelineError.
    """
    checked = check(spec, params=params, allow_python=allow_python, tracker=tracker, sources=sources)
    if why is not None:
        return show_why(checked, why, passes or "", crop)
    if stage == "resolved" and checked.program is not None:
        return show_program(checked.program)
    graph = checked.expect()
    if stage == "passes":
        return show_passes(checked, GENERAL if passes is None else passes, crop)
    printers: dict[str, Callable[[ComponentGraph], str]] = {
        "graph": show_graph,
        "fx": lambda found: show_lowered(lower_all(found)),
        "train": show_train,
    }
    if stage in printers:
        return printers[stage](graph)
    return show_programs(checked, stage, crop, passes or "")


def show_graph(graph: ComponentGraph) -> str:
    """A line per node: stage, name, component, shape, and what it reads."""
    rows = []
    for name, attributes in graph.graph.nodes(data=True):
        sources = [
            f"{port}={source}"
            for source, _, port, feedback in (
                (source, sink, data["port"], data.get("feedback", False))
                for source, sink, data in graph.graph.in_edges(name, data=True)
            )
            if not feedback
        ]
        made = attributes["component"] or attributes["kind"]
        span = attributes["span"]
        rows.append(
            (attributes["stage"], name, made, attributes["shape"], ", ".join(sources), f"line {span.line}")
        )
    return table(rows)


def lower_all(graph: ComponentGraph) -> Lowered:
    modules, _ = build_modules(graph, None, torch.device("cpu"))
    return lower(graph, modules, run_time_targets(graph), "frame")


def show_lowered(lowered: Lowered) -> str:
    return show_fx(lowered.module, lowered.origins)


def show_train(graph: ComponentGraph) -> str:
    """The training program: what the losses need, batched, component by component."""
    if not graph.program.losses:
        return f"`{graph.program.name}` declares no loss: there is no train program"
    modules, _ = build_modules(graph, None, torch.device("cpu"))
    targets = {f"loss.{loss.name}": loss.value for loss in graph.program.losses}
    return show_lowered(lower(graph, modules, targets, "image"))


def show_programs(checked: CheckResult, stage: str, crop: CropChoice, passes: str) -> str:
    """The programs of a stage, after a pipeline of passes."""
    parse_pipeline(passes)
    source = source_of(checked, None, "cpu", crop)
    chosen = {name: program for name, program in source.programs.items() if is_of_stage(name, stage)}
    if not chosen:
        return f"`{source.plan.name}` has no {stage} program: {no_program_because(stage)}"
    programs, _ = run_pipeline(passes, chosen)
    return "\n\n".join(show_program_of_stage(program) for program in programs.values())


def is_of_stage(program: str, stage: str) -> bool:
    """Whether a program is printed at a stage; what runs after a refresh belongs to it, too."""
    return program == stage or (stage == "refresh" and (program.startswith("refresh.") or program == "next"))


def no_program_because(stage: str) -> str:
    if stage == "refresh":
        return "no template has a `refresh` clause"
    return "no state waits for a refreshed template; what becomes of states is computed in the step"


def show_program_of_stage(program: StageProgram) -> str:
    reads = ", ".join(slot.name for slot in program.inputs)
    writes = ", ".join(slot.name for slot in program.outputs)
    return f"# {program.name}\n# reads   {reads}\n# writes  {writes}\n{show_fx(program.module, {})}"


def show_fx(module: fx.GraphModule, origins: Mapping[str, str]) -> str:
    """A line per fx node: shape, name = target(operands), and the component-graph node that it came from."""
    rows = []
    for node in module.graph.nodes:
        if node.op == "get_attr":
            continue
        value = node.meta.get("val")
        shape = f"[{', '.join(map(str, value.shape))}]" if hasattr(value, "shape") else ""
        origin = node.meta.get("origin") or origins.get(node.name, "")
        rows.append((f"{node.name} = {written(node)}", shape, f"# {origin}" if origin else ""))
    return table(rows)


def written(node: fx.Node) -> str:
    if node.op == "placeholder":
        return "input"
    if node.op == "output":
        return f"return {node.args[0]}"
    target = (
        node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    )
    arguments = [str(argument) for argument in node.args]
    arguments += [f"{name}={value}" for name, value in node.kwargs.items()]
    return f"{target}({', '.join(arguments)})"
