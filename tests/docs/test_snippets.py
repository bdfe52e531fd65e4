"""Every snippet of the README and the guide, run in the order of its page.

What stands after the language on a fence says what is done with a snippet:

- ```` ```sot ````           a whole file: it must check clean
- ```` ```sot file=a.sot ```` the same, and it is written to that file first (```` ```python file=... ````, too)
- ```` ```sot in=a.sot ```` lines of a tracker: they are added to the first one of that file, by `extends`
- ```` ```sot fails=SOT402 ```` it must have exactly these errors (`warns=SOT901`: these warnings)
- ```` ```sot body ````      statements of a tracker: they must parse
- ```` ```python ````        run; a page's snippets share their names
- ```` ```sh ````            run by bash, in a folder that the page's snippets share
- ```` ```sh setup ````      commands for make alone: their targets must exist
- `loose`                  laid out by hand, and not as `sotc fmt` does
- `needs=nanotrackv2.pth`    skipped where that stored file is absent, else it is brought into the folder
- `slow`                     skipped but with --slow
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sotc.dsl.formatter import format_text
from sotc.dsl.parser import parse

from .page_python import Interpreter, page_python
from .served_sotc import served_sotc

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("SOTC_DATA", ROOT.parent / "shared" / "data"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
FENCE = re.compile(
    r"^(?P<mark>`{3,})(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=mark)[ ]*$", re.MULTILINE | re.DOTALL
)
SECONDS = 300


@dataclass(frozen=True)
class Snippet:
    page: str
    line: int
    language: str
    marks: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(path: Path) -> Iterator[Snippet]:
    page = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(page):
        language, *words = found["info"].split() or [""]
        marks = {name: value for name, _, value in (word.partition("=") for word in words)}
        yield Snippet(path.name, page.count("\n", 0, found.start()) + 1, language, marks, found["text"])


CHECK = """
import sotc as _sotc
_found = _sotc.check({name!r}, allow_python=True)
for _is_error, _wanted in {wanted!r}:
    _codes = sorted(_finding.code for _finding in _found.diagnostics if _finding.is_error == _is_error)
    assert _codes == _wanted, _found.report() or "nothing was found"
"""


def wanted_codes(snippet: Snippet) -> list[tuple[bool, list[str]]]:
    """The codes of errors, and those of warnings where the snippet names them."""
    marks = {True: snippet.marks.get("fails", ""), False: snippet.marks.get("warns")}
    return [
        (is_error, sorted(filter(None, mark.split(","))))
        for is_error, mark in marks.items()
        if mark is not None
    ]


def whole(snippet: Snippet, folder: Path) -> str:
    """The text of a file: the snippet's, or that of a variant with its lines."""
    base = snippet.marks.get("in")
    if base is None:
        return snippet.text
    tracker = re.search(r"^tracker (\w+)", (folder / base).read_text(encoding="utf-8"), re.MULTILINE)
    assert tracker is not None, f"{snippet.place}: {base} has no tracker"
    lines = textwrap.indent(snippet.text, "    ")
    return f'use "{base}" {{ {tracker[1]} }}\n\ntracker Snippet extends {tracker[1]} {{\n{lines}}}\n'


def check_sot(snippet: Snippet, folder: Path, interpreter: Interpreter) -> None:
    if "body" in snippet.marks:
        found = parse(f"tracker Snippet {{\n{snippet.text}\n}}\n", snippet.place).diagnostics
        assert not [finding.title for finding in found if finding.is_error], snippet.place
        return
    name = snippet.marks.get("file", "snippet.sot")
    text = whole(snippet, folder)
    (folder / name).write_text(text, encoding="utf-8")
    failure = interpreter.run(CHECK.format(name=name, wanted=wanted_codes(snippet)), snippet.place)
    assert failure == "", f"{snippet.place}\n{failure}"
    is_laid_out = "loose" in snippet.marks or format_text(text, name).text == text
    assert is_laid_out, f"{snippet.place} is not laid out as `sotc fmt` does"


def run_shell(snippet: Snippet, folder: Path, programs: Path) -> None:
    if "setup" in snippet.marks:
        for line in snippet.text.splitlines():
            command = line.partition("#")[0].split()
            assert command[:1] == ["make"], f"{snippet.place}: {line}"
            assert re.search(rf"^{command[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line
        return
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", snippet.text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=SECONDS,
    )
    wanted = int(snippet.marks.get("exits", "0"))
    assert done.returncode == wanted, f"{snippet.place}\n{done.stdout}{done.stderr}"


def bring(snippet: Snippet, folder: Path) -> bool:
    """Whether what the snippet needs is there, or could be brought."""
    name = snippet.marks.get("needs")
    if name is None or (folder / name).exists():
        return True
    found = next(iter(sorted(DATA.rglob(name))), None)
    if found is not None:
        shutil.copyfile(found, folder / name)
    return found is not None


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    """A folder with `sotc` for the shell."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served_sotc(Path(folder)) as found,
    ):  # a short path, as sockets want
        yield found


@pytest.fixture(scope="module")
def interpreter_in() -> Iterator[Callable[[Path], Interpreter]]:
    """What begins the Python of a page in its folder."""
    with tempfile.TemporaryDirectory() as folder, page_python(Path(folder)) as found:
        yield found


@pytest.mark.parametrize("page", PAGES, ids=[path.name for path in PAGES])
def test_the_snippets_of_a_page_do_what_it_says(
    page: Path,
    tmp_path: Path,
    programs: Path,
    interpreter_in: Callable[[Path], Interpreter],
    request: pytest.FixtureRequest,
) -> None:
    interpreter = interpreter_in(tmp_path)
    try:
        for snippet in snippets(page):
            is_left_out = "slow" in snippet.marks and not request.config.getoption("--slow")
            if is_left_out or not bring(snippet, tmp_path):
                continue
            if snippet.language == "sot":
                check_sot(snippet, tmp_path, interpreter)
            elif snippet.language == "sh":
                run_shell(snippet, tmp_path, programs)
            elif "file" in snippet.marks:
                place = tmp_path / snippet.marks["file"]
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(snippet.text, encoding="utf-8")
            elif snippet.language == "python":
                failure = interpreter.run(snippet.text, snippet.place)
                assert failure == "", f"{snippet.place}\n{failure}"
    finally:
        interpreter.close()


def test_every_fence_names_a_language() -> None:
    """A fence without one would be run by nobody, and nobody would know."""
    known = {"sot", "sh", "python", "toml", "text", "mermaid"}
    silent = [snippet.place for page in PAGES for snippet in snippets(page) if snippet.language not in known]
    assert silent == []


def test_links_within_the_repository_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in [*PAGES, ROOT / "CONTRIBUTING.md"]
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCE.sub("", page.read_text(encoding="utf-8")))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
