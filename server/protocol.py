"""Whether the packages are there that speak the Language Server Protocol."""

from __future__ import annotations

from typing import ClassVar

from ..compiler.user_error import UserError


class NoProtocolError(UserError):
    """The packages that speak the protocol are not installed."""

    code: ClassVar[str] = "SOT871"


def require_protocol() -> None:
    """Raises NoProtocolError where the extra `lsp` is not installed."""
    try:
        import lsprotocol  # noqa: F401
        import pygls  # noqa: F401
    except ModuleNotFoundError as error:
        raise NoProtocolError(
            f"the language server needs {error.name}, which is not installed", "pip install 'sotc[lsp]'"
        ) from None
