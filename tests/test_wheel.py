"""The wheel, built and installed apart: a forgotten subpackage or grammar file cannot ship."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "dsl",
    "components",
    "compiler",
    "runtime",
    "measure",
    "importers",
    "evaluation",
    "view",
    "server",
    "cli",
    "specs",
)
LEFT_BEHIND = shutil.ignore_patterns(
    ".*", "__pycache__", "build", "dist", "out", "*.egg-info", "tests", "docs", "*.tmp"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tree, without network and without leaving anything in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    done = subprocess.run(
        [*pip, "--wheel-dir", str(folder), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a new environment with this wheel in it; what it depends on is lent by the present one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    scripts = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet")
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # A path line only: the lender's own path files, its editable sotc among them, are not followed.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def run(scripts: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    return subprocess.run(
        [str(scripts / command[0]), *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_everything_that_the_rooms_hold_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    held = {
        f"sotc/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert held - packed == set()
    assert {"sotc/__init__.py", "sotc/py.typed"} <= packed


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    packed = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[1] for name in packed if name.startswith("sotc/")}
    assert tops == {*ROOMS, *(path.name for path in ROOT.glob("*.py")), "py.typed"}
    assert {name.split("/")[0].rpartition(".")[2] for name in packed} == {"sotc", "dist-info"}


def test_the_licence_comes_along(wheel: Path) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_a_spec_is_checked_by_name_from_another_folder(scripts: Path, tmp_path: Path) -> None:
    where = run(scripts, tmp_path, "python", "-c", "import sotc; print(sotc.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(scripts.parent), where.stdout + where.stderr
    done = run(scripts, tmp_path, "sotc", "check", "nanotrack_v2")
    assert (done.returncode, done.stdout.strip()) == (0, "nanotrack_v2: no errors"), done.stdout + done.stderr


def test_pages_and_grammar_are_found(scripts: Path, tmp_path: Path) -> None:
    page = run(scripts, tmp_path, "sotc", "explain", "SOT401")
    assert page.returncode == 0 and "SOT401" in page.stdout, page.stderr
    (tmp_path / "a.sot").write_text("tracker A {\n  x=1\n}\n")
    done = run(scripts, tmp_path, "sotc", "fmt", "a.sot")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.sot").read_text() == "tracker A {\n    x = 1\n}\n"


def test_a_new_spec_is_written_and_checks_clean(scripts: Path, tmp_path: Path) -> None:
    assert run(scripts, tmp_path, "sotc", "new", "my_tracker").returncode == 0
    done = run(scripts, tmp_path, "sotc", "check", "my_tracker.sot")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_artifact_is_compiled_and_opened_without_torch(scripts: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the backend onnx is not installed")
    options = ("-o", "filter.sotx", "--backend", "onnx", "--no-gate")
    done = run(scripts, tmp_path, "sotc", "compile", "correlation_filter", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    opened = run(scripts, tmp_path, "python", "-c", OPENED)
    assert opened.stdout.strip() == "(1, 4) False", opened.stdout + opened.stderr


OPENED = """
import sys, numpy, sotc
frames = numpy.random.default_rng(0).integers(0, 255, (2, 120, 160, 3), numpy.uint8)
session = sotc.load("filter.sotx").start(frames[0], (60, 40, 30, 20))
print(session.step(frames[1]).boxes.shape, "torch" in sys.modules)
"""
