"""The window: what it shows and which keys it hears, on a display that nobody sees; and what is told without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.report.entrant import open_entrants
from sotc.evaluation.report.errors import PlayError
from sotc.evaluation.report.scene import Scene, scene_of
from sotc.evaluation.report.window import portable_pixmap, show

tkinter = pytest.importorskip("tkinter", reason="this Python has no windows")


@pytest.fixture(scope="module")
def scene(place: Path) -> Scene:
    return scene_of(
        open_entrants([str(place / "results")]), open_dataset(place / "own.csv", only=["beta"]).sequences[0]
    )


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """A display in memory: the environment of a process that is to see it."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("there is no Xvfb, which is a display that nobody sees")
    command = [server, "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield {**os.environ, "DISPLAY": f":{process.stdout.readline().strip()}"}
        process.terminate()


def test_pictures_are_as_tk_reads_them() -> None:
    frame = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert portable_pixmap(frame[:, ::-1]) == b"P6 3 2 255\n" + frame[:, ::-1].tobytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
def test_without_a_display_there_is_a_message(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    with pytest.raises(PlayError, match="no window can be opened") as told:
        show(scene, 30)
    assert "-o FILE.mp4" in told.value.remedy


def test_without_tkinter_there_is_a_message(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(PlayError, match="this Python lacks") as told:
        show(scene, 30)
    assert "python3-tk" in told.value.remedy


PLAY = """
import sys
from sotc.cli import main
from sotc.evaluation.report.window import Window

put, shown = Window.put, []

def watched(self, frame):
    put(self, frame)
    shown.append((self._shown.width(), self._shown.height()))

Window.put = watched
main(["play", "results", "beta", "--rate", "200"], standalone_mode=False)
assert len(shown) == 4, shown
assert all(0 < width <= 576 and 0 < height <= 432 for width, height in shown), "larger than the screen"
"""

KEYS = """
import numpy as np
from sotc.evaluation.report.window import opened

with opened("keys") as window:
    root = window._root
    press = lambda key: root.event_generate(f"<Key-{key}>")
    window.put(np.full((40, 60, 3), 200, np.uint8))
    assert window.waited(0.0), "nothing holds it"
    root.focus_force()
    root.update()
    press("space")
    assert window._held
    root.after(50, lambda: press("Right"))
    assert window.waited(0.0) and window._held, "one frame on, and still held"
    root.after(50, lambda: press("space"))
    assert window.waited(0.0) and not window._held, "it goes on"
    press("q")
    assert not window.waited(0.0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [PLAY, KEYS], ids=["play", "keys"])
def test_on_a_display(place: Path, display: dict[str, str], program: str) -> None:
    """In a process of its own: Tk ends one whose display goes."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=place, env=display, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
