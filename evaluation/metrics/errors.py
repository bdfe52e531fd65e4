"""The mistakes a user can make while grading: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class UnknownProfileError(UserError):
    """A profile that there is not."""

    code: ClassVar[str] = "SOT840"


class UnmatchedError(UserError):
    """Boxes and truth that do not belong together: counts that differ, sequences without a partner, none at all."""

    code: ClassVar[str] = "SOT842"


class UngradableError(UserError):
    """Boxes, or a truth, that a profile's toolkit refuses, or that lack what it needs."""

    code: ClassVar[str] = "SOT843"


class VotError(UserError):
    """A folder of the VOT's layout, or a line of regions in it, that does not read."""

    code: ClassVar[str] = "SOT844"
