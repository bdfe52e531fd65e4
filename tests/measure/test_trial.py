"""A backend that brings its process down is told as one, and `auto` goes on to the next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.compiled import Options
from sotc.compiler.driver import build
from sotc.measure import trial
from sotc.measure import tune as tuning
from sotc.measure.trial import CrashError, tried_apart
from sotc.measure.tune import tune

from .small import clip, source

CRASHES = {
    "signal 6, SIGABRT": "import os; os.abort()",
    "signal 11, SIGSEGV": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
}


def exchange(package: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let child processes, and no others, import another package of this name."""
    (folder / f"{package}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.parametrize("how", sorted(CRASHES))
def test_auto_goes_on_without_one_that_crashes(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    exchange("onnxruntime", CRASHES[how], tmp_path, monkeypatch)
    monkeypatch.setattr(tuning, "BACKENDS", ("eager", "onnx"))
    monkeypatch.setattr(tuning, "MOST_ROUNDS", tuning.FEWEST_ROUNDS)
    notes: list[str] = []
    found = tune(source(), Options(), clip(), None, 60, notes.append)
    assert found.order == ("eager",)
    said = f"it crashed ({how})"
    assert {one.backend: one.note for one in found.trials} == {"eager": None, "onnx": said}
    assert f"onnx: {said}" in notes


def test_what_fails_without_crashing_is_left_to_the_process_that_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    exchange("onnxruntime", "raise ImportError('broken')", tmp_path, monkeypatch)
    tried = tried_apart(source().plan, BuildOptions(), "onnx", clip())
    compiled = build(source(), Options(backend="onnx"), None, tried)
    assert compiled.engine.backend == "onnx"


def test_one_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    exchange("onnxruntime", "import time; time.sleep(60)", tmp_path, monkeypatch)
    monkeypatch.setattr(trial, "SECONDS", 1.0)
    tried = tried_apart(source().plan, BuildOptions(), "onnx", clip())
    with pytest.raises(CrashError, match="did not end") as caught:
        build(source(), Options(backend="onnx"), None, tried)
    assert caught.value.code == "SOT612"


def test_sound_programs_make_their_steps_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    members = build(source(), Options(backend="onnx")).members
    asked: list[str] = []

    def listed(backend: str, folder: Path) -> None:
        script = f"import sys; from pathlib import Path; from sotc.measure.trial import run; run(Path({str(folder)!r}))"
        done = subprocess.run(
            [sys.executable, "-c", f"{script}; print('torch' in sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
        )
        asked.append(done.stdout.strip())

    monkeypatch.setattr(trial, "refuse_crash", listed)
    tried_apart(source().plan, BuildOptions(), "onnx", clip())(members)
    assert asked == ["False"]
