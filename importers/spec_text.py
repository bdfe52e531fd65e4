"""Pieces of the text of a spec, and the whole of it, laid out as `sotc fmt` does."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..dsl.formatter import format_text
from ..dsl.literals import docstring_text, string_text

WIDTH = 116
"""Columns of a comment."""

MOST = 1000
"""Elements of a value that is written out."""


class NotWritableError(Exception):
    """A value that the language has no literal for."""


@dataclass(frozen=True)
class Raw:
    """A piece of a spec as it is: a name or an expression, not a text."""

    text: str


def literal(value: Any) -> str:
    """A value as it is written in a spec. Raises NotWritableError."""
    return _literal(value, [MOST])


def _literal(value: Any, left: list[int]) -> str:
    left[0] -= 1
    if left[0] < 0:
        raise NotWritableError
    match value:
        case Raw(text):
            return text
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**300:
            return str(value)
        case float() if abs(value) < 1e300:
            return repr(value)
        case str() if len(value) <= MOST:
            return string_text(value)
        case list() | tuple():
            return f"[{', '.join(_literal(item, left) for item in value)}]"
    raise NotWritableError


def component(name: str, settings: Mapping[str, Any] | None = None) -> str:
    """`SiameseCrop { size = 127 }`; a setting that is None is not written, one that a name stands for is short."""
    written = [
        key if value == Raw(key) else f"{key} = {literal(value)}"
        for key, value in (settings or {}).items()
        if value is not None
    ]
    return f"{name} {{ {', '.join(written)} }}" if written else name


def weighted(weight: float | None, loss: str) -> str:
    """`1.2 * L1Loss(...)`; without the weight where the config does not say one."""
    return loss if weight is None else f"{number(weight)} * {loss}"


def number(value: float) -> str:
    """A number without the dust of binary fractions: 4 * 1.2 is 4.8."""
    return repr(float(f"{value:.12g}"))


@dataclass(frozen=True)
class Spec:
    """A tracker to be written: what it uses, its docstring, and the lines of its body."""

    name: str
    doc: str
    body: str
    uses: Sequence[str] = ()
    comments: Sequence[str] = ()
    """at the top of the file"""
    base: str | None = None
    """the tracker that it extends"""


def spec_text(spec: Spec) -> str:
    """The whole file. Its layout is the formatter's; text that does not parse is our mistake."""
    head = [line for text in spec.comments for line in comment_lines(text)]
    body = textwrap.indent(textwrap.dedent(spec.body).strip("\n"), "    ")
    doc = docstring_text(spec.doc)
    extends = "" if spec.base is None else f" extends {spec.base}"
    tracker = f"{doc}\ntracker {spec.name}{extends} {{\n{body}\n}}"
    parts = ["\n".join(head), "\n".join(spec.uses), tracker]
    laid_out = format_text("\n\n".join(part for part in parts if part) + "\n", "imported.sot")
    errors = [finding.title for finding in laid_out.diagnostics if finding.is_error]
    assert not errors, f"the imported spec does not parse: {errors}"
    return laid_out.text


def comment_lines(text: str) -> list[str]:
    """A comment of one or several lines; the further ones are indented."""
    plain = " ".join(text.split())
    lines = textwrap.wrap(
        plain, WIDTH - 2, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return [f"# {printable(line)}" for line in lines]


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def without_quotes(text: str) -> str:
    """A text that may stand in a docstring, of which three quotes would be the end."""
    return printable(text).replace('"', "'").replace("\\", "/")


def camel_case(name: str) -> str:
    """A file's name as the name of a tracker: `stark_st2` -> `StarkSt2`."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name).split()
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Tracker{joined}"


def component_names(body: str) -> frozenset[str]:
    """The components that statements name: a tracker is called otherwise."""
    return frozenset(re.findall(r"\b[A-Z][A-Za-z0-9_]*", body))


def named(words: Iterable[str]) -> str:
    """`a, b and c`, for messages."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
