"""All that a session will take into its next step, in memory that later steps do not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..compiler.backends.engine import Value


@dataclass(frozen=True)
class Snapshot:
    """A session at one moment: `session.snapshot()` makes it, `session.restore(snapshot)` goes back to it.

    Values are those of the session's engine; a session of the same tracker under another engine takes them as well.
    """

    frame_index: int
    """frames given after the first"""
    ids: tuple[int, ...]
    ages: tuple[int, ...]
    """[N]: steps since each target began"""
    boxes: Value
    """[N, 4] float64: x, y, w, h"""
    targets: Mapping[str, Value]
    """by place of the store: what has a row for each target, and what is computed once"""
    borders: Mapping[str, Value]
    """what counts as lying beyond the frame, by crop"""
