"""Paths of `freeze` while they are being written: parts, and what the built parts hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dsl.freezing import names_below

if TYPE_CHECKING:
    from ..compiler.check import CheckResult

WRITING = re.compile(r"(?:^|\{)[ \t]*(remove[ \t]+)?freeze[ \t]+([\w., \t]*)\Z")
"""the last line of a text that ends in a `freeze`"""


@dataclass(frozen=True)
class PathSoFar:
    back: bool
    """whether it is taken back: `remove freeze`"""
    path: str
    """up to the last dot, which is left out"""
    word: str
    """behind it"""
    given: tuple[str, ...]
    """paths that stand before it"""


def path_so_far(before: str) -> PathSoFar | None:
    """The path that a text ends in; None where it ends in none."""
    found = WRITING.search(before[before.rfind("\n") + 1 :])
    if found is None:
        return None
    *given, last = (piece.strip() for piece in found[2].split(","))
    if re.search(r"\w[ \t]+\Z", found[2]):
        return None
    path, _, word = last.rpartition(".")
    return PathSoFar(found[1] is not None, path, word, tuple(given))


def held_by(result: CheckResult, path: str) -> Iterator[tuple[str, str, int]]:
    """What may follow a path: names of parts, modules and weights below it, what they are, and how many numbers."""
    settled = result.inferred.run.settled if result.inferred is not None else {}
    for name in names_below(path, settled):
        yield name, "part", 0
    part = max((name for name in settled if f"{path}.".startswith(f"{name}.")), key=len, default=None)
    if part is None:
        return
    try:
        module = settled[part].module.get_submodule(path[len(part) + 1 :])
    except AttributeError:
        return
    for name, inner in module.named_children():
        if weights := sum(weight.numel() for weight in inner.parameters()):
            yield name, type(inner).__name__, weights
    for name, weight in module.named_parameters(recurse=False):
        yield name, "weight", weight.numel()
