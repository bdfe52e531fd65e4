"""What passes do to a tracker's programs as one HTML file: a picture before and after each, and its own report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .html import FORMAT, lines_at, page
from .level_json import Json
from .pass_pictures import WAS, StepPicture, Touched, step_picture

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph
    from ..compiler.pass_steps import PassStep
    from ..compiler.passes.base import Reason
    from ..dsl.sources import Sources


def pass_html(graph: ComponentGraph, sources: Sources, steps: Sequence[PassStep]) -> str:
    """The whole document. `steps` are those of one pipeline, in order."""
    title = f"{graph.program.name}: passes"
    return page(
        title,
        document(graph, sources, steps),
        scripts=("marks.js", "passes.js"),
        styles=("marks.css", "passes.css"),
    )


def document(graph: ComponentGraph, sources: Sources, steps: Sequence[PassStep]) -> Json:
    """All that the viewer shows: for each program, its passes one after the other."""
    told: dict[str, list[Json]] = {}
    for step in steps:
        told.setdefault(step.program, []).append(step_told(step))
    origins = {node.origin for step in steps for side in (step.before, step.after) for node in side.nodes}
    return {
        "format": FORMAT,
        "name": graph.program.name,
        "first": "step" if "step" in told else next(iter(told), ""),
        "stages": {},
        "nodes": {},
        "blocks": {},
        "programs": {},
        "origins": origins_told(origins, graph, sources),
        "views": told,
    }


def step_told(step: PassStep) -> Json:
    """One pass over one program."""
    picture = step_picture(step)
    return {
        "pass": step.name,
        "before": step.before.operators,
        "after": step.after.operators,
        "fired": reasons(step.fired, picture),
        "skipped": reasons(step.skipped, picture),
        "levels": picture.levels,
        "nodes": {name: operator_told(one) for name, one in picture.shown.items()},
        "blocks": {group: {"nodes": list(names), "around": ""} for group, names in picture.groups.items()},
    }


def reasons(found: Iterable[Reason], picture: StepPicture) -> list[Json]:
    """What the pass says of each place; and the node there, where it is shown."""
    return [
        {
            "name": reason.node,
            "origin": reason.origin,
            "text": reason.text,
            "node": shown_as(reason.node, picture),
        }
        for reason in found
    ]


def shown_as(name: str, picture: StepPicture) -> str | None:
    return next((key for key in (WAS + name, name) if key in picture.shown), None)


def operator_told(one: Touched) -> Json:
    """What is known of an operator: before and after, where both are."""
    node = one.node
    both = one.before is not None and one.after is not None
    return {
        "title": node.operator,
        "kind": node.kind,
        "component": node.operator,
        "part": None,
        "uses": 1,
        "how": one.how,
        "origin": node.origin,
        "shape": node.shape,
        "stage": "",
        "settings": [[name, value, False] for name, value in node.operands if value != "•"],
        "differs": differing(one) if both else [],
        "reads": list(node.reads),
    }


def differing(one: Touched) -> list[list[str]]:
    """Operands and shape: what they were, and what they are."""
    assert one.before is not None and one.after is not None
    was, now = dict(one.before.operands), dict(one.after.operands)
    names = dict.fromkeys((*now, *was))
    rows = [[name, was.get(name, ""), now.get(name, "")] for name in names if was.get(name) != now.get(name)]
    shapes = [["gives", one.before.shape, one.after.shape]] if one.before.shape != one.after.shape else []
    return rows + shapes


def origins_told(origins: Iterable[str], graph: ComponentGraph, sources: Sources) -> Mapping[str, Json]:
    """For each component-graph node that operators came from: its component, and its lines of the spec."""
    found = {}
    for origin in sorted(origins):
        attributes = graph.graph.nodes.get(origin)
        if attributes is not None:
            component = attributes["component"] or attributes["kind"]
            found[origin] = {"component": component, "source": lines_at(attributes["span"], sources)}
    return found
