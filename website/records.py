"""Pages that the repository has elsewhere than in docs/, and the list of decisions."""

from __future__ import annotations

from collections.abc import Iterator

from .links import MOVED, ROOT
from .markdown import table
from .page import Page, page

DECISIONS = "decisions"

WIDE = """---
hide:
  - navigation
---
"""
"""These pages stand alone in their part of the site."""


def repository_pages() -> Iterator[Page]:
    """README, CONTRIBUTING and CHANGELOG."""
    for path, site in MOVED.items():
        if path.endswith(".md"):
            yield Page(site, WIDE + (ROOT / path).read_text(encoding="utf-8"))


def decision_pages() -> Iterator[Page]:
    """The list of decisions; each has its page in docs/."""
    rows = []
    for path in sorted((ROOT / "docs" / DECISIONS).glob("[0-9]*.md")):
        number, _, title = heading(path.read_text(encoding="utf-8")).partition(" ")
        rows.append((number, f"[{title}]({path.name})"))
    lines = [
        "# Decisions",
        "",
        "Why things are as they are, half a page each.",
        *table(("", "decided"), rows),
    ]
    yield page(f"{DECISIONS}/index.md", *lines)


def heading(text: str) -> str:
    """A page's first line, without its marks."""
    return text.partition("\n")[0].lstrip("# ").strip()
