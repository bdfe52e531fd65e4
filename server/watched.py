"""Texts for one reading of a spec, with a note of which of them it asked for: what its result rests on."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from ..dsl.parser import ParseResult
from ..dsl.sources import Sources, UnreadableSource, read_file


class Watched(Sources):
    """Sources that note every file that was asked for; None is the text of one that cannot be read."""

    def __init__(
        self,
        virtual: Mapping[str, str],
        trees: MutableMapping[tuple[str, str], ParseResult] | None = None,
    ) -> None:
        super().__init__(virtual, trees)
        self.asked: dict[str, str | None] = {}

    def read(self, path: str) -> str:
        try:
            self.asked[path] = super().read(path)
        except UnreadableSource:
            self.asked[path] = None
            raise
        return self.asked[path] or ""

    def exists(self, path: str) -> bool:
        found = super().exists(path)
        if not found:
            self.asked.setdefault(path, None)
        return found


def text_at(path: str, open_texts: Mapping[str, str]) -> str | None:
    """The text of a file as it is now: open, or on disk; None where it cannot be read."""
    if path in open_texts:
        return open_texts[path]
    try:
        return read_file(path)
    except UnreadableSource:
        return None
