"""The container: written whole or not at all, whenever the writer is killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from sotc.compiler.archive import write_archive

WRITER = """
import sys
from sotc.compiler.archive import write_archive
members = {f"programs/{number}": bytes([number]) * 2_000_000 for number in range(8)}
print("ready", flush=True)
while True:
    write_archive(sys.argv[1], members)
"""

MEMBERS = {f"programs/{number}": bytes([number]) * 2_000_000 for number in range(8)}


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_writer_that_is_killed_at_any_moment(tmp_path: Path) -> None:
    """The artifact is complete whenever one looks, and what a killed writer left does not hinder the next."""
    path = tmp_path / "a.sotx"
    chance = random.Random(0)
    caught_writing = 0
    for _ in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.1))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert not path.exists() or content(path) == MEMBERS
        caught_writing += any(place != path for place in tmp_path.iterdir())
    assert caught_writing > 0, "it was killed while writing"
    write_archive(path, {"spec/a.sot": b"new"})
    assert content(path) == {"spec/a.sot": b"new"}


def test_the_same_members_give_the_same_bytes(tmp_path: Path) -> None:
    """In whichever order they are given."""
    members = {"b": b"2", "a": b"1", "programs/c": b"3"}
    write_archive(tmp_path / "one.sotx", members)
    write_archive(tmp_path / "two.sotx", dict(reversed(members.items())))
    assert (tmp_path / "one.sotx").read_bytes() == (tmp_path / "two.sotx").read_bytes()
