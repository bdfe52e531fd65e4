"""The mistakes a user can make with a config of another toolbox: each kind is a class with a code."""

from __future__ import annotations

from typing import ClassVar

from ..compiler.user_error import UserError


class ConfigError(UserError):
    """A config that cannot be imported."""

    code: ClassVar[str] = "SOT630"


class UnreadableConfigError(ConfigError):
    """A config that is no readable text, or whose text is no Python or no YAML."""


class ConfigLogicError(ConfigError):
    """A config that computes something: it would have to be run to be known."""

    code: ClassVar[str] = "SOT631"


class BaseConfigError(ConfigError):
    """A config that builds on files which are missing, go round in a circle or contradict each other."""

    code: ClassVar[str] = "SOT632"


class NotATrackerError(ConfigError):
    """A config of something that is not one of the trackers which are known here."""

    code: ClassVar[str] = "SOT633"


class NoEquivalentError(ConfigError):
    """A setting whose value the tracker would not be the same without, and that cannot be written as a spec."""

    code: ClassVar[str] = "SOT634"
