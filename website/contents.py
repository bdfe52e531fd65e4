"""All that is generated for the site, and its place in the navigation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from ..specs import names
from .commands import command_pages, known_commands
from .components import component_pages, known_components, listed
from .errors import error_pages, known_errors
from .links import ROOT, sources
from .page import Page
from .records import decision_pages, repository_pages
from .source import source_page
from .specs import drawings, unmeasured_pages

NavItem: TypeAlias = "str | dict[str, str | list[NavItem]]"
"""As mkdocs.yml writes it: a path, or a title with a path or with a list."""

MORE = "/*"
"""In mkdocs.yml `components/*` stands for the pages of that part that are named nowhere else there."""

ASSETS = Path(__file__).parent / "assets"


def generated() -> tuple[Page, ...]:
    """Every page and picture that docs/ does not hold, with those of the files that others link to."""
    pages = [
        *repository_pages(),
        *component_pages(),
        *error_pages(),
        *command_pages(),
        *decision_pages(),
        *drawings(),
        *unmeasured_pages(),
    ]
    written = [(page.path, page.text) for page in pages if page.path.endswith(".md")]
    return (*pages, *(source_page(path) for path in files_linked([*written, *docs_pages()])))


def docs_pages() -> Iterator[tuple[str, str]]:
    """The pages that docs/ holds: their paths there and their texts."""
    folder = ROOT / "docs"
    for path in sorted(folder.rglob("*.md")):
        yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def files_linked(written: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Files of the repository that get a page of their own: those linked to, those of components, and blocks."""
    linked = {path for page, text in written for path in sources(text, page)}
    linked |= {found.place.partition(":")[0] for found in listed()}
    linked |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "specs" / "blocks").glob("*.sot")}
    return tuple(sorted(linked))


@cache
def known() -> Mapping[str, str]:
    """Pages by the names that lead to them wherever they stand in code."""
    return {
        **known_components(),
        **known_errors(),
        **known_commands(),
        **{name: f"zoo/{name}.md" for name in names()},
    }


def expanded(nav: list[NavItem], pages: Iterable[Page]) -> list[NavItem]:
    """The navigation with every `part/*` in it replaced by the pages of that part."""
    return expanded_items(nav, list(pages), frozenset(named(nav)))


def expanded_items(items: list[NavItem], pages: list[Page], taken: frozenset[str]) -> list[NavItem]:
    done: list[NavItem] = []
    for item in items:
        if not isinstance(item, str):
            for title, inner in item.items():
                done.append({title: inner if isinstance(inner, str) else expanded_items(inner, pages, taken)})
        elif item.endswith(MORE):
            done += part(item.removesuffix(MORE), pages, taken)
        else:
            done.append(item)
    return done


def named(nav: Iterable[NavItem]) -> Iterator[str]:
    """Every path that a navigation names."""
    for item in nav:
        if isinstance(item, str):
            yield item
        else:
            for inner in item.values():
                yield from [inner] if isinstance(inner, str) else named(inner)


def part(name: str, pages: Iterable[Page], taken: frozenset[str]) -> list[NavItem]:
    """The pages of one part: of docs/ those that are named nowhere else, of what is generated group by group."""
    if name == "zoo":
        return [{spec: f"zoo/{spec}.md"} for spec in names()]
    if (ROOT / "docs" / name).is_dir():
        return [path for path, _ in docs_pages() if path.startswith(f"{name}/") and path not in taken]
    mine = [page for page in pages if page.path.startswith(f"{name}/") and page.title]
    groups: dict[str, list[NavItem]] = {}
    for page in mine:
        groups.setdefault(page.section, []).append({page.title: page.path})
    return [{title: items} for title, items in groups.items()]
