"""The parts of a checked spec as real modules, with their weights."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from ..dsl.diagnostics import Diagnostic, Severity
from ..dsl.program import Apply, Input
from .graph import ComponentGraph
from .undrawn import Undrawn
from .user_error import UserError
from .weight_errors import WeightsMismatchError
from .weights import KeyMap, Weights, key_map_of, load_into
from .width_hint import hinted


@dataclass(frozen=True)
class RandomWeights(Diagnostic):
    """A tracker with weights was built without a checkpoint."""

    code: ClassVar[str] = "SOT701"
    severity: ClassVar[Severity] = Severity.WARNING
    name: str
    parameters: int

    @property
    def title(self) -> str:
        return f"`{self.name}` has {self.parameters:,} parameters and was given no weights: they are random"

    @property
    def help(self) -> str | None:
        return "give a checkpoint: --weights FILE, or weights=... from Python"


class TooLargeError(UserError):
    """Weights that do not fit into memory."""

    code: ClassVar[str] = "SOT605"


def build_modules(
    graph: ComponentGraph, weights: Weights | None, device: torch.device
) -> tuple[dict[str, nn.Module], tuple[Diagnostic, ...]]:
    """Every part built with its settled settings, in evaluation mode, on `device`.

    The modules together have the state dict that checkpoints are mapped to: `part path . name inside`.
    """
    first_values: AbstractContextManager[object] = nullcontext() if weights is None else Undrawn()
    try:
        with first_values:
            modules = {
                path: part.bound.component.cls(**part.settings).eval()
                for path, part in sorted(graph.parts.items())
            }
    except (RuntimeError, MemoryError) as error:
        raise_if_too_large(graph, error)
        raise
    container = Parts(modules)
    parameters = sum(parameter.numel() for parameter in container.parameters())
    notes: tuple[Diagnostic, ...] = ()
    if weights is not None:
        try:
            load_into(container, weights, key_map_for(graph))
        except WeightsMismatchError as error:
            raise hinted(error, graph) from error
    elif parameters:
        notes = (RandomWeights(graph.program.span, graph.program.name, parameters),)
    container.to(device)
    return modules, notes


def shapes_of(graph: ComponentGraph) -> dict[str, tuple[int, ...]]:
    """The names and shapes of all weights, without any: parts in the order in which they are first applied."""
    applied = [node.part for node in graph.program.nodes if isinstance(node, Apply | Input)]
    shapes: dict[str, tuple[int, ...]] = {}
    with torch.device("meta"):
        for path in dict.fromkeys([*applied, *sorted(graph.parts)]):
            if path in graph.parts:
                part = graph.parts[path]
                state = part.bound.component.cls(**part.settings).state_dict()
                shapes |= {f"{path}.{key}": tuple(tensor.shape) for key, tensor in state.items()}
    return shapes


def raise_if_too_large(graph: ComponentGraph, error: Exception) -> None:
    """Raises TooLargeError where it was memory that was wanting."""
    if not isinstance(error, MemoryError) and "allocate" not in str(error):
        return
    size = 4 * sum(part.parameters for part in graph.parts.values()) / 2**30
    raise TooLargeError(
        f"`{graph.program.name}` needs {size:,.1f} GiB for its weights, which this machine does not have",
        "make a part smaller; `sotc check -v` lists the weights of each",
    ) from error


def key_map_for(graph: ComponentGraph) -> KeyMap | None:
    """The key map beside the spec, or beside the nearest spec that it extends."""
    files = [graph.program.path, *(part.provenance.span.path for part in graph.program.parts)]
    maps = (key_map_of(path) for path in dict.fromkeys(files))
    return next((found for found in maps if found is not None), None)


class Parts(nn.Module):
    """All parts under their paths, so that one state dict holds them.

    What is frozen asks for no gradient and stays in evaluation mode: its batch norms keep their statistics.
    """

    def __init__(self, modules: dict[str, nn.Module], frozen: Sequence[str] = ()) -> None:
        """frozen: paths of parts, of modules within them, or of single weights."""
        super().__init__()
        for path, module in modules.items():
            install(self, path, module)
        self._frozen_paths = tuple(frozen)
        for path in frozen:
            found = self.at(path)
            if found is not None:
                found.requires_grad_(False)

    def at(self, path: str) -> nn.Module | nn.Parameter | None:
        """What stands at a path; None where nothing does."""
        *around, name = path.split(".")
        try:
            holder = self.get_submodule(".".join(around))
        except AttributeError:
            return None
        found = getattr(holder, name, None)
        return found if isinstance(found, nn.Module | nn.Parameter) else None

    def train(self, mode: bool = True) -> Parts:
        """Training mode, but for what is frozen."""
        super().train(mode)
        for path in self._frozen_paths:
            found = self.at(path)
            if isinstance(found, nn.Module):
                found.eval()
        return self


def install(root: nn.Module, path: str, module: nn.Module) -> None:
    """Put a module at a dotted path, making the containers on the way."""
    *containers, name = path.split(".")
    for container in containers:
        if not hasattr(root, container):
            root.add_module(container, nn.Module())
        root = getattr(root, container)
    root.add_module(name, module)
