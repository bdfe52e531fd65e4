"""Locks that are shared or not, by POSIX where it is there, and by Windows' ranges of bytes as a stand-in has them."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from sotc.evaluation.runs import file_lock


class Ranges(SimpleNamespace):
    """`msvcrt`: a range of a file that is locked, in part or whole, is refused; it ends with the file descriptor."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__(held=[])

    def locking(self, descriptor: int, mode: int, length: int) -> None:
        assert mode == self.LK_NBLCK
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        self.held = [each for each in self.held if each[0] != descriptor and is_open(each[0])]
        if any(start < last and first < start + length for _, first, last in self.held):
            raise PermissionError(errno.EACCES, "locked")
        self.held.append((descriptor, start, start + length))


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.fixture(params=["by ranges", "here"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExitStack:
    if request.param == "by ranges":
        monkeypatch.setitem(sys.modules, "msvcrt", Ranges())
        monkeypatch.setattr(file_lock, "BY_RANGES", True)
    return ExitStack()


def test_many_share_and_one_has_it_alone(opened: ExitStack, tmp_path: Path) -> None:
    def claimant() -> IO[bytes]:
        return opened.enter_context((tmp_path / "lock").open("a+b", buffering=0))

    with opened:
        first, second, alone = claimant(), claimant(), claimant()
        assert file_lock.locked(first, alone=False)
        assert file_lock.locked(second, alone=False)
        assert not file_lock.locked(alone, alone=True)
        first.close()
        assert not file_lock.locked(alone, alone=True)
        second.close()
        assert file_lock.locked(alone, alone=True)
        other = claimant()
        assert not file_lock.locked(other, alone=False)
        alone.write(b"mine")
        assert (tmp_path / "lock").read_bytes() == b"mine", "it is far behind what is written"
        file_lock.release(tmp_path / "lock", alone)
        assert file_lock.locked(other, alone=True)
        assert not (tmp_path / "lock").exists()
