"""Where a piece of a spec stands in its file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    """A half-open stretch of text, `start <= offset < end`.

    Lines and columns count from 1, columns in Unicode code points; offsets count code points from 0.
    """

    path: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The stretch from the beginning of this span to the end of `other`."""
        return Span(
            self.path, self.start, other.end, self.line, self.column, other.end_line, other.end_column
        )

    @property
    def ahead(self) -> Span:
        """The empty stretch at its beginning."""
        return Span(self.path, self.start, self.start, self.line, self.column, self.line, self.column)

    @property
    def behind(self) -> Span:
        """The empty stretch at its end."""
        return Span(
            self.path, self.end, self.end, self.end_line, self.end_column, self.end_line, self.end_column
        )


def nowhere(path: str = "<none>") -> Span:
    """The span of something that no text stands for: the whole of a file, or nothing at all."""
    return Span(path, 0, 0, 1, 1, 1, 1)
