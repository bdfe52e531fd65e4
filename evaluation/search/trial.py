"""A candidate: what is needed to try it, the spec that it is, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...dsl.sources import Sources
from .parts import Halves
from .space import Point
from .variant import Recipe, variant_text

if TYPE_CHECKING:
    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from ...compiler.python_use import Allowance
    from .knobs import Knob

SEED = 0
"""Random weights are the same in every process, and those that `sotc eval` would draw."""


@dataclass(frozen=True)
class Setup:
    """All that a process needs to know to try candidates."""

    recipe: Recipe
    knobs: Mapping[str, Knob]
    """what each axis turns"""
    place: str
    """where the variant is to stand"""
    params: Mapping[str, str]
    allow_python: Allowance
    weights: str | None
    options: Options
    halves: Halves
    data: str
    """name of the data set: profiles may depend on it"""
    profile: str
    measure: str
    processes: int = 1
    batch: int = 1
    """so many candidates at most run as rows of one batch"""


Way = Literal["", "recorded", "batched", "single"]
"""How a candidate ran: with what networks gave remembered, as a row of a batch, or by itself; empty for other runs."""


@dataclass(frozen=True)
class Task:
    """A candidate to be tried."""

    number: int
    point: Point
    part: Literal["searched", "all"] = "searched"
    alone: bool = False
    """compiled by itself from the text that would be written, as whoever uses it will"""


@dataclass(frozen=True)
class Outcome:
    """What a candidate came to."""

    number: int
    point: Point
    score: float | None
    """of the searched sequences; None where it failed"""
    sequences: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    held_back: float | None = None
    """the score of the sequences that were held back, where these were run"""
    steps: int = 0
    """in which the network's results could have been there already"""
    recorded: int = 0
    """of these, those in which they were"""
    way: Way = ""
    rows: int = 1
    """of the batch that it was in"""
    reason: str = ""
    """for going this way"""


def checked_variant(setup: Setup, point: Point, doc: str = "A candidate.") -> CheckResult:
    """A variant checked as it would stand in its place, without being written; without a point the spec itself."""
    from ...compiler.check import check

    if not point:
        return check(
            setup.recipe.path,
            params=setup.params,
            allow_python=setup.allow_python,
            tracker=setup.recipe.base,
        )
    place = str(Path(setup.place).absolute())
    sources = Sources({place: variant_text(setup.recipe, place, point, doc)})
    return check(place, allow_python=setup.allow_python, sources=sources)


def seeded() -> None:
    import torch

    torch.manual_seed(SEED)
