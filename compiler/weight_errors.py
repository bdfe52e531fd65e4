"""What a user is told about weights that cannot be used."""

from __future__ import annotations

from typing import ClassVar

from .user_error import UserError


class WeightsError(UserError):
    """Weights that do not fit, or cannot be read. A subclass is one kind of mistake."""

    code: ClassVar[str] = "SOT700"


class WeightsNotFoundError(WeightsError):
    """There is no such file."""

    code: ClassVar[str] = "SOT702"


class WeightsUnreadableError(WeightsError):
    """A file that is empty, cut off, damaged, or no checkpoint at all."""

    code: ClassVar[str] = "SOT703"


class UnsafeWeightsError(WeightsError):
    """A checkpoint that runs code when it is opened: it is refused."""

    code: ClassVar[str] = "SOT704"


class NoWeightsError(WeightsError):
    """A checkpoint that can be read, and has no tensors where a tracker's weights would be."""

    code: ClassVar[str] = "SOT705"


class WeightsMismatchError(WeightsError):
    """A checkpoint whose names or shapes are not those of the tracker."""

    code: ClassVar[str] = "SOT706"


class WeightsNotFiniteError(WeightsError):
    """Weights that are NaN or infinite."""

    code: ClassVar[str] = "SOT707"


class KeyMapError(WeightsError):
    """A key map that cannot be read or makes no sense."""

    code: ClassVar[str] = "SOT708"
