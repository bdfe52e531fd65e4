"""`trackers.ini`, in which the VOT toolkit finds trackers: a section a tracker, with the command that starts it."""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .change import Change
from .errors import RegistrationError

NAME = "trackers.ini"

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+")
"""What the toolkit takes for the name of a tracker, which becomes a folder's; `@` would begin a version."""

HEADER = re.compile(r"^\[(?P<name>[^\]\n]*)\][^\n]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Registration:
    """A tracker as the toolkit is to know it."""

    name: str
    label: str
    """how reports call it"""
    command: tuple[str, ...]
    """a program by its whole path, and its arguments"""
    timeout: int
    """seconds that the toolkit waits for each answer"""
    environment: Mapping[str, str] = field(default_factory=dict)


def section(registration: Registration) -> str:
    """The tracker's lines. Raises RegistrationError for a name or a text that does not go into them."""
    refuse_name(registration.name)
    entries = {
        "label": registration.label,
        "protocol": "trax",
        "command": shlex.join(registration.command),
        "timeout": str(registration.timeout),
        **{f"env_{name}": value for name, value in registration.environment.items()},
    }
    for key, text in entries.items():
        if not text.isprintable():
            raise RegistrationError(
                f"the {key} of `{registration.name}`, {text!r}, has characters that no line can hold",
                "rename the files that it names",
            )
    # The toolkit reads `%(name)s` as a reference, and so wants `%` twice.
    lines = (f"{key} = {text.replace('%', '%%')}" for key, text in entries.items())
    return "\n".join((f"[{registration.name}]", *lines, ""))


def refuse_name(name: str) -> None:
    """Raises RegistrationError."""
    if not IDENTIFIER.fullmatch(name):
        raise RegistrationError(
            f"`{name}` is no name for a tracker in VOT",
            "use letters, digits, `_` and `-`; --label may be any text",
        )


def register(path: Path, registration: Registration, replace: bool) -> Change:
    """Enter a tracker into a registry, which is made where there is none. Other sections stay as they are.

    Raises RegistrationError for one of that name that differs, unless `replace`, and for a file that is no registry.
    """
    own = section(registration)
    if not path.exists():
        return Change(path, own, "wrote")
    before = read_registry(path)
    place = place_of(before, registration.name)
    if place is None:
        gap = "" if before.endswith("\n\n") or not before else "\n" if before.endswith("\n") else "\n\n"
        return Change(path, before + gap + own, "added")
    begin, end = place
    if before[begin:end].strip() == own.strip():
        return Change(path, before, "unchanged")
    if not replace:
        raise RegistrationError(
            f"`{path}` has a tracker `{registration.name}` that is another one",
            "choose another --name, or --force: it replaces that section and no other",
        )
    gap = "\n" if end < len(before) else ""
    return Change(path, before[:begin] + own + gap + before[end:], "replaced")


def read_registry(path: Path) -> str:
    """The text of a registry. Raises RegistrationError for what is none."""
    try:
        text = path.read_text(encoding="utf-8")
        configparser.ConfigParser(interpolation=None).read_string(text)
    except (configparser.Error, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise RegistrationError(
            f"`{path}` is no registry of trackers: {told}", "mend it, or move it away"
        ) from None
    return text


def place_of(text: str, name: str) -> tuple[int, int] | None:
    """Where a section begins and ends; None where there is none of that name."""
    headers = list(HEADER.finditer(text))
    for index, header in enumerate(headers):
        if header["name"] == name:
            following = headers[index + 1] if index + 1 < len(headers) else None
            return header.start(), len(text) if following is None else following.start()
    return None
