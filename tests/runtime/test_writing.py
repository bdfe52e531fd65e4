"""Outputs appear whole or not at all: after an error, a full disk, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sotc.compiler.writing import check_place
from sotc.runtime.errors import WriteError
from sotc.runtime.writing import text_beside, write_bytes, write_text, written_beside


def test_bytes_and_text(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.bin", b"\x00\xff")
    write_text(tmp_path / "a.txt", "grün\r\nx\n")
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "a.txt").read_bytes() == "grün\r\nx\n".encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "a.txt"]


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "out" / "demo" / "a.txt", "x")
    assert (tmp_path / "out" / "demo" / "a.txt").read_text() == "x"


def test_a_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("x")
    write_text(tmp_path / "a.txt", "x")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "boxes.txt"
    path.write_text("old")
    with text_beside(path) as stream:
        stream.write("new\n")
        assert path.read_text() == "old"
    assert path.read_text() == "new\n"


@pytest.mark.parametrize(
    "problem", [ValueError("x"), KeyboardInterrupt(), SystemExit(1), OSError("of another kind")]
)
def test_nothing_is_left_after_an_exception(tmp_path: Path, problem: BaseException) -> None:
    path = tmp_path / "boxes.txt"
    path.write_text("old")
    with pytest.raises(type(problem)) as caught, text_beside(path) as stream:
        stream.write("half\n")
        raise problem
    assert caught.value is problem
    assert [found.name for found in tmp_path.iterdir()] == ["boxes.txt"]
    assert path.read_text() == "old"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_device_is_written_to(tmp_path: Path) -> None:
    write_text(os.devnull, "x")
    assert not Path(os.devnull).is_file()


def test_a_full_device() -> None:
    with pytest.raises(WriteError, match="`/dev/full` cannot be written: the disk is full") as caught:
        write_text("/dev/full", "x")
    assert caught.value.code == "SOT813"
    assert "make room" in caught.value.remedy


def test_a_full_device_line_by_line() -> None:
    with pytest.raises(WriteError, match="the disk is full"), text_beside("/dev/full") as stream:
        for _ in range(10_000):
            stream.write("198,214,34,81\n")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("folder", "is a folder"),
        ("file/boxes.txt", "a file stands where a folder is needed"),
        ("x" * 300 + "/boxes.txt", "file name too long"),
    ],
)
def test_places_that_cannot_be(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match=message) as caught:
        write_text(tmp_path / place, "x")
    assert caught.value.remedy
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WriteError, match="no permission"):
            write_text(tmp_path / "a.txt", "x")
    finally:
        tmp_path.chmod(0o700)


def test_a_nameless_result_is_told(tmp_path: Path) -> None:
    """A block that writes nothing to the path it was given is told as a failure to write."""
    with pytest.raises(WriteError, match="cannot be written"), written_beside(tmp_path / "a.txt"):
        pass


FULL = """
import resource, sys
from pathlib import Path
from sotc.compiler.writing import check_place
from sotc.runtime.errors import WriteError
from sotc.runtime.writing import text_beside, write_bytes

def lines(path):
    with text_beside(path) as stream:
        for _ in range(10_000):
            stream.write("198,214,34,81\\n")

resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
place = Path(sys.argv[1])
for name, body in (
    ("bytes", lambda: write_bytes(place / "a.bin", bytes(100_000))),
    ("lines", lambda: lines(place / "a.txt")),
):
    try:
        body()
    except WriteError as error:
        print(name, error.message, [path.name for path in place.iterdir()])
"""


def test_no_room_leaves_nothing(tmp_path: Path) -> None:
    """A process that may write 50 kB a file: the system refuses as it does on a full disk."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines() == [
        f"bytes `{tmp_path}/a.bin` cannot be written: the disk is full []",
        f"lines `{tmp_path}/a.txt` cannot be written: the disk is full []",
    ]


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started deaf to it
from sotc.runtime.writing import text_beside
with text_beside(sys.argv[1]) as stream:
    stream.write("half\\n")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_ctrl_c_cleans_up(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "boxes.txt")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        assert len(list(tmp_path.iterdir())) == 1, "something is being written"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/a.txt", "file/more/a.txt", f"{'x' * 300}.txt"])
def test_what_cannot_be_written_is_known_before(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match="cannot be written"):
        check_place(tmp_path / name)


def test_a_folder_that_takes_no_files_is_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also that of a folder which is still to be made; a file that is there may be written by itself."""
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    for name in ("a.txt", "new/folder/a.txt"):
        with pytest.raises(WriteError, match="no permission"):
            check_place(tmp_path / name)


def test_where_there_is_room_nothing_is_said_nor_made(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "a.txt")
    assert list(tmp_path.iterdir()) == []
