"""Whether a constant of a spec fits the annotation of a constructor's parameter."""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import Annotated, Any, Literal, Union

from ..dsl.program import Constant

SEQUENCES = (list, tuple, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)


def accepts(annotation: Any, value: Constant) -> bool:
    """Whether `value` may be given for a parameter annotated so; what cannot be judged is accepted."""
    if annotation in (Any, typing.Hashable) or isinstance(annotation, (str, typing.TypeVar)):
        return True
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return accepts(arguments[0], value)
    if origin in (Union, types.UnionType):
        return any(accepts(choice, value) for choice in arguments)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in arguments)
    if annotation is None or annotation is type(None):
        return value is None
    if annotation in (*SEQUENCES,) or origin in SEQUENCES:
        return isinstance(value, tuple) and accepts_items(origin, arguments, value)
    return accepts_plain(annotation, value)


def accepts_items(origin: Any, arguments: tuple[Any, ...], value: tuple[Constant, ...]) -> bool:
    if not arguments:
        return True
    if origin is tuple and Ellipsis not in arguments:
        return len(arguments) == len(value) and all(map(accepts, arguments, value))
    return all(accepts(arguments[0], item) for item in value)


def accepts_plain(annotation: Any, value: Constant) -> bool:
    """A class: `int` is no `bool`, a whole number may stand for a `float`."""
    if annotation is bool:
        return isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if annotation is str:
        return isinstance(value, str)
    return not isinstance(annotation, type) or isinstance(value, annotation)


def convert(annotation: Any, value: Constant) -> Any:
    """The value as the constructor expects it: a list where it asks for one, a float where it asks for one."""
    if typing.get_origin(annotation) is Annotated:
        return convert(typing.get_args(annotation)[0], value)
    origin = typing.get_origin(annotation)
    if (annotation is list or origin is list) and isinstance(value, tuple):
        return list(value)
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def words(annotation: Any) -> str:
    """An annotation in words: `a whole number`, `a list of numbers`, `one of "rgb", "bgr"`."""
    plain = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "a text",
        type(None): "none",
    }
    if annotation in plain:
        return plain[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return words(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(words(choice) for choice in arguments)
    if origin is Literal:
        return f"one of {', '.join(describe_constant(choice) for choice in arguments)}"
    if annotation in SEQUENCES or origin in SEQUENCES:
        return words_of_sequence(origin, arguments)
    return getattr(annotation, "__name__", str(annotation))


def words_of_sequence(origin: Any, arguments: tuple[Any, ...]) -> str:
    inner = [argument for argument in arguments if argument is not Ellipsis]
    if not inner:
        return "a list"
    plural = {int: "whole numbers", float: "numbers", bool: "truth values", str: "texts"}
    if origin is tuple and Ellipsis not in arguments:
        return f"a list of {len(inner)}: {', '.join(words(item) for item in inner)}"
    return f"a list of {plural.get(inner[0], words(inner[0]))}"


def describe_constant(value: Constant) -> str:
    """A constant as a spec writes it: `true`, `none`, `"rgb"`, `[1, 2]`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(describe_constant(item) for item in value)}]"
    return str(value)


def kind_of_constant(value: Constant) -> str:
    """What a constant is, in words, with the constant itself: `the text "64"`."""
    if value is None:
        return "`none`"
    if isinstance(value, bool):
        return f"the truth value `{describe_constant(value)}`"
    if isinstance(value, str):
        return f"the text `{describe_constant(value)}`"
    if isinstance(value, tuple):
        return f"the list `{describe_constant(value)}`"
    return f"the {'whole number' if isinstance(value, int) else 'number'} `{value}`"
