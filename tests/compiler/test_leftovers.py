"""What a killed process left beside its output goes with the next write; what a living one writes stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sotc.compiler import leftovers
from sotc.compiler.leftovers import clear_leftovers, name_beside
from sotc.compiler.writing import write_text

KILLED = """
import os, signal, sys
from sotc.compiler.writing import text_beside
with text_beside(sys.argv[1]) as stream:
    stream.write("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_write_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    place = tmp_path / "tracker.of mine.sotx"
    place.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(place)], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = set(left_in(tmp_path)) - {place.name}
    assert left.startswith(".tracker.of mine-") and left.endswith(".sotx")
    assert place.read_text() == "old"
    write_text(tmp_path / "other.sotx", "another output's leftovers are left alone")
    assert left in left_in(tmp_path)
    write_text(place, "new")
    assert left_in(tmp_path) == ["other.sotx", place.name]
    assert place.read_text() == "new"


def test_what_somebody_is_writing_stays(tmp_path: Path) -> None:
    """A living process's file: this one's, and one of process 1, which always lives and is another user's as a rule."""
    place = tmp_path / "a.txt"
    mine = name_beside(place)
    first = tmp_path / mine.name.replace(f"-{os.getpid()}-", "-1-")
    strangers = [
        tmp_path / name for name in (".a-b.txt", ".a.txt", f"{mine.name}.txt", ".a-00000000-999-12345678.txt")
    ]
    for path in (mine, first, *strangers):
        path.write_text("x")
    clear_leftovers(place)
    assert all(path.exists() for path in (mine, first, *strangers))


@pytest.mark.parametrize("name", ["a.txt", "a", ".hidden", "x" * 200 + ".txt", "a+b (1).txt"])
def test_any_name_is_found_again(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = name_beside(tmp_path / name)
    left.write_text("x")
    assert left.name.endswith(Path(name).suffix)
    monkeypatch.setattr(leftovers, "is_alive", lambda process: process != os.getpid())
    clear_leftovers(tmp_path / name)
    assert left_in(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    clear_leftovers(tmp_path / "none" / "a.txt")
    assert list(tmp_path.iterdir()) == [], "nothing is made, and nothing is raised"
