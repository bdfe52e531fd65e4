"""An order in which everything comes after what it needs, and the cycles where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True)
class Order(Generic[Key]):
    keys: tuple[Key, ...]
    """all of them; those of a cycle stand somewhere, too"""
    cycles: tuple[tuple[Key, ...], ...]
    """each key of a cycle needs the next, the last needs the first; no key is in two of them"""


def order(needs: Mapping[Key, Sequence[Key]]) -> Order[Key]:
    """Depth first, in the order given, so that what is ordered already stays as it is. Linear, no recursion."""
    done: set[Key] = set()
    position: dict[Key, int] = {}
    result: list[Key] = []
    cycles: list[tuple[Key, ...]] = []
    in_cycle: set[Key] = set()
    for start in needs:
        if start in done:
            continue
        path = [start]
        position[start] = 0
        waiting = [iter(needs[start])]
        while path:
            following = next((key for key in waiting[-1] if key not in done and key in needs), None)
            if following is None:
                waiting.pop()
                finished = path.pop()
                del position[finished]
                done.add(finished)
                result.append(finished)
            elif following in position:
                cycle = tuple(path[position[following] :])
                if in_cycle.isdisjoint(cycle):
                    cycles.append(cycle)
                    in_cycle.update(cycle)
            else:
                position[following] = len(path)
                path.append(following)
                waiting.append(iter(needs[following]))
    return Order(tuple(result), tuple(cycles))
