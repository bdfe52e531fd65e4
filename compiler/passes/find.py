"""Passes by name."""

from __future__ import annotations

import importlib
from dataclasses import fields
from typing import Any, ClassVar, Literal, get_origin, get_type_hints

from ...dsl.suggest import did_you_mean, nearest
from ..own import SIGN, OwnClassError, is_own, own_class, own_code
from ..user_error import UserError
from .base import Pass

PASSES = (
    "eliminate-dead",
    "fold-constants",
    "fold-batchnorm",
    "channels-last",
    "precision",
    "round-kernels",
    "hoist-slices",
    "fuse-parallel-convolutions",
    "fuse-qkv",
    "fuse-attention",
    "batch-heads",
    "lower-correlation",
)
"""Names as in a pipeline; each is the constant `PASS` (a class) of the file of its name, imported when asked for."""


PLAIN = (bool, int, float, str)
"""What the options of a pass are, beside choices."""


class UnknownPassError(UserError):
    """A pass that there is not."""

    code: ClassVar[str] = "SOT613"


def find_pass(name: str) -> type[Pass]:
    """The pass of this name, made with its options: `find_pass("precision")(dtype="bf16")`.

    `module:Class` is one of the user's own. Raises UnknownPassError, and OwnClassError.
    """
    if is_own(name):
        return own_pass(name)
    if name not in PASSES:
        meant = did_you_mean(nearest(name, PASSES))
        remedy = f"{meant} there are" if meant else "there are"
        raise UnknownPassError(f"there is no pass `{name}`", f"{remedy}: {', '.join(PASSES)}")
    made: type[Pass] = importlib.import_module(f".{name.replace('-', '_')}", __package__).PASS
    return made


def own_pass(name: str) -> type[Pass]:
    """The class `module:Class`, if it is a pass. Raises OwnClassError."""
    made: Any = own_class(name, "pass", ("name", "run"))
    if not hasattr(made, "__dataclass_fields__"):
        raise OwnClassError(
            f"`{name}` is no pass: it is no dataclass", "write @dataclass(frozen=True) above it"
        )
    with own_code(name, "pass"):
        types = get_type_hints(made)
    for field in fields(made):
        if types[field.name] not in PLAIN and get_origin(types[field.name]) is not Literal:
            raise OwnClassError(
                f"a pipeline cannot write the option `{field.name}` of `{name}`",
                f"its type may be {', '.join(plain.__name__ for plain in PLAIN)}, or a Literal of strings",
            )
    if made.name in PASSES:
        raise OwnClassError(
            f"`{name}` calls itself `{made.name}`, as a pass of sotc does", "give it another `name`"
        )
    found: type[Pass] = made
    return found


def written_name(kind: type[Pass]) -> str:
    """What `find_pass` finds it by."""
    return kind.name if kind.name in PASSES else f"{kind.__module__}{SIGN}{kind.__qualname__}"
