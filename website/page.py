"""What is written for the site: a path in it and a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page in Markdown, or a file that is copied as it is (a picture)."""

    path: str
    """below the root of the site, POSIX; `.md` for a page"""
    text: str
    title: str = ""
    """in the navigation; none for the first page of a part of the site"""
    section: str = ""
    """the group that it stands in there"""


def page(path: str, *lines: str, title: str = "", section: str = "") -> Page:
    """A page of these lines."""
    return Page(path, "\n".join(lines).strip("\n") + "\n", title, section)
