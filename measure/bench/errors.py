"""What can be wrong with a wish to measure."""

from __future__ import annotations

from typing import ClassVar

from ...compiler.user_error import UserError


class BenchError(UserError):
    """Nothing that could be measured."""

    code: ClassVar[str] = "SOT619"
