"""Backends by name."""

from __future__ import annotations

import importlib
from typing import ClassVar

from ..own import is_own, own_class
from ..user_error import UserError
from .backend import Backend, BuildOptions

AUTO = "auto"
"""In place of a name: those that are here are measured, and the fastest is taken."""

BACKENDS = ("eager", "inductor", "aoti", "onnx", "openvino", "tensorrt")
"""Names as on the command line; each is the constant `BACKEND` of the file of its name, imported when asked for."""

MEMBERS = (
    "name",
    "title",
    "torch_free",
    "native",
    "passes",
    "precisions",
    "precision_pass",
    "missing",
    "build",
    "open",
)
"""What a backend has."""


class UnknownBackendError(UserError):
    """A backend that there is not."""

    code: ClassVar[str] = "SOT610"


class MissingBackendError(UserError):
    """A backend that cannot be used on this machine, or not for what is wanted of it."""

    code: ClassVar[str] = "SOT611"


class BackendError(UserError):
    """A backend that failed to build or to open programs; the message is its own."""

    code: ClassVar[str] = "SOT612"


class CalibrationError(UserError):
    """int8 without frames to learn the ranges from."""

    code: ClassVar[str] = "SOT615"


def find_backend(name: str) -> Backend:
    """The backend of this name; `module:Class` is one of the user's own.

    Raises UnknownBackendError, OwnClassError and OwnRaisedError.
    """
    if "," in name:
        raise UnknownBackendError(
            f"`{name}` names several backends", f"one is used; to measure yours: {AUTO},my_backend:Mine"
        )
    if is_own(name):
        from .own_backend import own_backend

        return own_backend(name, own_class(name, "backend", MEMBERS))
    if name not in BACKENDS:
        from ...dsl.suggest import did_you_mean, nearest

        meant = did_you_mean(nearest(name, list(BACKENDS)))
        remedy = meant or f"there are {', '.join(BACKENDS)}, and auto;"
        raise UnknownBackendError(
            f"there is no backend `{name}`", f"{remedy} usable here: {', '.join(usable())}"
        )
    backend: Backend = importlib.import_module(f".{name}", __package__).BACKEND
    return backend


def is_auto(backend: str) -> bool:
    """Whether a backend is to be chosen by measuring: `auto`, `auto,my_backend:Mine`."""
    return backend.partition(",")[0].strip() == AUTO


def own_beside_auto(backend: str) -> tuple[str, ...]:
    """Those of the user's own that `auto,my_backend:Mine` lets be measured beside ours.

    Raises UnknownBackendError for another than one of the user's own, and what `find_backend` raises for those.
    """
    names = tuple(dict.fromkeys(name.strip() for name in backend.split(",")[1:]))
    for name in names:
        if not is_own(name):
            raise UnknownBackendError(
                f"`{name}` beside `{AUTO}` is no backend of your own",
                f"{AUTO} tries those of sotc by itself; one of your own is written my_backend:Mine",
            )
        find_backend(name)
    return names


def usable() -> tuple[str, ...]:
    """The backends that can be used on this machine, for what is asked for by default."""
    return tuple(name for name in BACKENDS if is_usable(name))


def is_usable(name: str) -> bool:
    try:
        return find_backend(name).missing(BuildOptions()) is None
    except ImportError:
        return False


def refuse_missing(backend: Backend, options: BuildOptions) -> None:
    """Raises MissingBackendError where the backend cannot be used for these options here."""
    if options.precision not in backend.precisions:
        raise MissingBackendError(
            f"the backend `{backend.name}` does not compute in {options.precision}",
            f"it has {', '.join(backend.precisions)}",
        )
    missing = backend.missing(options)
    if missing is not None:
        raise MissingBackendError(
            f"the backend `{backend.name}` cannot be used: {missing.reason}", missing.remedy
        )
