"""Small pieces of Markdown: tables, fences, text of docstrings, and what of a page is prose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

FENCE = re.compile(r"^(?P<indent>[ >]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
"""A span of code: what stands between two runs of as many backticks."""
SPECIAL = re.compile(r"([\\*_\[\]|#])")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, an empty one before and after."""
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell(text) for text in row)} |"
    yield ""


def cell(text: str) -> str:
    """A text that stays within its place in a table: on one line, with no `|` but in code, where it is a sign."""
    line = re.sub(r"\s*\n\s*", " ", text).strip()
    return outside(CODE, line, lambda part: re.sub(r"(?<!\\)\|", r"\|", part))


def code(text: str) -> str:
    """A span of code, whatever is in the text; nothing of nothing."""
    if not text:
        return ""
    mark = "``" if "`" in text else "`"
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{room}{text}{room}{mark}"


def prose(text: str) -> str:
    """A docstring's text as Markdown: spans of code as they are, `*` and `[N, C]` as signs, `->` as one arrow."""
    return outside(
        CODE,
        text,
        lambda part: SPECIAL.sub(r"\\\1", part.replace("&", "&amp;")).replace("->", "→").replace("<", "&lt;"),
    )


def fenced(text: str, language: str, options: str = "") -> Iterator[str]:
    """The lines of a block of code, within a fence that the text does not contain."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    mark = "`" * (longest + 1)
    yield ""
    yield f"{mark}{language}{f' {options}' if options else ''}"
    yield text.rstrip("\n")
    yield mark
    yield ""


def outside(skipped: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed that lies between what is skipped."""
    parts: list[str] = []
    end = 0
    for found in skipped.finditer(text):
        parts += [change(text[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, change(text[end:])])


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """A page in pieces, each with its kind: `prose`, `fence` (the line that opens a block of code), `code`.

    Put together again they are the page. The line that closes a block belongs to its code.
    """
    prose: list[str] = []
    code: list[str] = []
    closing = ""
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line.rstrip("\n"))
        if closing:
            code.append(line)
            if fence and fence["mark"].startswith(closing) and not fence["info"].strip():
                yield "code", "".join(code)
                code, closing = [], ""
        elif fence:
            yield "prose", "".join(prose)
            yield "fence", line
            prose, closing = [], fence["mark"]
        else:
            prose.append(line)
    yield ("code", "".join(code)) if closing else ("prose", "".join(prose))
