"""What must start at once imports nothing heavy, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SPEC = "tracker Small {\n    template = SiameseCrop { size = 127 }\n}\n"

REPORT = """
import sys
from sotc.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    print("EXIT", end.code, file=sys.stderr)
print("HEAVY", sorted(set(sys.modules) & {heavy!r}), file=sys.stderr)
"""


def loaded(arguments: list[str], heavy: set[str], folder: Path) -> str:
    """What a command leaves among the modules, of those that are heavy."""
    code = REPORT.format(arguments=arguments, heavy=heavy)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "EXIT 0" in done.stderr, done.stderr
    return done.stderr.split("HEAVY ")[1].strip()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["track", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert loaded(arguments, {"torch", "rich", "networkx", "numpy", "lark", "cv2"}, tmp_path) == "[]"


def test_fmt_imports_neither_torch_nor_networkx(tmp_path: Path) -> None:
    (tmp_path / "small.sot").write_text(SPEC)
    assert loaded(["fmt", "small.sot"], {"torch", "networkx", "numpy", "cv2"}, tmp_path) == "[]"


@pytest.mark.parametrize("arguments", [["explain"], ["explain", "SOT401"]])
def test_explain_imports_neither_torch_nor_networkx(arguments: list[str], tmp_path: Path) -> None:
    assert loaded(arguments, {"torch", "networkx", "numpy", "lark", "cv2"}, tmp_path) == "[]"


def test_the_package_itself_is_light(tmp_path: Path) -> None:
    code = (
        "import sys, sotc; print(sorted(set(sys.modules) & {'torch', 'rich', 'networkx', 'lark', 'numpy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_language_knows_no_torch(tmp_path: Path) -> None:
    """Every module of `dsl` imported, as a language server at its start."""
    code = (
        "import importlib, pkgutil, sys, sotc.dsl\n"
        "for module in pkgutil.walk_packages(sotc.dsl.__path__, 'sotc.dsl.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted(set(sys.modules) & {'torch', 'networkx', 'numpy', 'click', 'sotc.components'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
