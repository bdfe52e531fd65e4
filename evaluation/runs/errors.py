"""The mistakes that a user can make while evaluating: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class OtherRunError(UserError):
    """A folder that holds the results of another tracker, or of another data set."""

    code: ClassVar[str] = "SOT850"


class ResultsError(UserError):
    """A folder that holds no results, or results that do not read as such."""

    code: ClassVar[str] = "SOT851"


class DamagedManifestError(ResultsError):
    """A manifest of which not all can be read: `--fresh` replaces it."""


class IncompleteError(UserError):
    """Results that lack sequences or frames of the data set."""

    code: ClassVar[str] = "SOT852"


class SubmissionError(UserError):
    """Results that a server would not take."""

    code: ClassVar[str] = "SOT853"


class ShardError(UserError):
    """A share of the work that there is not."""

    code: ClassVar[str] = "SOT854"


class MergeError(UserError):
    """Shards that do not belong together."""

    code: ClassVar[str] = "SOT855"


class WorkerError(UserError):
    """A process that cannot open the tracker, or that died before it had one."""

    code: ClassVar[str] = "SOT856"


class BusyError(UserError):
    """A folder in which another run is at work."""

    code: ClassVar[str] = "SOT863"
