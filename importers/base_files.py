"""A config of OpenMMLab with the files that it builds upon, merged as MMCV merges them."""

from __future__ import annotations

import os
from pathlib import Path

from .config_text import read_config
from .errors import BaseConfigError, UnreadableConfigError
from .python_config import bases_of, parse_python, read_module
from .table import Table

DELETE = "_delete_"
"""A key of a table that says: what the base holds under this name does not count."""

MOST_FILES = 100


def load_config(path: str) -> Table:
    """What a config and its bases hold. Raises ConfigError."""
    try:
        return loaded(os.path.normpath(path), None, (), {})
    except RecursionError:
        raise UnreadableConfigError(
            f"{path}: its values are nested too deep", "name the config file of a tracker"
        ) from None


def loaded(path: str, asked_by: str | None, chain: tuple[str, ...], known: dict[str, Table]) -> Table:
    """One file over its bases; `chain` are the files that led here, `known` those that were read, each once."""
    refuse_circle(path, asked_by, chain)
    if path in known:
        return known[path]
    text = read_config(path, asked_by)
    module = parse_python(text, path)
    names, line = bases_of(module, text, path)
    base = Table()
    for name in names:
        place = f"{path}:{line}"
        base = joined(base, loaded(beside(path, name, place), place, (*chain, path), known), place)
    known[path] = merged(base, read_module(module, text, path, base))
    return known[path]


def refuse_circle(path: str, asked_by: str | None, chain: tuple[str, ...]) -> None:
    same = [before for before in chain if os.path.realpath(before) == os.path.realpath(path)]
    if same:
        raise BaseConfigError(
            f"{asked_by}: `_base_` goes round in a circle: {' -> '.join([*chain[chain.index(same[0]) :], path])}",
            "let one of these files stand by itself",
        )
    if len(chain) > MOST_FILES:
        raise BaseConfigError(
            f"{asked_by}: more than {MOST_FILES} files build on one another",
            "write the values in fewer files",
        )


def beside(path: str, name: str, place: str) -> str:
    """The path of a base, which is named from the folder of the file that builds on it."""
    if "::" in name or "://" in name:
        raise BaseConfigError(
            f"{place}: `{name}` lies in an installed package or on the net, where nothing is looked for",
            "copy that file here, and name it by its path",
        )
    return os.path.normpath(Path(path).parent / name)


def joined(one: Table, other: Table, place: str) -> Table:
    """Two bases side by side. Raises BaseConfigError where both hold a name, as MMCV does."""
    twice = sorted(name for name in other if name in one)
    if twice:
        raise BaseConfigError(
            f"{place}: two files of `_base_` hold `{twice[0]}`: {one.places[twice[0]]} and {other.places[twice[0]]}",
            "leave one of the two files out, or let the one build on the other",
        )
    return Table({**one, **other}, {**one.places, **other.places})


def merged(base: Table, over: Table) -> Table:
    """A table laid over another: tables within are merged in turn, anything else replaces.

    `_delete_=True` in a table says that what stood in its place before does not count.
    """
    return laid_over(base, over, {})


def laid_over(base: Table | None, over: Table, done: dict[tuple[int, int], Table]) -> Table:
    """`merged`, each pair of tables once: a table may stand in many places, and within itself many times over."""
    key = (id(base), id(over))
    if key in done:
        return done[key]
    result = Table() if base is None else Table(base, base.places)
    for name, value in over.items():
        if name == DELETE:
            continue
        if isinstance(value, Table):
            old = result.get(name)
            keeps = isinstance(old, Table) and not value.get(DELETE)
            value = laid_over(old if keeps else None, value, done)
        result[name] = value
        result.places[name] = over.places[name]
    done[key] = result
    return result
