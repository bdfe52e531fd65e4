"""The house rules that a machine can hold: ruff, mypy, lengths, and nothing that names a machine."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "dsl",
    "components",
    "compiler",
    "runtime",
    "view",
    "server",
    "measure",
    "importers",
    "evaluation",
    "cli",
    "specs",
    "website",
)

LONGEST_FILE = 700
LONGEST_FUNCTION = 60

MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users)/\w")
"""A path that exists on somebody's machine only."""

TEXTS = {".py", ".sot", ".md", ".toml", ".txt", ".lark", ".yml", ".yaml", ".cfg", ".err", ".svg"}


def kept_files(*suffixes: str) -> list[Path]:
    """Files of the repository: nothing below a folder with a dot, and nothing that running leaves behind."""
    left_behind = {"build", "dist", "out", "__pycache__"}
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.suffix in suffixes
        and path.is_file()
        and not any(
            part.startswith(".") or part in left_behind or part.endswith(".egg-info")
            for part in path.relative_to(ROOT).parts
        )
    ]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_ruff_finds_nothing() -> None:
    done = run(sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


def test_everything_is_formatted() -> None:
    done = run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".")
    assert done.returncode == 0, done.stdout


def test_mypy_finds_nothing(tmp_path: Path) -> None:
    """Strict, over all rooms. mypy wants a folder that is called as the package, so it sees one through a link."""
    (tmp_path / "sotc").symlink_to(ROOT, target_is_directory=True)
    packages = [argument for room in ROOMS for argument in ("-p", f"sotc.{room}")]
    done = run(
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
        *packages,
        MYPYPATH=str(tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_files_and_functions_stay_short(room: str) -> None:
    long = []
    for path in kept_files(".py"):
        if path.relative_to(ROOT).parts[0] != room:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{name}: {text.count(chr(10))} lines; a file past {LONGEST_FILE} holds two ideas")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{name}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_nothing_names_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in [*kept_files(*TEXTS), ROOT / "Makefile", ROOT / ".ci" / "run"]
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if MACHINE.search(line)
    ]
    assert found == []


def test_every_module_says_what_it_is() -> None:
    """A docstring at the top of every file of the package that has code."""
    silent = []
    for path in kept_files(".py"):
        if path.relative_to(ROOT).parts[0] in ROOMS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if tree.body and ast.get_docstring(tree) is None:
                silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_annotations_are_not_evaluated() -> None:
    missing = [
        str(path.relative_to(ROOT))
        for path in kept_files(".py")
        if path.relative_to(ROOT).parts[0] in ROOMS
        and (tree := ast.parse(path.read_text(encoding="utf-8"))).body
        and any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
        and "from __future__ import annotations" not in path.read_text(encoding="utf-8")
    ]
    assert missing == []
