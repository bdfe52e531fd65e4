"""What the server remembers: the texts that are open, and what was found out of each, by content."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pygls.workspace import PositionCodec

from .checking import Checked
from .options import Options
from .positions import Text
from .reading import Reading, Trees, read
from .watched import text_at

REMEMBERED = 32
"""Readings kept: texts that come back (an undo, another file that is looked at again) cost nothing."""
CHECKS_REMEMBERED = 8
"""Checks kept; each holds modules, without weights."""

Kept = TypeVar("Kept", Reading, Checked)


class Recent(Generic[Kept]):
    """The results for the texts that were asked for last, each with the texts that it rests on."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()

    def get(self, path: str, text: str, current: Mapping[str, str]) -> Kept | None:
        """What is known of this text, unless a file that it rests on has changed."""
        found = self._kept.get((path, text))
        if found is None or any(text_at(name, current) != said for name, said in found.read.items()):
            return None
        self._kept.move_to_end((path, text))
        return found

    def put(self, result: Kept) -> None:
        self._kept[result.path, result.text] = result
        self._kept.move_to_end((result.path, result.text))
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def latest(self, path: str) -> Kept | None:
        """The newest result for any text of a file."""
        return next((found for (name, _), found in reversed(self._kept.items()) if name == path), None)

    def forget(self, path: str) -> None:
        for key in [key for key in self._kept if key[0] == path]:
            del self._kept[key]


@dataclass
class Desk:
    """The state of one server. Only the main thread touches it."""

    options: Options = field(default_factory=Options)
    codec: PositionCodec = field(default_factory=PositionCodec)
    texts: dict[str, str] = field(default_factory=dict)
    """what is open, by path"""
    uris: dict[str, str] = field(default_factory=dict)
    """how the client calls what is open, by path"""
    trees: Trees = field(default_factory=Trees)
    readings: Recent[Reading] = field(default_factory=lambda: Recent(REMEMBERED))
    checks: Recent[Checked] = field(default_factory=lambda: Recent(CHECKS_REMEMBERED))

    def text(self, path: str) -> Text:
        """The text of a file, open or not; empty where it cannot be read."""
        return Text(text_at(path, self.texts) or "", self.codec)

    def reading(self, path: str) -> Reading:
        """What the language tells of a file as it is now."""
        text = self.text(path).content
        known = self.readings.get(path, text, self.texts)
        if known is None:
            known = read(path, text, self.texts, self.trees)
            self.readings.put(known)
        return known

    def checked(self, path: str) -> Checked | None:
        """What the last check found out of a file, perhaps of an older text."""
        current = self.texts.get(path)
        known = self.checks.get(path, current, self.texts) if current is not None else None
        return known or self.checks.latest(path)

    def close(self, path: str) -> None:
        self.texts.pop(path, None)
        self.uris.pop(path, None)
        self.readings.forget(path)
        self.checks.forget(path)
