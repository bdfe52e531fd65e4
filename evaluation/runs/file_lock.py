"""The operating system's lock on an open file, which ends with the process that holds it.

POSIX has locks that are shared or not. Windows has locks on ranges of bytes, none of them shared: whoever wants to be
alone takes all of a range far behind the file's end, and who shares it one byte of it. Nothing stands there, so that
everybody can still read the file.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

BY_RANGES = sys.platform == "win32"

FAR = 1 << 40
"""Where the bytes begin."""

SHARING = 64
"""So many can share a file."""

HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""What an attempt ends with where somebody else has it. Any other error is a file system's that has no locks."""


def locked(stream: IO[bytes], alone: bool) -> bool:
    """Whether the lock could be had at once; it could where there are no locks."""
    if BY_RANGES:
        return locked_range(stream, alone)
    import fcntl

    try:
        fcntl.flock(stream, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some file systems of networks have none
        return True
    return True


def locked_range(stream: IO[bytes], alone: bool) -> bool:
    msvcrt = importlib.import_module("msvcrt")  # for type checkers elsewhere it has no functions
    ranges = [(FAR, SHARING)] if alone else [(FAR + place, 1) for place in range(SHARING)]
    for start, length in ranges:
        os.lseek(stream.fileno(), start, os.SEEK_SET)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, length)
        except OSError as error:
            if error.errno in HELD:
                continue
        return True
    return False


def release(path: Path, stream: IO[bytes]) -> None:
    """Give the lock up; the file goes with the last who holds it."""
    if BY_RANGES:
        stream.close()
        with suppress(OSError):  # a file that somebody has open cannot be removed
            path.unlink()
        return
    if locked(stream, alone=True):
        path.unlink(missing_ok=True)
    stream.close()
