"""What a spec freezes: its paths looked for in the parts as they are built, and training kept away from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from ..dsl.diagnostics import Diagnostic
from ..dsl.freezing import lies_in, names_below
from ..dsl.program import Freeze, Program
from ..dsl.suggest import nearest
from .freeze_findings import FrozenTwice, NothingFrozen, NothingTrained, UnknownWeights
from .shapes import SettledPart


@dataclass(frozen=True)
class Pieces:
    """What a path stands for."""

    whole: tuple[str, ...]
    """parts of which all is meant"""
    part: str | None = None
    """the one part of which only `inside` is meant"""
    inside: str = ""


def pieces_of(path: str, parts: Mapping[str, SettledPart]) -> Pieces | None:
    """The parts of a path; None where its part was not made out."""
    whole = tuple(name for name in sorted(parts) if lies_in(name, path))
    if whole:
        return Pieces(whole)
    around = max((name for name in parts if lies_in(path, name)), key=len, default=None)
    return Pieces((), around, path[len(around) + 1 :]) if around is not None else None


def frozen_weights(path: str, parts: Mapping[str, SettledPart]) -> frozenset[str]:
    """The names of all weights that a path freezes, the parts' paths in front."""
    pieces = pieces_of(path, parts)
    if pieces is None:
        return frozenset()
    touched = pieces.whole or ((pieces.part,) if pieces.part else ())
    return frozenset(
        f"{name}.{weight}"
        for name in touched
        for weight, _ in parts[name].module.named_parameters()
        if lies_in(f"{name}.{weight}", path) or name in pieces.whole
    )


def trained_weights(program: Program, parts: Mapping[str, SettledPart]) -> frozenset[str]:
    """The names of all weights that training changes."""
    known = {
        f"{path}.{name}"
        for path, part in parts.items()
        for name, weight in part.module.named_parameters()
        if weight.requires_grad
    }
    return frozenset(known.difference(*(frozen_weights(each.path, parts) for each in program.freezes)))


# ---------------------------------------------------------------- findings


def check_freezes(program: Program, parts: Mapping[str, SettledPart]) -> list[Diagnostic]:
    """Paths that are not there, that hold no weights, or that are frozen already; and a tracker frozen as a whole."""
    found: list[Diagnostic] = []
    for number, freeze in enumerate(program.freezes):
        pieces = pieces_of(freeze.path, parts)
        lost = unknown_in(program, freeze, pieces, parts) if pieces else no_such_part(program, freeze)
        if lost is not None:
            found.append(lost)
        if lost is not None or pieces is None:
            continue  # without pieces, its part is broken or unused, which is reported
        if not frozen_weights(freeze.path, parts):
            found.append(NothingFrozen(freeze.span, freeze.path))
        found += twice(freeze, number, program.freezes)
    all_known = all(part.path in parts for part in program.parts)
    if program.freezes and program.losses and not found and all_known and not trained_weights(program, parts):
        found.append(NothingTrained(program.freezes[-1].span, program.name))
    return found


def unknown_in(
    program: Program, freeze: Freeze, pieces: Pieces, parts: Mapping[str, SettledPart]
) -> UnknownWeights | None:
    """What is said of a path that the built part does not have."""
    if pieces.part is None:
        return None
    module: nn.Module = parts[pieces.part].module
    reached = pieces.part
    for word in pieces.inside.split("."):
        names = [*(name for name, _ in module.named_children()), *(name for name, _ in own_weights(module))]
        if word not in names:
            component = parts[pieces.part].bound.component.name
            return unknown(program, freeze, component, reached, word, names)
        reached = f"{reached}.{word}"
        module = dict(module.named_children()).get(word, EMPTY)
    return None


def no_such_part(program: Program, freeze: Freeze) -> UnknownWeights | None:
    """What is said of a path into a block or a list, which is made of parts, that leads to none of them."""
    paths = [part.path for part in program.parts if part.keyword]  # what stands inline has no weights
    if any(lies_in(path, freeze.path) or lies_in(freeze.path, path) for path in paths):
        return None
    words = freeze.path.split(".")
    for count in range(len(words) - 1, 0, -1):
        reached = ".".join(words[:count])
        if names := names_below(reached, paths):
            return unknown(program, freeze, None, reached, words[count], names)
    return None


def unknown(
    program: Program, freeze: Freeze, component: str | None, reached: str, word: str, names: Sequence[str]
) -> UnknownWeights:
    inherited = freeze.provenance.owner if freeze.provenance.owner != program.name else None
    near = nearest(word, names)
    return UnknownWeights(
        freeze.span, freeze.path, component, reached, word, near, tuple(names), inherited, program.name
    )


EMPTY = nn.Module()
"""what stands behind the name of a weight: nothing"""


def own_weights(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return module.named_parameters(recurse=False)


def twice(freeze: Freeze, number: int, freezes: tuple[Freeze, ...]) -> list[Diagnostic]:
    """A path that another one holds already. What a base freezes a piece of, a variant may freeze as a whole."""
    for place, other in enumerate(freezes):
        together = other.provenance.owner == freeze.provenance.owner
        around = other.path != freeze.path and lies_in(freeze.path, other.path)
        if (around and (together or place < number)) or (other.path == freeze.path and place < number):
            return [FrozenTwice(freeze.span, freeze.path, other.path, other.span)]
    return []
