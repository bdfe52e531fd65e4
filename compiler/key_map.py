"""How the names of a foreign checkpoint become ours: the file `NAME.keys.toml` beside a spec."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from .alias import Alias, read_aliases
from .weight_errors import KeyMapError

SUFFIX = ".keys.toml"

NAMES = ("source", "ignore", "rename")
"""What tells the names of one kind of checkpoint; a file has one such, and further ones as `[[map]]`."""

SECTIONS = (*NAMES, "map", "alias")


@dataclass(frozen=True)
class Rename:
    """`pattern` -> `replacement`: each `*` is one dotted word, a `*` at the end all the rest.

    The n-th `*` of the replacement stands for what the n-th `*` of the pattern met.
    """

    pattern: str
    replacement: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        return expression_of(self.pattern)

    def apply(self, name: str) -> str | None:
        """The new name, or None where the pattern does not meet this one."""
        met = self.expression.fullmatch(name)
        if met is None:
            return None
        words = iter(met.groups())
        return re.sub(r"\*", lambda _: next(words), self.replacement)


@dataclass(frozen=True)
class KeyMap:
    """The names of one kind of checkpoint, and what of it the spec has no use for.

    A name is left out where an `ignore` pattern meets it, else renamed by the first of `renames` that meets
    it, else kept as it is.
    """

    renames: tuple[Rename, ...] = ()
    ignore: tuple[str, ...] = ()
    source: str = ""
    """where such checkpoints come from"""
    others: tuple[KeyMap, ...] = ()
    """maps of other kinds of checkpoints for the same spec"""
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    """what the original calls values of the spec, for `sotc verify`"""

    @cached_property
    def ignored(self) -> tuple[re.Pattern[str], ...]:
        return tuple(expression_of(pattern) for pattern in self.ignore)

    def rename(self, name: str) -> str | None:
        """Our name for a name of the checkpoint; None where it is to be left out."""
        if any(pattern.fullmatch(name) for pattern in self.ignored):
            return None
        renamed = (rename.apply(name) for rename in self.renames)
        return next((new for new in renamed if new is not None), name)


def expression_of(pattern: str) -> re.Pattern[str]:
    """A pattern with `*` as a regular expression with a group for each."""
    *inner, last = pattern.split("*")
    end = "(.+)" if inner and last == "" else ""
    text = r"([^.]+)".join(re.escape(piece) for piece in (inner if end else [*inner, last]))
    return re.compile(text + end)


def key_map_of(spec: str | os.PathLike[str]) -> KeyMap | None:
    """The key map beside a spec (`a.sot` -> `a.keys.toml`), or None where there is none."""
    path = Path(spec).with_suffix("")
    path = path.with_name(path.name + SUFFIX)
    return read_key_map(path) if path.is_file() else None


def read_key_map(path: str | os.PathLike[str]) -> KeyMap:
    """Read a key map: `source`, a list `ignore` of patterns, and a table `rename` of patterns in order.

    The same three again, under `[[map]]`, are for checkpoints of another kind; `alias` is a table of names.
    Raises KeyMapError, which names what is wrong in it.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyMapError(f"the key map `{path}` cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, too many digits, nested too deep
        raise KeyMapError(f"the key map `{path}` is no TOML: {error}") from error
    refuse_unknown(table, SECTIONS, path)
    maps = table.get("map", [])
    if not isinstance(maps, list) or not all(isinstance(other, dict) for other in maps):
        raise KeyMapError(
            f"`map` in the key map `{path}` must be a list of tables", "write [[map]] above each"
        )
    for other in maps:
        refuse_unknown(other, NAMES, path)
    return replace(
        names_of(table, path),
        others=tuple(names_of(other, path) for other in maps),
        aliases=read_aliases(table.get("alias", {}), path),
    )


def refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], path: str | os.PathLike[str]) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise KeyMapError(
            f"the key map `{path}` has an unknown entry `{unknown[0]}`", f"it may have {', '.join(known)}"
        )


def names_of(table: Mapping[str, Any], path: str | os.PathLike[str]) -> KeyMap:
    """One kind of checkpoint: its `source`, `ignore` and `rename`."""
    ignore, rename, source = table.get("ignore", []), table.get("rename", {}), table.get("source", "")
    if not isinstance(ignore, list) or not all(isinstance(pattern, str) for pattern in ignore):
        raise KeyMapError(f"`ignore` in the key map `{path}` must be a list of patterns")
    if not isinstance(rename, dict) or not all(isinstance(new, str) for new in rename.values()):
        raise KeyMapError(
            f"`rename` in the key map `{path}` must be a table of patterns",
            'put names with dots in quotes: "backbone.features.*" = "backbone.*"',
        )
    return KeyMap(renames_of(rename, path), tuple(ignore), str(source))


def renames_of(table: Mapping[str, str], path: str | os.PathLike[str]) -> tuple[Rename, ...]:
    """The patterns of a table, each with no more `*` in the new name than in the old one."""
    for old, new in table.items():
        if new.count("*") > old.count("*"):
            raise KeyMapError(f"in the key map `{path}`, `{new}` has more `*` than `{old}`, which it renames")
    return tuple(Rename(old, new) for old, new in table.items())
