"""The cache: found again, never half-written, never fatal."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sotc.compiler.compiled import Options
from sotc.compiler.driver import Source
from sotc.compiler.programs import StageProgram
from sotc.measure.cache import cache_folder, key_of, read_entry, write_entry

from .small import PLAIN, STATEFUL, source

VALUE = {"chosen": "eager", "trials": []}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOTC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def quiet(line: str) -> None:
    raise AssertionError(line)


def test_what_is_kept_is_found(folder: Path) -> None:
    assert read_entry("a", quiet) is None
    write_entry("a", VALUE, quiet)
    assert read_entry("a", quiet) == VALUE
    assert read_entry("b", quiet) is None
    assert [path.name for path in folder.iterdir()] == ["a.json"]


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOTC_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "sotc"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert cache_folder() == tmp_path / "me" / ".cache" / "sotc"
    monkeypatch.setenv("SOTC_CACHE", "")
    assert cache_folder() is None
    write_entry("a", VALUE, quiet)
    assert read_entry("a", quiet) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"format": 1}', b'{"format": 99, "value": {}}', b"[" * 100_000],
)
def test_what_cannot_be_read_is_noted_and_made_anew(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "a.json").write_bytes(content)
    notes: list[str] = []
    assert read_entry("a", notes.append) is None
    assert "cannot be read and is made anew" in notes[0]
    write_entry("a", VALUE, quiet)
    assert read_entry("a", quiet) == VALUE


def test_what_cannot_be_written_is_noted(folder: Path) -> None:
    folder.write_text("a file in the folder's place")
    notes: list[str] = []
    write_entry("a", VALUE, notes.append)
    assert "cannot be kept" in notes[0]


def test_a_writer_that_is_killed_leaves_it_sound(folder: Path) -> None:
    """A process writes entry after entry and is killed at some moment: whatever is there can be read."""
    program = """
        import os
        from sotc.measure.cache import write_entry
        print("begun", flush=True)
        number = 0
        while True:
            number += 1
            write_entry("a", {"number": number, "filling": "x" * 200000}, print)
    """
    for wait in (0.0, 0.013, 0.031):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, env=dict(os.environ)
        )
        assert child.stdout is not None
        child.stdout.readline()
        while not (folder / "a.json").is_file():
            time.sleep(0.005)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found = read_entry("a", quiet)
        assert found is not None
        assert len(found["filling"]) == 200000
    assert "number" in json.loads((folder / "a.json").read_text())["value"]


def test_a_key_is_of_all_that_counts() -> None:
    plain = source(PLAIN)
    again = with_step(plain, copy.deepcopy(plain.programs["step"]))
    changed = copy.deepcopy(plain.programs["step"])
    next(value for value in changed.module.buffers() if value.is_floating_point()).add_(1)
    key = key_of(plain, Options())
    assert key == key_of(again, Options())
    others = [
        key_of(with_step(plain, changed), Options()),
        key_of(source(STATEFUL), Options()),
        key_of(plain, Options(precision="bf16")),
        key_of(plain, Options(targets=2)),
        key_of(plain, Options(), 10.0),
    ]
    assert len({key, *others}) == 6


def with_step(source: Source, step: StageProgram) -> Source:
    return replace(source, programs={**source.programs, "step": step})
