"""What is wrong with a built site: links and anchors that lead nowhere, and anything fetched from a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"script", "img", "source", "iframe", "video", "audio", "embed"}
"""Elements whose `src` a browser reads by itself."""
NAMED = {"canonical", "prev", "next", "alternate"}
"""What a `link` only names; anything else of one is read, too."""

NOT_FOUND = "404.html"
"""What a server shows for a page that is not there; its links begin at the server's root."""


@dataclass
class Seen(HTMLParser):
    """The anchors, links and fetched files of one page."""

    anchors: set[str] = field(default_factory=set)
    links: dict[str, bool] = field(default_factory=dict)
    """each with whether the browser fetches it by itself"""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs).get("rel") in NAMED
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src", "data"):
                fetched = (tag == "link" and not named) or (name == "src" and tag in FETCHED)
                self.links[value] = fetched or self.links.get(value, False)
            elif name == "srcset":
                self.links |= {one.split()[0]: True for one in value.split(",") if one.strip()}


def problems(site: Path) -> Iterator[str]:
    """A sentence for each, in the order of pages and links. `site` is the folder of the built site."""
    pages = {path: seen(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for link, fetched in page.links.items() if path.name != NOT_FOUND else ():
            wrong = wrong_with(link, fetched, path, pages)
            if wrong is not None:
                yield f"{path.relative_to(site).as_posix()}: `{link}` {wrong}"


def seen(path: Path) -> Seen:
    found = Seen()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def wrong_with(link: str, fetched: bool, path: Path, pages: dict[Path, Seen]) -> str | None:
    """What is wrong with one link of the page at `path`, or None."""
    parts = urlsplit(link)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return "is fetched from a network" if fetched else None
    target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return "leads to no file"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
        return "leads to no such place on that page"
    return None
