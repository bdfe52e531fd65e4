"""A page for each error code, and one of all by family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..dsl.explain import codes, page, title
from .markdown import table
from .page import Page
from .page import page as page_of

INDEX = "errors/index.md"

FAMILIES: Mapping[str, str] = {
    "1": "Syntax",
    "2": "Types and shapes",
    "3": "Composition",
    "4": "Components and imports",
    "5": "Stages",
    "6": "Lowering",
    "7": "Weights",
    "8": "Files and data",
    "9": "Lint",
}
"""By the first figure of a code."""


def path_of(code: str) -> str:
    return f"errors/{code}.md"


def known_errors() -> dict[str, str]:
    """The page of each code."""
    return {code: path_of(code) for code in codes()}


def family(code: str) -> str:
    """`SOT214` -> `2xx Types and shapes`."""
    first = code.removeprefix("SOT")[0]
    return f"{first}xx {FAMILIES[first]}"


def error_pages() -> Iterator[Page]:
    """The index, and the page of each code, which `sotc explain` shows in the terminal."""
    yield page_of(INDEX, *index())
    for code in codes():
        yield Page(path_of(code), page(code) or "", title=f"{code} {title(code)}", section=family(code))


def index() -> Iterator[str]:
    yield "# Errors"
    yield ""
    yield (
        "Every message of sotc about a mistake has a code. `sotc explain CODE` shows its page in the terminal; these "
        "are the same. Where a spec is at fault, a page has one that fails and the same one mended."
    )
    for name in dict.fromkeys(family(code) for code in codes()):
        yield f"\n## {name}"
        rows = ((f"[{code}]({code}.md)", title(code)) for code in codes() if family(code) == name)
        yield from table(("code", "what is wrong"), rows)
