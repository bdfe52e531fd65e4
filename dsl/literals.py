"""What literals stand for: strings, numbers and docstrings, from text to value and back."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_WRITTEN = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_NEEDS_ESCAPE = re.compile('[\\x00-\\x1f\\x7f-\\x9f"\\\\\u2028\u2029\ufeff\ud800-\udfff]')
LONGEST_NUMBER = 400
"""in characters; the largest float has 309 digits"""


def string_value(text: str) -> str:
    r"""The value of a string as written, quotes included. Escapes: `\n \t \r \" \\ \uXXXX`."""
    closed = len(text) > 1 and text.endswith(text[0])
    return _ESCAPE.sub(_unescape, text[1:-1] if closed else text[1:])


def string_text(value: str) -> str:
    """A string as it is written in a spec."""
    return '"' + _NEEDS_ESCAPE.sub(_escape, value) + '"'


def bad_escapes(text: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each escape in a string that means nothing."""
    for match in _ESCAPE.finditer(text):
        if len(match[1]) == 1 and match[1] not in _NAMED:
            yield match.start(), match[0]


def number_value(text: str) -> int | float:
    """The value of a number as written; zero where it has none (that is reported elsewhere)."""
    if not is_number(text):
        return 0
    return float(text) if any(mark in text for mark in ".eE") else int(text)


def is_number(text: str) -> bool:
    """Whether this is written as a number and is one that a computer holds."""
    if len(text) > LONGEST_NUMBER:
        return False
    if not re.fullmatch(r"[0-9](_?[0-9])*(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9]+)?", text):
        return False
    return math.isfinite(float(text))


def docstring_value(text: str) -> str:
    """The text of a docstring: quotes, common indentation and blank lines around it taken off."""
    content = text[3:-3] if len(text) >= 6 and text.endswith('"""') else text[3:]
    lines = content.replace("\r\n", "\n").split("\n")
    rest = textwrap.dedent("\n".join(lines[1:])).split("\n")
    cleaned = [line.rstrip() for line in (lines[0].strip(), *(rest if len(lines) > 1 else ()))]
    return "\n".join(cleaned).strip()


def docstring_text(value: str, indent: str = "") -> str:
    """A docstring as it is written in a spec, its lines but the first indented."""
    lines = value.split("\n")
    body = "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])])
    if len(lines) > 1:
        return f'"""{body}\n{indent}"""'
    # A quote at the end would run into the closing three.
    return f'"""{body} """' if body.endswith('"') else f'"""{body}"""'


def _unescape(match: re.Match[str]) -> str:
    what = match[1]
    if len(what) > 1:
        return chr(int(what[1:], 16))
    return _NAMED.get(what, match[0])


def _escape(match: re.Match[str]) -> str:
    return _WRITTEN.get(match[0]) or f"\\u{ord(match[0]):04x}"
