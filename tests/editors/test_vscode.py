"""The extension for VS Code is built with packages of npm, packaged, and its grammar tried on every shipped spec."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from sotc.specs import FOLDER

ROOT = Path(__file__).resolve().parent.parent.parent
EXTENSION = ROOT / "editors" / "vscode"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the extension, with its packages installed and itself packaged."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("extension") / "vscode"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
    installed = run(folder, "npm", "install", "--no-audit", "--no-fund")
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install here: {installed.stderr[-300:]}")
    packaged = run(folder, "npm", "run", "package")
    assert packaged.returncode == 0, packaged.stdout + packaged.stderr
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def test_it_is_packaged_whole(built: Path) -> None:
    with zipfile.ZipFile(built / "sotc.vsix") as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("extension/package.json"))
    wanted = [manifest["main"], manifest["contributes"]["grammars"][0]["path"]]
    wanted += [
        manifest["contributes"]["snippets"][0]["path"],
        "language-configuration.json",
        *(f"icons/{name}.svg" for name in ("sot-light", "const", "init", "step", "train")),
        "out/stages.js",
    ]
    for path in wanted:
        assert f"extension/{path.removeprefix('./')}" in names
    assert "extension/node_modules/vscode-languageclient/package.json" in names
    assert not any(name.endswith(".ts") and "/src/" in name and "node_modules" not in name for name in names)


def test_the_grammar_colours_every_spec(built: Path) -> None:
    specs = sorted(str(path) for path in FOLDER.rglob("*.sot"))
    shutil.copy(ROOT / "tests" / "editors" / "tokens.js", built / "tokens.js")
    done = run(built, "node", "tokens.js", str(EXTENSION / "syntaxes" / "sot.tmLanguage.json"), *specs)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == specs
    for path, tokens in found.items():
        bare = [text for text, scope in tokens if scope == "source.sot" and text.strip(" {}()[],:.?")]
        assert bare == [], path
        text = Path(path).read_text(encoding="utf-8")
        scopes = {scope for _, scope in tokens}
        if "tracker " in text and " extends " not in text:
            assert ["tracker", "keyword.declaration.sot"] in tokens
            assert "variable.other.declaration.sot" in scopes and "support.class.component.sot" in scopes
