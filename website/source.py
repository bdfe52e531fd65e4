"""A page for each file of the repository that others link to: its text, with an anchor at each line."""

from __future__ import annotations

from pathlib import PurePosixPath

from .links import ROOT, site_path
from .markdown import fenced
from .page import Page

LANGUAGES = {".py": "python", ".sot": "sot", ".toml": "toml", ".md": "markdown"}

FRONT = """---
search:
  exclude: true
hide:
  - toc
---
"""
"""Found by what links to it, not by search."""


def source_page(path: str) -> Page:
    """The page of a file, its path below the root of the repository."""
    text = (ROOT / path).read_text(encoding="utf-8")
    language = LANGUAGES.get(PurePosixPath(path).suffix, "text")
    lines = [f"# {path}", *fenced(text, language, 'linenums="1"')]
    return Page(site_path(path), FRONT + "\n".join(lines) + "\n", title=path)


def line_anchor(line: str) -> str:
    """Where a line stands on such a page: as pymdownx's `anchor_linenums` names it in the first block of a page."""
    return f"#__codelineno-0-{line}"
