"""An engine around another one: its runners are watched or changed, and all else is the other's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from .engine import Engine, Runner


class PassingRunner:
    """A runner that does what another one does; kinds of it say what they do besides."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)


@dataclass(frozen=True)
class WrappedEngine:
    """An engine whose runners come out of `wrap`."""

    engine: Engine
    wrap: Callable[[Runner], PassingRunner]

    @property
    def backend(self) -> str:
        return self.engine.backend

    @property
    def device(self) -> str:
        return self.engine.device

    @property
    def precision(self) -> str:
        return self.engine.precision

    @property
    def buckets(self) -> tuple[int, ...] | None:
        """Numbers of targets that the engine prefers; None where it takes any."""
        return getattr(self.engine, "buckets", None)

    def runner(self) -> Runner:
        return cast(Runner, self.wrap(self.engine.runner()))
