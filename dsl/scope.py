"""Names and what they stand for, within one body, function or comprehension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .program import Provenance
from .values import Value

if TYPE_CHECKING:
    from .modules import Module


class Scope:
    """Values by name; what is not here is looked for in what encloses it."""

    def __init__(self, parent: Scope | None = None, values: Mapping[str, Value] | None = None) -> None:
        self._parent = parent
        self._values: dict[str, Value] = dict(values or {})

    def set(self, name: str, value: Value) -> None:
        self._values[name] = value

    def names(self) -> frozenset[str]:
        """The names that stand here."""
        return frozenset(self._values)

    def has(self, name: str) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if name in scope._values:
                return True
            scope = scope._parent
        return False

    def get(self, name: str) -> Value:
        """The value of a name that is there (see `has`)."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._values:
                return scope._values[name]
            scope = scope._parent
        raise KeyError(name)


@dataclass(frozen=True)
class Here:
    """Where an expression stands: which names it sees, and which declaration it belongs to."""

    scope: Scope
    module: Module
    """the file it is written in: names of components, blocks and trackers are looked up there"""
    provenance: Provenance

    def inside(self, values: Mapping[str, Value]) -> Here:
        """The same place with a few more names: a function's parameters, the variable of a comprehension."""
        return Here(Scope(self.scope, values), self.module, self.provenance)


@dataclass(frozen=True)
class Naming:
    """What the nodes of an expression are called."""

    prefix: str
    targets: tuple[str, ...] = ()
    """the names of its final value; none in the middle of an expression; several where it is unpacked"""
    lends: bool = False
    """whether the names are those of an output and the like, which a mere selection does not take"""

    def name(self, label: str) -> str:
        """The name of the node that applies `label`."""
        return self.targets[0] if len(self.targets) == 1 else f"{self.prefix}.{label}"

    def name_selected(self, otherwise: str) -> str:
        """The name of a node that only selects one of several results."""
        return self.targets[0] if len(self.targets) == 1 and not self.lends else otherwise

    @property
    def middle(self) -> Naming:
        """For what stands within the expression."""
        return Naming(self.prefix) if self.targets else self
