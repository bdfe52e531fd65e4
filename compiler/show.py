"""Printing a spec at each stage of its way: what `sotc show --stage` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import fx

from ..dsl.show import show_program
from ..dsl.sources import Sources
from .check import check
from .compiled import CropChoice
from .cut import Cut, cut
from .driver import flat_tracker, run_time_targets
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
    return show_programs(graph, stage, crop, passes or "")


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


def show_programs(graph: ComponentGraph, stage: str, crop: CropChoice, passes: str) -> str:
    """The programs of a stage, after a pipeline of passes."""
    parse_pipeline(passes)
    device = torch.device("cpu")
    modules, _ = build_modules(graph, None, device)
    flat, _ = flat_tracker(graph, modules, crop, device)
    chosen = choose_programs(cut(flat, graph_refreshed(graph)), stage)
    if not chosen:
        return f"`{graph.program.name}` has no {stage} program: {no_program_because(stage)}"
    programs, _ = run_pipeline(passes, {program.name: program for program in chosen})
    return "\n\n".join(show_program_of_stage(program, flat.origins) for program in programs.values())


def graph_refreshed(graph: ComponentGraph) -> list[str]:
    return [node.name for node in graph.program.nodes if getattr(node, "refresh", None) is not None]


def choose_programs(programs: Cut, stage: str) -> list[StageProgram]:
    if stage == "init":
        return [programs.init]
    if stage == "step":
        return [programs.step]
    following = [programs.next] if programs.next is not None else []
    return [*programs.refresh, *following] if stage == "refresh" else following


def no_program_because(stage: str) -> str:
    if stage == "refresh":
        return "no template has a `refresh` clause"
    return "no state waits for a refreshed template; what becomes of states is computed in the step"


def show_program_of_stage(program: StageProgram, origins: Mapping[str, str]) -> str:
    reads = ", ".join(slot.name for slot in program.inputs)
    writes = ", ".join(slot.name for slot in program.outputs)
    return f"# {program.name}\n# reads   {reads}\n# writes  {writes}\n{show_fx(program.module, origins)}"


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
