"""The texts that an editor has open, edited as the protocol says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pygls.workspace import TextDocument, Workspace

from .positions import LINE_END


class SpecDocument(TextDocument):
    """A document whose lines end where the protocol has them end.

    pygls cuts them by `str.splitlines`, to which a line separator (U+2028) or a form feed in a comment ends a line;
    every edit below would go astray.
    """

    @property
    def lines(self) -> Sequence[str]:
        source = self.source
        ends = [found.end() for found in LINE_END.finditer(source)]
        edges = [0, *ends, *([len(source)] if not ends or ends[-1] < len(source) else [])]
        return tuple(source[start:end] for start, end in pairwise(edges))


class SpecWorkspace(Workspace):
    """A workspace of such documents."""

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return SpecDocument(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )
