"""Which points are tried: all of a grid, points by chance, or those that Optuna thinks of."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np

from .errors import SearchFailedError
from .space import Axis, Point, Space, Value, tidied

Search = Literal["grid", "random", "optuna"]

TRIALS = 50
"""where the number is not given, and there is no grid to come to the end of"""


class Strategy(Protocol):
    """Proposes points. Trials are counted from 1; trial 0, the spec as it is, is not proposed."""

    def ask(self, number: int) -> Point:
        """The point of this trial."""

    def tell(self, number: int, point: Point, score: float | None) -> None:
        """What it came to, in this run or in an earlier one; None where it failed."""


class Listed:
    """Points that are known beforehand: a grid, or points by chance. What became of others alters nothing."""

    def __init__(self, space: Space, seed: int, points: Sequence[Point] | None) -> None:
        self._space, self._seed, self._points = space, seed, points

    def ask(self, number: int) -> Point:
        """A trial's point by chance depends on the seed and its number alone, so that a search can go on."""
        if self._points is not None:
            return self._points[number - 1]
        return self._space.drawn(np.random.default_rng((self._seed, number)))

    def tell(self, number: int, point: Point, score: float | None) -> None:
        """Nothing to learn."""


class Optuna:
    """Optuna's tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011)."""

    def __init__(self, space: Space, seed: int) -> None:
        optuna = imported()
        sampler = optuna.samplers.TPESampler(seed=seed)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._space = space
        self._asked: dict[int, Any] = {}
        self._distributions = {axis.name: distribution(axis) for axis in space.axes}

    def ask(self, number: int) -> Point:
        trial = self._study.ask(self._distributions)
        self._asked[number] = trial
        return {axis.name: value_of(axis, trial.params[axis.name]) for axis in self._space.axes}

    def tell(self, number: int, point: Point, score: float | None) -> None:
        optuna = imported()
        state = optuna.trial.TrialState.FAIL if score is None else optuna.trial.TrialState.COMPLETE
        asked = self._asked.pop(number, None)
        if asked is not None:
            self._study.tell(asked, score, state)
            return
        params = {axis.name: as_param(axis, point[axis.name]) for axis in self._space.axes}
        made = optuna.trial.create_trial(
            params=params, distributions=self._distributions, value=score, state=state
        )
        self._study.add_trial(made)


def distribution(axis: Axis) -> Any:
    """An axis as Optuna has it."""
    kinds = imported().distributions
    if axis.kind == "choice":
        return kinds.CategoricalDistribution(axis.choices)
    if axis.kind == "int":
        return kinds.IntDistribution(round(axis.low), round(axis.high), step=round(axis.step or 1))
    return kinds.FloatDistribution(axis.low, axis.high, step=axis.step)


def value_of(axis: Axis, found: Value) -> Value:
    """A value with no more digits than can matter; with steps, the one of the list."""
    if axis.kind != "float":
        return found
    assert isinstance(found, (int, float))
    if axis.choices:
        return min(axis.choices, key=lambda choice: abs(float(choice) - found))
    return tidied(axis, found)


def as_param(axis: Axis, value: Value) -> Value:
    return float(value) if axis.kind == "float" else value


def imported() -> Any:
    """Optuna, which says nothing. Raises SearchFailedError where it is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise SearchFailedError(
            "--search optuna needs Optuna, which is not installed",
            'pip install "sotc[tune]", or --search random',
        )
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def strategy_for(search: Search, space: Space, trials: int | None, seed: int) -> tuple[Strategy, int]:
    """The strategy, and how many trials there will be. Raises SearchSpaceError, SearchFailedError."""
    if search == "grid":
        points = space.grid()
        return Listed(space, seed, points), min(trials or len(points), len(points))
    if search == "random":
        return Listed(space, seed, None), trials or TRIALS
    return Optuna(space, seed), trials or TRIALS
