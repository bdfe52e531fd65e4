"""Did you mean: the names nearest to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable

LIMIT = 3
"""More than three suggestions help nobody."""


def nearest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates that `name` may be a slip of, nearest first; one alone where it is clearly the nearest.

    A slip is a third of the letters at most (one in a short name; a change of case is none), or a name that
    begins or ends with the other. Distance is Damerau's: letters put in, left out, changed, or exchanged with
    their neighbour.
    """
    found = []
    allowed = min(max(1, len(name) // 3), len(name) - 1)
    for candidate in dict.fromkeys(candidates):
        if candidate == name:
            continue
        away = distance(name.lower(), candidate.lower(), allowed)
        if away <= allowed:
            found.append((away, candidate))
        elif contains(name, candidate):
            found.append((allowed, candidate))
    found.sort()
    if not found:
        return ()
    best = found[0][0]
    return tuple(candidate for away, candidate in found if away == best)[:LIMIT]


def contains(name: str, candidate: str) -> bool:
    """Whether the one is a beginning or an end, of three letters or more, of the other."""
    shorter, longer = sorted((name.lower(), candidate.lower()), key=len)
    return len(shorter) >= 3 and (longer.startswith(shorter) or longer.endswith(shorter))


def distance(one: str, other: str, limit: int) -> int:
    """Damerau's distance (restricted: no letter is moved twice), or `limit + 1` where it is larger."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, match in enumerate(other, start=1):
            cost = 0 if letter == match else 1
            best = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost)
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == match
            if swapped:
                best = min(best, before[column - 2] + 1)
            current.append(best)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return previous[-1]


def did_you_mean(names: tuple[str, ...]) -> str | None:
    """A question that offers the names, or None where there are none."""
    return f"did you mean {' or '.join(f'`{name}`' for name in names)}?" if names else None
