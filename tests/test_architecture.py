"""Who may import whom, held by reading every import statement, those within functions and for types included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ROOMS = {
    "dsl": set(),
    "components": set(),
    "compiler": {"dsl", "components"},
    "specs": {"dsl", "compiler"},
    "runtime": {"compiler", "dsl", "components"},
    "view": {"compiler", "dsl", "components"},
    "measure": {"compiler", "runtime", "dsl", "components"},
    "importers": {"dsl", "components", "compiler"},
    "evaluation": {"compiler", "runtime", "dsl", "components", "specs"},
    "server": {"dsl", "components", "compiler", "specs"},
    "cli": {
        "dsl",
        "components",
        "compiler",
        "runtime",
        "view",
        "measure",
        "importers",
        "evaluation",
        "specs",
        "server",
    },
    "website": {"dsl", "components", "compiler", "view", "specs", "cli"},
}
"""Each room, and the rooms that it may import: those that its data has passed before."""

LIBRARIES = {
    "torch": {"components", "compiler", "runtime", "measure", "evaluation", "cli"},
    "lark": {"dsl"},
    "networkx": {"compiler", "view"},
    "rich": {"cli", "view", "measure", "evaluation"},
    "click": {"cli", "website"},
    "cv2": {"components", "runtime", "measure", "evaluation"},
    "safetensors": {"compiler"},
    "matplotlib": {"evaluation"},
    "optuna": {"evaluation"},
    "trax": {"evaluation"},
    "timm": {"components"},
    "yaml": {"importers"},
    "mkdocs": {"website"},
    "pygls": {"server"},
    "lsprotocol": {"server"},
}
"""Libraries that are let into some rooms only."""


def files_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute names of all modules that a file of the package imports, with their lines."""
    package = ("sotc", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield module, node.lineno
            # `from .. import components` names a room only in what it imports
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names if module == "sotc")


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "sotc" and len(parts) > 1 and parts[1] in ROOMS else None


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_before_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in files_of(room)
        for module, line in imported_modules(path)
        for other in [room_of(module)]
        if other is not None and other != room and other not in ROOMS[room]
    ]
    assert wrong == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_stays_in_its_rooms(library: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room in ROOMS
        if room not in LIBRARIES[library]
        for path in files_of(room)
        for module, line in imported_modules(path)
        if module.split(".")[0] == library
    ]
    assert wrong == []


def test_every_folder_with_code_is_a_known_room() -> None:
    """A new room takes its place in the table above, and so in who may import whom."""
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders - {"tests"} == set(ROOMS)


def test_the_reader_of_imports_sees_all_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "view"
    folder.mkdir()
    file = folder / "sample.py"
    file.write_text(
        "import torch.nn\nfrom .. import components\nfrom ..dsl.span import Span\nfrom .svg import svg\n"
        "def f():\n    from ..cli import app\n"
    )
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    found = {module for module, _ in imported_modules(file)}
    assert found == {"torch.nn", "sotc", "sotc.components", "sotc.dsl.span", "sotc.view.svg", "sotc.cli"}
    assert {room_of(module) for module in found} == {None, "components", "dsl", "view", "cli"}
