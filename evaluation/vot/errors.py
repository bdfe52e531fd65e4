"""The mistakes that a user can make with the VOT toolkit: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class NoTraxError(UserError):
    """TraX is to be spoken, and the package that speaks it is not installed."""

    code: ClassVar[str] = "SOT860"


class ConversationError(UserError):
    """A client that asks for what cannot be answered, or that is gone."""

    code: ClassVar[str] = "SOT861"


class RegistrationError(UserError):
    """A tracker that cannot be entered into a registry, or a workspace that is there already."""

    code: ClassVar[str] = "SOT862"
