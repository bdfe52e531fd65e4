"""What of a tracker can be searched: its params, and the settings of its parts that its box depends on."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...dsl.suggest import did_you_mean, nearest
from .errors import SearchSpaceError
from .space import Axis, Space, ranged, value_text

if TYPE_CHECKING:
    from ...compiler.graph import ComponentGraph
    from ...dsl.program import Constant, Operand, Program

DECODE = "decode"
"""Another name for the one part that is a decoder: every tracker has one, and specs call it otherwise."""

TYPES: Mapping[str, type] = {"float": float, "int": int, "bool": bool, "str": str}

SHOWN = 12


@dataclass(frozen=True)
class Knob:
    """A param, or a setting of a part."""

    part: str | None
    """the part's path; None for a param"""
    setting: str
    """of the part, or the param's name"""
    value: Constant
    """that it has in the spec"""
    annotation: Any
    """what may be given for it"""
    owner: str
    """the tracker or block that declares it"""


def knobs_of(graph: ComponentGraph) -> dict[str, Knob]:
    """All of them by name. A part `pick.PointDecode` answers to `pick` as well, where that names one setting only."""
    found = {
        param.name: Knob(None, param.name, param.value, TYPES.get(param.type, object), param.provenance.owner)
        for param in graph.program.params
    }
    short: dict[str, list[Knob]] = {}
    for path, part in sorted(graph.parts.items()):
        component = part.bound.component
        for spec in component.settings:
            if spec.name in part.inferred:
                continue
            owner = part.bound.part.provenance.owner
            value = part.settings.get(spec.name, spec.default)
            knob = Knob(path, spec.name, value, spec.annotation, owner)
            found[f"{path}.{spec.name}"] = knob
            if path.endswith(f".{component.name}"):
                short.setdefault(f"{path.removesuffix(component.name)}{spec.name}", []).append(knob)
            if component.category == "decoder":
                short.setdefault(f"{DECODE}.{spec.name}", []).append(knob)
    return found | {name: knobs[0] for name, knobs in short.items() if len(knobs) == 1 and name not in found}


def settled(space: Space, graph: ComponentGraph) -> tuple[Space, dict[str, Knob]]:
    """The space with its axes as their settings' types want them, and what each axis turns.

    Raises SearchSpaceError for a setting that there is not, that alters no box, or that does not take such values.
    """
    known = knobs_of(graph)
    reaching = parts_of_box(graph.program)
    chosen: dict[str, Knob] = {}
    axes = []
    for axis in space.axes:
        if axis.name not in known:
            raise unknown(axis.name, graph, known, reaching)
        knob = known[axis.name]
        if knob.part is not None and knob.part not in reaching:
            raise SearchSpaceError(
                f"`{axis.name}` alters no box, so that no score tells its values apart",
                f"search what the box depends on: {', '.join(searchable(graph, known, reaching))}",
            )
        twin = next((name for name, other in chosen.items() if other == knob), None)
        if twin is not None:
            raise SearchSpaceError(
                f"`{axis.name}` and `{twin}` are the same setting", "search it under one name"
            )
        chosen[axis.name] = knob
        axes.append(fitted(axis, knob))
    return Space(tuple(axes)), chosen


def fitted(axis: Axis, knob: Knob) -> Axis:
    """Numbers written whole are a range of floats where the setting is one. Raises SearchSpaceError."""
    from ...compiler.annotations import accepts

    if axis.kind == "int" and accepts(knob.annotation, 0.5):
        axis = ranged(axis.name, axis.low, axis.high, axis.step, "float")
    if axis.kind == "choice" and accepts(knob.annotation, 0.5) and not accepts(knob.annotation, "x"):
        numbers = [isinstance(each, int) and not isinstance(each, bool) for each in axis.choices]
        floats = (float(each) if whole else each for each, whole in zip(axis.choices, numbers, strict=True))
        axis = replace(axis, choices=tuple(dict.fromkeys(floats)))
    wrong = next((end for end in axis.ends if not accepts(knob.annotation, end)), None)
    if wrong is not None or knob.annotation is object:
        kind = type_text(knob.annotation) if knob.annotation is not object else "a list"
        shown = axis.ends[0] if wrong is None else wrong
        raise SearchSpaceError(
            f"`{axis.name}` is {kind}, and `{value_text(shown)}` is none",
            f"the spec has {axis.name} = {plain(knob.value)}",
        )
    return axis


def type_text(annotation: Any) -> str:
    """`float`; a union or a choice as Python writes it."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return f"of the type {annotation.__name__}"
    arguments = typing.get_args(annotation)
    listed = ", ".join(getattr(each, "__name__", str(each)) for each in arguments)
    return f"one of {listed}" if arguments else str(annotation)


def plain(value: Any) -> str:
    from ...compiler.annotations import describe_constant

    return describe_constant(value)


def unknown(
    name: str, graph: ComponentGraph, known: Mapping[str, Knob], reaching: frozenset[str]
) -> SearchSpaceError:
    can = ", ".join(searchable(graph, known, reaching))
    meant = did_you_mean(nearest(name, known))
    there = f"there are {can}" if can else "it has nothing that can be searched"
    return SearchSpaceError(
        f"`{graph.program.name}` has no param and no setting `{name}`", f"{meant} {there}" if meant else there
    )


def searchable(graph: ComponentGraph, known: Mapping[str, Knob], reaching: frozenset[str]) -> tuple[str, ...]:
    """Names of what is worth a search, decoders first: numbers and switches, each by its shortest name."""
    names: dict[Knob, str] = {}
    for name, knob in known.items():
        is_number = isinstance(knob.value, (bool, int, float))
        if is_number and (knob.part is None or knob.part in reaching) and not name.startswith(f"{DECODE}."):
            names[knob] = min(names.get(knob, name), name, key=len)
    weightless = [
        (knob.part is not None and graph.parts[knob.part].bound.component.category != "decoder", name)
        for knob, name in names.items()
        if knob.part is None or not graph.parts[knob.part].parameters
    ]
    return tuple(name for _, name in sorted(weightless))[:SHOWN]


def parts_of_box(program: Program) -> frozenset[str]:
    """Paths of the parts that the box depends on, by whatever way: states and refreshes among them."""
    from ...compiler.stages import ancestors
    from ...dsl.program import Apply, Input

    wanted = [output.value for output in program.outputs if output.name == "box"]
    found: frozenset[str] = frozenset()
    while len(grown := ancestors(program, wanted)) > len(found):
        found = grown
        wanted += behind(program, found)
    return frozenset(
        node.part for node in program.nodes if node.name in found and isinstance(node, Apply | Input)
    )


def behind(program: Program, found: frozenset[str]) -> Iterator[Operand]:
    """What the states that are read become, and the conditions of refreshes."""
    from ...dsl.program import Input, StateRead

    for node in program.nodes:
        if node.name not in found:
            continue
        if isinstance(node, Input) and node.refresh is not None and node.refresh.condition is not None:
            yield node.refresh.condition
        if isinstance(node, StateRead):
            state = next(each for each in program.states if each.name == node.state)
            yield from (
                operand for operand in (state.initial, state.next, state.condition) if operand is not None
            )
