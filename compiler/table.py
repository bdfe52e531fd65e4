"""Rows of text with their columns aligned."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [
        max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) if rows else 0)
    ]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
