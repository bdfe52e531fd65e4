"""The mistakes a user can make while tracking: each kind is a class with a code of the family 8xx."""

from __future__ import annotations

from typing import ClassVar

from ..compiler.user_error import UserError
from ..compiler.writing import WriteError

__all__ = [
    "BoxError",
    "DeviceError",
    "FrameError",
    "SourceError",
    "StreamError",
    "TargetError",
    "TooManyTargetsError",
    "TrackingError",
    "UserError",
    "WriteError",
]


class FrameError(UserError):
    """A frame that is not RGB `uint8` [H, W, 3]."""

    code: ClassVar[str] = "SOT810"


class BoxError(UserError):
    """A box that does not read as x, y, w, h, has no size, or lies outside the frame."""

    code: ClassVar[str] = "SOT811"


class SourceError(UserError):
    """A video, folder or pattern that gives no frames."""

    code: ClassVar[str] = "SOT812"


class TrackingError(UserError):
    """A tracker that gives no usable box at all (all its results are NaN or infinite)."""

    code: ClassVar[str] = "SOT814"


class DeviceError(UserError):
    """A device that has another name, or is not here."""

    code: ClassVar[str] = "SOT815"


class TargetError(UserError):
    """A target that a session does not have, or a snapshot of other targets than a tracker's."""

    code: ClassVar[str] = "SOT816"


class StreamError(UserError):
    """A session or stream that was closed, or that belongs to others."""

    code: ClassVar[str] = "SOT817"


class TooManyTargetsError(UserError):
    """More targets than a tracker with a fixed number of them was compiled for."""

    code: ClassVar[str] = "SOT823"
