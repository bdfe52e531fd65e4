"""A claim on a folder of results: two runs in it at once would do the same work twice.

The claim is the operating system's lock on a file, which ends with the process that holds it, however that ends: a
run that was killed leaves a file, and no claim. Shards claim a file each and share the folder's, which a run of the
whole has to have alone.
"""

from __future__ import annotations

import glob
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from ...runtime.writing import told_of
from .errors import BusyError
from .file_lock import locked, release
from .shard import WHOLE, Shard

FILE = ".running"
"""the folder's file; that of a shard has its share behind"""

SHARE = "wait for its end, or end it; runs share a folder by --shard 1/2 and --shard 2/2, and -o names another one"


@contextmanager
def claimed(folder: Path, shard: Shard = WHOLE) -> Iterator[None]:
    """Within it, nobody else runs this share into the folder.

    Where the file system has no locks, nothing is claimed. Raises BusyError, which says who is at it; WriteError.
    """
    with ExitStack() as held:
        busy = f"another run is at work in `{folder}`"
        if shard == WHOLE:
            claim(held, folder / FILE, True, busy, SHARE)
        else:
            claim(held, folder / FILE, False, busy, SHARE)
            claim(held, folder / f"{FILE}.{shard.index}-of-{shard.count}", True, busy, SHARE)
        yield


@contextmanager
def claimed_file(path: Path) -> Iterator[None]:
    """Within it, nobody else who asks works on this file. Raises BusyError, WriteError."""
    busy = f"another search is at work on `{path}`"
    with ExitStack() as held:
        claim(
            held,
            path.with_name(f".{path.name}{FILE}"),
            True,
            busy,
            "wait for its end, or end it; -o names another",
        )
        yield


def claim(held: ExitStack, path: Path, alone: bool, busy: str, remedy: str) -> None:
    """Hold one file's lock until `held` is closed. Raises BusyError, with these words."""
    with told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with told_of(path):
            stream = path.open("a+b", buffering=0)
        if not locked(stream, alone):
            stream.close()
            raise BusyError(f"{busy}{told_holders(path)}", remedy)
        if is_still(path, stream):
            break
        stream.close()  # its last holder removed it in between: there is a new one, or none
    held.callback(release, path, stream)
    if alone:
        with suppress(OSError):  # on a full disk the lock holds as well, and nobody reads who has it
            sign(stream)


def is_still(path: Path, stream: IO[bytes]) -> bool:
    """Whether the file that was opened is the one that bears the name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def sign(stream: IO[bytes]) -> None:
    """Write down who holds it, and since when."""
    since = time.strftime("%Y-%m-%d %H:%M")
    who = {"process": os.getpid(), "machine": socket.gethostname(), "since": since}
    stream.truncate(0)
    stream.write(f"{json.dumps(who)}\n".encode())


def told_holders(path: Path) -> str:
    """`: process 123 on lab, since 2026-01-01 12:00`, as far as the files say it."""
    told = []
    for file in sorted(path.parent.glob(f"{glob.escape(path.name)}*")):
        try:
            who = json.loads(file.read_text(encoding="utf-8"))
            told.append(f"process {who['process']} on {who['machine']}, since {who['since']}")
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it is being written, or gone
    return f": {'; '.join(told)}" if told else ""
