"""Every snippet of the README and the guide, run in the order of its page.

What stands after the language on a fence says what is done with a snippet:

- ```` ```sot ````           a whole file: it must check clean
- ```` ```sot file=a.sot ```` the same, and it is written to that file first (```` ```python file=... ````, too)
- ```` ```sot fails=SOT402 ```` it must have exactly these errors
- ```` ```sot body ````      statements of a tracker: they must parse
- ```` ```python ````        run; a page's snippets share their names
- ```` ```sh ````            run by bash, in a folder that the page's snippets share
- ```` ```sh setup ````      commands for make alone: their targets must exist
- `needs=nanotrackv2.pth`    skipped where that stored file is absent, else it is brought into the folder
- `slow`                     skipped but with --slow
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sotc.dsl.formatter import format_text
from sotc.dsl.parser import parse

from .served_sotc import ServedSotc

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


class Interpreter:
    """A child process that runs a page's Python, so that its components register nowhere else. Started when needed."""

    LOOP = (
        "import json, sys, traceback\n"
        "names = {'__name__': '__main__'}\n"
        "for line in sys.stdin:\n"
        "    text, place = json.loads(line)\n"
        "    try:\n"
        "        exec(compile(text, place, 'exec'), names)\n"
        "        failure = ''\n"
        "    except BaseException:\n"
        "        failure = traceback.format_exc()\n"
        "    print('\\x00' + json.dumps(failure), flush=True)\n"
    )

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cached_property
    def process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-u", "-c", self.LOOP],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, snippet: Snippet) -> str:
        """What went wrong; nothing where all went well."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([snippet.text, snippet.place]) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("\x00"):
                failure = json.loads(line[1:])
                assert isinstance(failure, str)
                return failure
        return "the interpreter ended"

    def close(self) -> None:
        if "process" not in vars(self):
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=SECONDS)
        self.process.stdout.close()


CHECK = """
import sotc as _sotc
_found = _sotc.check({name!r}, allow_python=True)
_codes = sorted(_finding.code for _finding in _found.diagnostics if _finding.is_error)
assert _codes == {codes!r}, _found.report()
"""


def check_sot(snippet: Snippet, folder: Path, interpreter: Interpreter) -> None:
    if "body" in snippet.marks:
        found = parse(f"tracker Snippet {{\n{snippet.text}\n}}\n", snippet.place).diagnostics
        assert not [finding.title for finding in found if finding.is_error], snippet.place
        return
    name = snippet.marks.get("file", "snippet.sot")
    (folder / name).write_text(snippet.text, encoding="utf-8")
    codes = sorted(code for code in snippet.marks.get("fails", "").split(",") if code)
    failure = interpreter.run(replace(snippet, text=CHECK.format(name=name, codes=codes)))
    assert failure == "", f"{snippet.place}\n{failure}"
    laid_out = format_text(snippet.text, name)
    assert laid_out.text == snippet.text, f"{snippet.place} is not laid out as `sotc fmt` does"


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
        ServedSotc(Path(folder)) as served,
    ):  # a short path, as sockets want
        yield served.programs


@pytest.mark.parametrize("page", PAGES, ids=[path.name for path in PAGES])
def test_the_snippets_of_a_page_do_what_it_says(
    page: Path, tmp_path: Path, programs: Path, request: pytest.FixtureRequest
) -> None:
    interpreter = Interpreter(tmp_path)
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
                failure = interpreter.run(snippet)
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
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
