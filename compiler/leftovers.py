"""Files that are being written have a hidden name beside their place, which says by whom: what a killed process left
is told from what a living one writes, and goes with the next write to the same place.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
from contextlib import suppress
from pathlib import Path

LONGEST = 100
"""Characters of a name that are repeated in the hidden one: file systems end at 255 bytes."""


def name_beside(place: Path) -> Path:
    """A hidden name of its own in the same folder, `.NAME-MACHINE-PROCESS-CHANCE.SUFFIX`."""
    return place.with_name(f"{beginning(place)}{os.getpid()}-{os.urandom(4).hex()}{place.suffix}")


def clear_leftovers(place: Path) -> None:
    """Remove what processes of this machine left beside `place` when they were killed. What cannot be removed stays."""
    if os.name != "posix":  # elsewhere, asking whether a process lives may end it
        return
    form = re.compile(rf"{re.escape(beginning(place))}(\d+)-[0-9a-f]{{8}}{re.escape(place.suffix)}")
    with suppress(OSError):
        for path in sorted(place.parent.iterdir()):
            found = form.fullmatch(path.name)
            if found is not None and not is_alive(int(found[1])):
                with suppress(OSError):
                    path.unlink()


def beginning(place: Path) -> str:
    return f".{place.stem[:LONGEST]}-{this_machine()}-"


def is_alive(process: int) -> bool:
    """Whether there is a process of this number; in doubt, there is."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's
        return True
    return True


@functools.cache
def this_machine() -> str:
    """Eight digits that stand for what process numbers belong to: the machine, and the container on it.

    A folder may be shared between machines, and a process that is not on this one may well live on another.
    """
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/etc/machine-id").read_text(encoding="ascii", errors="replace"))
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
