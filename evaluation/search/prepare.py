"""A search before it begins: everything that it would stumble over later is refused here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..datasets.find import Dataset
from ..metrics.profile import find_profile
from ..runs.identity import data_digest
from ..runs.job import Job
from ..runs.tracker_identity import identity_of_spec
from .errors import SearchSpaceError
from .knobs import knobs_of, settled
from .parts import divided, shortened
from .report import Told
from .space import Axis, Point, Space, Value, value_text
from .trial import Setup, checked_variant
from .variant import recipe_of

if TYPE_CHECKING:
    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from ...compiler.python_use import Allowance

GPU_ROWS = 8
"""Candidates of a batch on a GPU: one row of a small network leaves most of it idle. On a CPU rows pay little."""

TRIED = 16
"""So many values of a list are tried beforehand: each costs a check."""


@dataclass(frozen=True)
class Wish:
    """What the user wants searched."""

    spec: str
    """as it was named"""
    space: Space
    search: str
    seed: int
    output: Path
    options: Options
    weights: str | None = None
    params: Mapping[str, str] | None = None
    allow_python: Allowance = False
    held_back: str | None = None
    profile: str | None = None
    measure: str | None = None
    frames: int | None = None
    processes: int = 1
    batch: int | None = None
    """None for what suits the device"""


@dataclass(frozen=True)
class Prepared:
    """A search that can begin."""

    setup: Setup
    space: Space
    told: Told
    identity: Mapping[str, Any]
    """what must be equal for a search to go on"""


def prepare(wish: Wish, checked: CheckResult, dataset: Dataset) -> Prepared:
    """Raises SearchSpaceError, SearchDataError, UnknownProfileError, SpecError for a spec with mistakes."""
    graph = checked.expect()
    space, knobs = settled(wish.space, graph)
    profile = find_profile(wish.profile or dataset.profiles[0], dataset.name)
    measure = chosen_measure(wish.measure, profile.name, tuple(profile.measures))
    sequences = tuple(shortened(sequence, wish.frames) for sequence in dataset.sequences)
    halves = divided(sequences, wish.held_back, wish.seed)
    recipe = recipe_of(graph, checked.sources, knobs, wish.params or {})
    setup = Setup(
        recipe,
        knobs,
        str(wish.output),
        dict(wish.params or {}),
        wish.allow_python,
        wish.weights,
        wish.options,
        halves,
        dataset.name,
        profile.name,
        measure,
        wish.processes,
        wish.batch or usual_batch(wish.options.device),
    )
    refuse_unsettable(setup, space, checked)
    own = {axis.name: own_value(knobs_of(graph)[axis.name].value) for axis in space.axes}
    told = Told(
        graph.program.name,
        wish.search,
        wish.seed,
        space,
        f"{dataset.name}:{dataset.split}" if dataset.split else dataset.name,
        profile.name,
        measure,
        wish.options.backend,
        wish.frames,
        None if wish.weights is None else Path(wish.weights).name,
        own,
    )
    return Prepared(setup, space, told, identity_of(wish, checked, setup, space))


def chosen_measure(wanted: str | None, profile: str, known: tuple[str, ...]) -> str:
    """The measure that is searched for; the profile's first. Raises SearchSpaceError."""
    if wanted is None or wanted in known:
        return wanted or known[0]
    raise SearchSpaceError(f"the profile `{profile}` has no measure `{wanted}`", f"it has {', '.join(known)}")


def usual_batch(device: str) -> int:
    """How many rows a batch has where nobody says it."""
    return 1 if device == "cpu" else GPU_ROWS


def own_value(value: Any) -> Value:
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def identity_of(wish: Wish, checked: CheckResult, setup: Setup, space: Space) -> dict[str, Any]:
    """By the words in which a difference is told."""
    options = wish.options
    tracker = identity_of_spec(
        checked, wish.spec, wish.weights, options.backend, options.precision, options.device, options.crop
    )
    jobs = {
        half: data_digest(Job(each.name, each.frames, each.start) for each in sequences)[:12]
        for half, sequences in (("searched", setup.halves.searched), ("held back", setup.halves.held_back))
    }
    truth = hashlib.sha256()
    for sequence in setup.halves.searched:
        truth.update(sequence.truth.boxes.tobytes())
    return {
        "spec": tracker.spec_sha256[:12],
        "weights": (tracker.weights_sha256 or "none")[:12],
        "components of your own": dict(tracker.components),
        "backend": f"{options.backend} {options.precision} on {tracker.device}, crops {options.crop}",
        "searched settings": " ".join(map(str, space.axes)),
        "search": wish.search,
        "seed": wish.seed,
        "searched sequences": jobs["searched"],
        "sequences held back": jobs["held back"],
        "truth": truth.hexdigest()[:12],
        "profile": f"{setup.profile} {setup.measure}",
    }


# ---------------------------------------------------------------- values that cannot be set


def refuse_unsettable(setup: Setup, space: Space, checked: CheckResult) -> None:
    """Raises SearchSpaceError for values that the spec does not take, or that change what weights there are."""
    usual = shapes(checked)
    for axis in space.axes:
        for value in axis.ends[:TRIED]:
            point: Point = {axis.name: value}
            found = checked_variant(setup, point)
            if not found.ok:
                finding = next(each for each in found.diagnostics if each.is_error)
                raise SearchSpaceError(
                    f"the spec does not take {axis.name} = {value_text(value)}: {finding.title}",
                    "search within what it takes: " + (finding.help or "sotc check tells more"),
                )
            refuse_structural(axis, value, usual, shapes(found))


def refuse_structural(
    axis: Axis, value: Value, usual: Mapping[str, tuple[int, ...]], now: Mapping[str, tuple[int, ...]]
) -> None:
    """Raises SearchSpaceError where weights have other shapes, or are others."""
    changed = next((name for name in sorted({*usual, *now}) if usual.get(name) != now.get(name)), None)
    if changed is None:
        return
    was, becomes = (
        " x ".join(map(str, table[changed])) if changed in table else "not there" for table in (usual, now)
    )
    raise SearchSpaceError(
        f"`{axis.name}` is structural: with {value_text(value)} the weights `{changed}` are {becomes}, not {was}",
        "weights that were trained fit one structure: search what only decides how results are read",
    )


def shapes(checked: CheckResult) -> dict[str, tuple[int, ...]]:
    """Of all weights, by part and name."""
    return {
        f"{path}.{name}": tuple(parameter.shape)
        for path, part in checked.expect().parts.items()
        for name, parameter in part.module.named_parameters()
    }
