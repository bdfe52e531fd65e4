"""Where the site has what a page links to: pages of docs/ stay, other files of the repository get a page."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .markdown import FENCE, pieces

ROOT = Path(__file__).resolve().parent.parent
"""of the repository"""

MOVED: Mapping[str, str] = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "specs": "zoo.md",
    "docs/decisions": "decisions/index.md",
    "docs/benchmarks": "benchmarks/README.md",
}
"""Files and folders of the repository that are pages of the site."""

SPEC = re.compile(r"specs/(\w+)\.sot")
ERROR = re.compile(r"dsl/pages/(SOT\d{3})\.md")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
"""A link that leaves the repository, or stays on its page."""

PIECE = re.compile(
    r"(?P<link>!?\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\))"
    r"|^(?P<heading>#.*)$"
    r"|(?P<code>(?P<mark>`+)(?!`)(?P<inner>.+?)(?<!`)(?P=mark)(?!`))",
    re.MULTILINE,
)
"""What is looked at in prose: links and images, headings (to pass over), spans of code."""


def site_path(path: str) -> str:
    """Where the site has a file or folder of the repository. Paths are POSIX, below the root of either."""
    if path in MOVED:
        return MOVED[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if found := ERROR.fullmatch(path):
        return f"errors/{found[1]}.md"
    if found := SPEC.fullmatch(path):
        return f"zoo/{found[1]}.md"
    return f"source/{path}.md"


def repository_path(page: str) -> str:
    """Where the repository has a page of the site, as far as links in it go."""
    back = {site: path for path, site in MOVED.items() if path.endswith(".md")}
    return back.get(page, f"docs/{page}")


def relative(target: str, page: str) -> str:
    """A link from `page` to another page or file of the site; `target` may end in `#anchor`."""
    path, mark, anchor = target.partition("#")
    return f"{posixpath.relpath(path, posixpath.dirname(page) or '.')}{mark}{anchor}"


def repository_target(target: str, page: str) -> str | None:
    """The file or folder that a link in a page of docs/ means, or None where it means none of the repository."""
    if ELSEWHERE.match(target):
        return None
    folder = posixpath.dirname(repository_path(page))
    path = posixpath.normpath(posixpath.join(folder, target.partition("#")[0]))
    return path if not path.startswith("..") and (ROOT / path).exists() else None


def moved(target: str, page: str) -> str:
    """The same link as the site has it. What leads nowhere stays as it is, for the build to complain of."""
    path = repository_target(target, page)
    if path is None:
        return target
    return relative(f"{site_path(path)}{''.join(target.partition('#')[1:])}", page)


def sources(text: str, page: str) -> Iterator[str]:
    """Files of the repository that a page links to and that are no pages yet."""
    prose = "".join(piece for kind, piece in pieces(text) if kind == "prose")
    for found in PIECE.finditer(prose):
        path = repository_target(found["target"], page) if found["link"] else None
        if path is not None and (ROOT / path).is_file() and site_path(path).startswith("source/"):
            yield path


def connected(text: str, page: str, known: Mapping[str, str]) -> str:
    """A page whose links lead to where the site has things, with known names in code linked to their pages.

    `known`: pages of the site by what stands in code (`ResNet`, `SOT214`, `sotc track`).
    """

    def led(found: re.Match[str]) -> str:
        if found["link"]:
            bang = "!" if found["link"].startswith("!") else ""
            return f"{bang}[{found['text']}]({moved(found['target'], page)})"
        target = meant(found["inner"] or "", known)
        if target is None or target.partition("#")[0] == page:
            return found.group()
        return f"[{found.group()}]({relative(target, page)})"

    changes: Mapping[str, Callable[[str], str]] = {
        "prose": lambda prose: PIECE.sub(led, prose),
        "fence": plain_fence,
    }
    return "".join(changes.get(kind, str)(piece) for kind, piece in pieces(text))


def meant(text: str, known: Mapping[str, str]) -> str | None:
    """The page of a name in code, or of the command that a line begins with."""
    if not text.startswith("sotc "):
        return known.get(text)
    words = text.split()
    return next((known[" ".join(words[:n])] for n in (3, 2) if " ".join(words[:n]) in known), None)


def plain_fence(line: str) -> str:
    """The line that opens a block of code, for a reader: without notes to our tests, a file's name as its title."""
    fence = FENCE.match(line.rstrip("\n"))
    assert fence is not None
    language, *notes = fence["info"].split() or [""]
    if any(note.startswith(("title=", "linenums=")) for note in notes):
        return line
    title = "".join(f' title="{note.removeprefix("file=")}"' for note in notes if note.startswith("file="))
    return f"{fence['indent']}{fence['mark']}{language}{title}\n"
