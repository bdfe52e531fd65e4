"""The mistakes a user can make with a data set: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class UnknownDatasetError(UserError):
    """A name that is no data set, no split of it, and no manifest."""

    code: ClassVar[str] = "SOT845"


class DataRootError(UserError):
    """A folder in which a data set was looked for and not found."""

    code: ClassVar[str] = "SOT846"


class ManifestError(UserError):
    """A manifest of own sequences that cannot be read, or says something that is not known."""

    code: ClassVar[str] = "SOT847"


class SequenceError(UserError):
    """A sequence with frames, boxes or flags that are missing, damaged, or do not fit together."""

    code: ClassVar[str] = "SOT848"


class UnknownSequenceError(UserError):
    """A sequence that a data set does not have."""

    code: ClassVar[str] = "SOT849"
