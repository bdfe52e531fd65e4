"""The container of an artifact: a zip of plain members, written the same way for the same content.

Members are stored, not compressed: weights hardly shrink, and a file that unpacks to more than its own size (a
zip bomb) cannot exist.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar

from .user_error import UserError
from .writing import told_of, written_beside

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member, the first that a zip can say: equal content gives equal bytes."""

PLAIN_FILE = 0o100644 << 16
"""A member's mode: a regular file, no link."""

UNIX = 3
"""The system that a member says it was made on, whichever it was."""

SUFFIX = ".sotx"

MOST_MEMBERS = 1000
LARGEST_TEXT = 16 << 20
"""Bytes of a member that is read into memory as text: a manifest, a spec."""

CHUNK = 1 << 20

REMEDY = "make it anew: sotc compile SPEC -o FILE"


class ArtifactError(UserError):
    """An artifact that is damaged, of another making, or made for another version."""

    code: ClassVar[str] = "SOT820"


def is_artifact(path: str | os.PathLike[str]) -> bool:
    """Whether a path names an artifact, by its suffix."""
    return Path(path).suffix.lower() == SUFFIX


def write_archive(path: str | os.PathLike[str], members: Mapping[str, bytes]) -> None:
    """Write the members, sorted by name. Raises WriteError; then nothing is left."""
    with (
        written_beside(path) as beside,
        told_of(path),
        zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.create_system = PLAIN_FILE, UNIX
            archive.writestr(entry, members[name])


class Archive:
    """An archive that is being read; every member's name and size was checked when it was opened."""

    def __init__(self, path: str, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._entries))

    def text(self, name: str) -> bytes:
        """A small member. Raises ArtifactError where it is missing, damaged or too large."""
        entry = self._entries.get(name)
        if entry is None:
            raise ArtifactError(
                f"`{self.path}` has no `{name}`: it is no sotc artifact, or a damaged one", REMEDY
            )
        if entry.file_size > LARGEST_TEXT:
            raise ArtifactError(f"`{name}` in `{self.path}` is larger than {LARGEST_TEXT >> 20} MB", REMEDY)
        with told_of_damage(self.path, name), self._archive.open(entry) as stream:
            return stream.read()

    def digest(self, name: str, copy_to: Path | None = None) -> str:
        """The SHA-256 of a member, which is copied to a file on the way, if one is named.

        Raises ArtifactError where it is damaged, or cannot be copied.
        """
        with told_of_damage(self.path, name), self._archive.open(self._entries[name]) as stream:
            if copy_to is None:
                return digest_of(stream, None)
            with told_of_no_room(self.path), copy_to.open("wb") as sink:
                return digest_of(stream, sink)


def digest_of(stream: IO[bytes], sink: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        if sink is not None:
            sink.write(chunk)
    return digest.hexdigest()


@contextmanager
def open_archive(path: str | os.PathLike[str]) -> Iterator[Archive]:
    """Open an artifact's container. Raises ArtifactError for what is none, or might do harm."""
    shown = os.fspath(path)
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise ArtifactError(
            f"the artifact `{shown}` {what}", "check the path; sotc compile SPEC -o FILE makes one"
        )
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise ArtifactError(f"`{shown}` is no sotc artifact, or one that is cut off", REMEDY) from error
    except OSError as error:
        raise ArtifactError(f"`{shown}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    with archive:
        check_entries(shown, archive.infolist(), Path(path).stat().st_size)
        yield Archive(shown, archive)


def check_entries(path: str, entries: list[zipfile.ZipInfo], size: int) -> None:
    """Raises ArtifactError unless all members are plain, safely named, stored, and fit into the file."""
    if len(entries) > MOST_MEMBERS:
        raise ArtifactError(f"`{path}` has {len(entries)} members, which no artifact has", REMEDY)
    names = [entry.filename for entry in entries]
    for name in names:
        if not is_safe(name):
            raise ArtifactError(f"`{path}` is refused: the name {name!r} leads out of the artifact", REMEDY)
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise ArtifactError(f"`{path}` is refused: it has `{doubled}` twice", REMEDY)
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise ArtifactError(f"`{path}` is refused: `{entry.filename}` is compressed or encrypted", REMEDY)
    if sum(entry.file_size for entry in entries) > size:
        raise ArtifactError(f"`{path}` is refused: its members are larger than itself", REMEDY)


def is_safe(name: str) -> bool:
    """Whether a member's name stays within: relative, in plain steps, with no sign that a system reads anew."""
    plain = name.isprintable() and not any(sign in name for sign in "\\:")
    return (
        plain
        and not name.startswith("/")
        and str(PurePosixPath(name)) == name
        and ".." not in name.split("/")
    )


@contextmanager
def told_of_damage(path: str, name: str) -> Iterator[None]:
    """Within it, what a damaged zip raises becomes an ArtifactError."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ArtifactError(f"`{path}` is damaged at `{name}`", REMEDY) from error
    except OSError as error:
        raise ArtifactError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def told_of_no_room(path: str) -> Iterator[None]:
    """Within it, a temporary folder that takes no files becomes an ArtifactError."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ArtifactError(
            f"`{path}` cannot be unpacked into a temporary folder: {reason}",
            "make room there, or name another folder: TMPDIR=FOLDER",
        ) from error
