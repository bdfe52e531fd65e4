"""Outputs are written beside their place and renamed when they are whole: a failure leaves nothing behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, TextIO

from .leftovers import clear_leftovers, name_beside
from .user_error import UserError


class WriteError(UserError):
    """An output that cannot be written: no room, no permission, no codec."""

    code: ClassVar[str] = "SOT813"


@contextmanager
def written_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a path in the same folder to write to; afterwards it is renamed to `path`, if all went well.

    On any exception (Ctrl-C too) what was written is removed, and what stood at `path` before is untouched; what a
    process left that was killed goes with the next write to `path`.
    Folders on the way are made. The temporary name ends as `path` does, since a suffix may choose a format.

    Raises WriteError where it cannot be put there: no room, no permission, a folder in its place. Errors of
    the system in the block itself pass as they are; `told_of` turns them.
    """
    place = Path(path)
    with told_of(path):
        check_place(path)
        is_device = place.exists() and not place.is_file()
        if not is_device:
            place = place.resolve()  # a link stays a link
            place.parent.mkdir(parents=True, exist_ok=True)
    if is_device:
        yield place  # or a pipe: there is nothing to rename
        return
    clear_leftovers(place)
    beside = name_beside(place)
    try:
        yield beside
        with told_of(path):
            settle(beside)
            beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def check_place(path: str | os.PathLike[str]) -> None:
    """Raises WriteError where nothing can be written to `path`: to be known before the work, not after it."""
    with told_of(path):  # a name may be too long to be asked about
        is_folder = Path(path).is_dir()
    if is_folder:
        raise WriteError(f"`{os.fspath(path)}` is a folder", "name a file in it")
    folder = next((place for place in Path(path).absolute().parents if place.exists()), None)
    with told_of(path):
        if folder is not None and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if folder is not None and not Path(path).exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def told_of(path: str | os.PathLike[str]) -> Iterator[None]:
    """Within it, an error of the system becomes a WriteError about `path`."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def settle(path: Path) -> None:
    """Wait until a file's content is on the disk: some file systems tell only then that there was no room."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: str | os.PathLike[str], error: OSError) -> WriteError:
    """The error that a user reads for one of the system's."""
    shown = os.fspath(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return WriteError(f"`{shown}` cannot be written: the disk is full", "make room, or write elsewhere")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WriteError(
            f"`{shown}` cannot be written: no permission", "write elsewhere, or change the permissions"
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return WriteError(
            f"`{shown}` cannot be written: a file stands where a folder is needed", "choose another path"
        )
    reason = (error.strerror or str(error)).lower()
    return WriteError(f"`{shown}` cannot be written: {reason}", "choose another path")


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file. Raises WriteError; then nothing is left."""
    with written_beside(path) as beside, told_of(path):
        beside.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a whole text, UTF-8, line ends as they are. Raises WriteError; then nothing is left."""
    write_bytes(path, text.encode("utf-8"))


class TextFile:
    """A text that is being written, line by line."""

    def __init__(self, path: str | os.PathLike[str], stream: TextIO) -> None:
        self._path, self._stream = path, stream

    def write(self, text: str) -> None:
        """Add to the text. Raises WriteError."""
        with told_of(self._path):
            self._stream.write(text)


@contextmanager
def text_beside(path: str | os.PathLike[str]) -> Iterator[TextFile]:
    """A text (UTF-8, line ends as they are) that becomes `path` when the block ends well."""
    with written_beside(path) as beside:
        with told_of(path):
            stream = beside.open("w", encoding="utf-8", newline="\n")
        try:
            yield TextFile(path, stream)
            with told_of(path):
                stream.flush()
        finally:
            with suppress(OSError):  # what could not be written was told above
                stream.close()
