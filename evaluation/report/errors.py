"""The mistakes that a user can make with reports: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class ContestError(UserError):
    """Results that cannot stand in one table: of different data sets, without a common sequence, without a truth."""

    code: ClassVar[str] = "SOT857"


class PlotError(UserError):
    """Plots that cannot be drawn: their library is not installed."""

    code: ClassVar[str] = "SOT858"


class PlayError(UserError):
    """A sequence that cannot be played: no results of it, no frames, no display."""

    code: ClassVar[str] = "SOT859"
