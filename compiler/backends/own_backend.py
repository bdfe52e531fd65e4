"""A backend of the user's own as the compiler calls it: what it raises is told with its name and its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from ..own import own_code
from ..plan import Plan
from ..programs import Programs
from .backend import Backend, BuildOptions, Built, Missing
from .engine import Engine, Runner, Value
from .wrapped import PassingRunner, WrappedEngine

Given = ParamSpec("Given")
Result = TypeVar("Result")


class OwnBackend:
    """The backend that `name` (`my_backend:Mine`) says, while it is asked, builds, opens and runs.

    Raises OwnRaisedError for what it raises, its own UserErrors excepted.
    """

    def __init__(self, name: str, backend: Backend) -> None:
        self._name, self._backend = name, backend

    def __getattr__(self, member: str) -> Any:
        return getattr(self._backend, member)

    def missing(self, options: BuildOptions) -> Missing | None:
        with own_code(self._name, "backend"):
            return self._backend.missing(options)

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        with own_code(self._name, "backend"):
            built = self._backend.build(programs, plan, options, note)
        return replace(built, engine=self._told(built.engine))

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> Engine:
        with own_code(self._name, "backend"):
            engine = self._backend.open(plan, members, options)
        return self._told(engine)

    def _told(self, engine: Engine) -> Engine:
        return WrappedEngine(engine, lambda runner: OwnRunner(runner, self._name))


class OwnRunner(PassingRunner):
    """The runner of such a backend, at work in a session."""

    def __init__(self, runner: Runner, name: str) -> None:
        super().__init__(runner)
        self._name = name

    def __getattr__(self, member: str) -> Any:
        found = super().__getattr__(member)
        return told(found, self._name) if callable(found) else found

    def read_later(self, values: Sequence[Value]) -> Callable[[], Sequence[Any]]:
        with own_code(self._name, "backend"):
            later = self._runner.read_later(values)
        return told(later, self._name)


def told(function: Callable[Given, Result], name: str) -> Callable[Given, Result]:
    """The same, of which errors are told as those of the backend `name`."""

    @wraps(function)
    def guarded(*arguments: Given.args, **options: Given.kwargs) -> Result:
        with own_code(name, "backend"):
            return function(*arguments, **options)

    return guarded


def own_backend(name: str, kind: type[Any]) -> Backend:
    """One of the class `kind`. Raises OwnRaisedError."""
    with own_code(name, "backend"):
        made: Backend = kind()
    return cast(Backend, OwnBackend(name, made))
