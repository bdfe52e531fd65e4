"""What a user is told about weights that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .user_error import UserError


@dataclass(frozen=True)
class Reshaped:
    """A tensor whose shape is not the one that the network has."""

    name: str
    found: tuple[int, ...]
    expected: tuple[int, ...]
    source: str = ""
    """the checkpoint's name of it"""


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
    """A checkpoint whose names or shapes are not those of the tracker. `reshaped` are those of another shape."""

    code: ClassVar[str] = "SOT706"

    def __init__(self, message: str, remedy: str = "", reshaped: tuple[Reshaped, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.reshaped = reshaped


class WeightsNotFiniteError(WeightsError):
    """Weights that are NaN or infinite."""

    code: ClassVar[str] = "SOT707"


class KeyMapError(WeightsError):
    """A key map that cannot be read or makes no sense."""

    code: ClassVar[str] = "SOT708"
