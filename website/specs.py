"""The pages of the trackers that ship: those of `make zoo`, with papers, parts, measured speed and a picture."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..specs import locate, names
from ..view.html import html
from ..view.picture import picture
from ..view.svg import svg
from .components import listed, source_of
from .links import ROOT
from .markdown import code, fenced, prose, table
from .page import Page, page
from .trackers import checked, uses_in

PAPER = re.compile(r"\(((?:[^()]*[;,:] )?[A-Z][^();]*?\b(?:19|20)\d\d)\b")
"""What stands in parentheses up to a year: `Ye et al., ECCV 2022`."""
REPOSITORY = re.compile(r"\bgithub\.com/[\w.-]+/[\w-]+")
GRAPH = re.compile(r"^## The graph\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BENCHMARKS = "benchmarks"


def spec_of(page: str) -> str | None:
    """The tracker that a page of the site is about."""
    found = re.fullmatch(r"zoo/(\w+)\.md", page)
    return found[1] if found and found[1] in names() else None


@cache
def drawings() -> tuple[Page, ...]:
    """Of each tracker that ships, its graph: as a picture, and as a page to look around in."""
    return tuple(page for name in names() for page in drawn(name))


def drawn(name: str) -> Iterator[Page]:
    found = checked(name)
    graph = found.expect()
    yield Page(f"zoo/{name}.svg", svg(picture(graph)))
    yield Page(f"zoo/{name}_graph.html", html(graph, found.sources))


def unmeasured_pages() -> Iterator[Page]:
    """A page for each tracker for which `make zoo` has not written one yet."""
    for name in names():
        if (ROOT / "docs" / "zoo" / f"{name}.md").is_file():
            continue
        text = Path(locate(name)).read_text(encoding="utf-8")
        lines = [
            f"# {name}",
            "",
            prose(doc_of(name)),
            "",
            f"It was not measured yet: {code(f'make zoo SPECS={name}')}.",
        ]
        yield page(f"zoo/{name}.md", *lines, "\n## The spec", *fenced(text, "sot"))


def spec_page(name: str, text: str) -> str:
    """The page of a tracker: what `make zoo` wrote, with what else the site knows of it."""
    title, _, rest = text.partition("\n")
    intro, _, sections = GRAPH.sub("", rest).strip("\n").partition("\n## ")
    lines = [
        title,
        *("", intro.strip("\n"), ""),
        *origin_lines(name),
        *graph_lines(name),
        f"\n## {sections}",
        *part_lines(name),
        *speed_lines(name),
    ]
    return "\n".join(lines) + "\n"


def origin_lines(name: str) -> Iterator[str]:
    """The papers and repositories that a spec names."""
    text = doc_of(name)
    papers = list(dict.fromkeys(" ".join(paper.split()) for paper in PAPER.findall(text)))
    repositories = list(dict.fromkeys(REPOSITORY.findall(text)))
    if papers:
        yield f"- **Paper{'s' if len(papers) > 1 else ''}**: {prose('; '.join(papers))}"
    if repositories:
        links = ", ".join(f"[{address}](https://{address})" for address in repositories)
        yield f"- **Original code**: {links}"
    yield ""


def doc_of(name: str) -> str:
    """The text at the top of a spec."""
    found = checked(name)
    text = found.sources.read(found.sources.paths()[0])
    quoted = re.match(r'\s*"""(.*?)"""', text, re.DOTALL)
    return inspect.cleandoc(quoted[1]) if quoted else ""


def graph_lines(name: str) -> Iterator[str]:
    yield "\n## The graph\n"
    yield (
        "Blue is known at the first frame, orange in every frame, purple in training only; a dashed line ties the uses "
        f"of one part. [Look around in it]({name}_graph.html): open parts, search, see settings and shapes.\n"
    )
    yield f"[![The graph of {name}]({name}.svg)]({name}_graph.html)"
    yield ""


def part_lines(name: str) -> Iterator[str]:
    """The components of a tracker, with the papers behind them."""
    used = {use.component for use in uses_in(name)}
    rows = (
        (code(found.name), found.category, prose(source_of(found.doc)[1]))
        for found in listed()
        if found.name in used
    )
    yield "\n## What it is made of\n"
    yield from table(("component", "category", "source"), rows)


def speed_lines(name: str) -> Iterator[str]:
    """The figures of the benchmarks that are about a tracker, machine by machine."""
    yield "\n## How fast it is\n"
    measured = False
    for path in sorted((ROOT / "docs" / BENCHMARKS).glob("*.md")):
        text = path.read_text(encoding="utf-8")
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if section is None:
            continue
        measured = True
        machine = text.partition("\n")[0].removeprefix("# Benchmarks: ")
        link = f"../{BENCHMARKS}/{path.name}#{name}"
        yield f"{machine}, one thread; [all figures, and how they were measured]({link}).\n"
        yield section[1].strip("\n").partition("\n\n|  | targets |")[0]
        yield ""
    if not measured:
        yield (
            "What a step takes with random weights stands above, under *What it costs*; `make bench` does not measure "
            f"it further. `sotc bench {name}` does, where you are."
        )
