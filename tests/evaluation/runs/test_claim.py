"""Claims on a folder of results: held by one run, shared by shards, given up however a run ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sotc.evaluation.runs.claim import claimed, claimed_file
from sotc.evaluation.runs.errors import BusyError
from sotc.evaluation.runs.shard import WHOLE, Shard

FIRST, SECOND = Shard(1, 2), Shard(2, 2)

HOLD = """\
import sys
from pathlib import Path
from sotc.evaluation.runs.claim import claimed

with claimed(Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, at work in the folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "mine\n"
        yield process


def test_a_folder_at_work_is_refused_until_it_is_given_up(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    """The message says who is at it; a process that is killed gives it up, though its file stays."""
    for shard in (WHOLE, FIRST):
        told = pytest.raises(BusyError, match=rf"process {other.pid} on \S+, since \d")
        with told as caught, claimed(tmp_path, shard):
            pass
        assert caught.value.code == "SOT863" and "--shard" in caught.value.remedy
    other.kill()
    other.wait()
    assert list(tmp_path.iterdir()), "what it wrote is there"
    with claimed(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_shards_share_a_folder_and_each_share_is_one_runs(tmp_path: Path) -> None:
    with claimed(tmp_path, FIRST):
        with claimed(tmp_path, SECOND):
            for again in (FIRST, SECOND, WHOLE):
                with pytest.raises(BusyError), claimed(tmp_path, again):
                    pass
        with claimed(tmp_path, SECOND):
            pass
        with pytest.raises(BusyError), claimed(tmp_path, WHOLE):
            pass
    assert list(tmp_path.iterdir()) == []


def test_it_is_given_up_when_a_run_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), claimed(tmp_path / "new"):
        raise RuntimeError("the run failed")
    with claimed(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()


def test_a_file_is_claimed_by_itself(tmp_path: Path) -> None:
    with claimed_file(tmp_path / "one.sot"), claimed_file(tmp_path / "two.sot"):
        told = pytest.raises(BusyError, match=rf"on `.*one.sot`: process {os.getpid()} ")
        with told, claimed_file(tmp_path / "one.sot"):
            pass
    assert list(tmp_path.iterdir()) == []
