"""The page of an error code: what it means, an example that fails, and the same mended."""

from __future__ import annotations

import re
from importlib.resources import files

CODE = re.compile(r"SOT\d{3}")


def page(code: str) -> str | None:
    """The Markdown of the page for a code (`SOT301`, `sot301` or `301`), or None where there is none."""
    name = code.upper().removeprefix("SOT")
    if not re.fullmatch(r"\d{3}", name):
        return None
    found = files(__package__) / "pages" / f"SOT{name}.md"
    return found.read_text(encoding="utf-8") if found.is_file() else None


def codes() -> tuple[str, ...]:
    """All codes that have a page."""
    folder = files(__package__) / "pages"
    if not folder.is_dir():
        return ()
    names = (entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md"))
    return tuple(sorted(name for name in names if CODE.fullmatch(name)))


def title(code: str) -> str:
    """The first line of a code's page, without the code: one line for a list."""
    text = page(code) or ""
    first = text.partition("\n")[0].removeprefix("#").strip()
    return first.removeprefix(code).lstrip(": ").strip()
