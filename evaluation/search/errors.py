"""The mistakes that a user can make while searching: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class SearchSpaceError(UserError):
    """A setting that there is not, or that cannot be searched; a range that is none."""

    code: ClassVar[str] = "SOT864"


class SearchDataError(UserError):
    """Sequences that nothing can be searched on: all held back, or without truth."""

    code: ClassVar[str] = "SOT865"


class JournalError(UserError):
    """A journal of another search, or one that does not read as such."""

    code: ClassVar[str] = "SOT866"


class SearchFailedError(UserError):
    """A search that cannot begin, or in which no trial came to its end."""

    code: ClassVar[str] = "SOT867"
