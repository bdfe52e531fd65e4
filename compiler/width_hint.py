"""Which param of a spec a checkpoint of other shapes was trained with."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from .weight_errors import Reshaped, WeightsMismatchError

if TYPE_CHECKING:
    from .graph import ComponentGraph


def hinted(error: WeightsMismatchError, graph: ComponentGraph) -> WeightsMismatchError:
    """The same error; where one param explains all shapes that differ, it says which value it had."""
    found = [
        f"--set {name}={value}"
        for name, value in candidates(graph, error.reshaped)
        if fits(graph, error, name, value)
    ]
    if not found:
        return error
    remedy = f"all shapes are those of {' or '.join(found)}; or take another checkpoint"
    return WeightsMismatchError(error.message, remedy, error.reshaped)


def candidates(graph: ComponentGraph, reshaped: tuple[Reshaped, ...]) -> list[tuple[str, int | float]]:
    """Params that are numbers, each with the value that scales it as axes are scaled in the checkpoint."""
    ratios = {ratio for item in reshaped for ratio in axis_ratios(item)}
    if len(ratios) != 1 or any(len(item.found) != len(item.expected) for item in reshaped):
        return []
    (ratio,) = ratios
    scaled = [(name, value, Fraction(value) * ratio) for name, value in numbers(graph).items()]
    return [
        (name, int(new) if isinstance(value, int) else float(new))
        for name, value, new in scaled
        if new != value and (isinstance(value, float) or new.denominator == 1)
    ]


def numbers(graph: ComponentGraph) -> dict[str, int | float]:
    """The params that are numbers, as they are set."""
    return {
        param.name: param.value
        for param in graph.program.params
        if isinstance(param.value, int | float) and not isinstance(param.value, bool)
    }


def fits(graph: ComponentGraph, error: WeightsMismatchError, name: str, value: int | float) -> bool:
    """Whether the spec with this param has all the shapes that differ; nothing is allocated."""
    from .check import check
    from .modules import shapes_of

    texts = {param: str(number) for param, number in {**numbers(graph), name: value}.items()}
    other = check(graph.program.path, params=texts, tracker=graph.program.name).graph
    if other is None:
        return False
    shapes = shapes_of(other)
    return all(shapes.get(item.name) == item.found for item in error.reshaped)


def axis_ratios(item: Reshaped) -> Iterator[Fraction]:
    """By what the axes that differ are longer in the checkpoint."""
    for found, expected in zip(item.found, item.expected, strict=False):
        if found != expected and expected:
            yield Fraction(found, expected)
