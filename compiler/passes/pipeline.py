"""Pipelines of passes as text: `fold-batchnorm,precision{dtype=bf16}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from ...dsl.suggest import did_you_mean, nearest
from ..collector import collector_paused
from ..own import own_code
from ..programs import Programs
from ..user_error import UserError
from .base import Pass, PassResult, run_on_all
from .find import find_pass, written_name
from .rewrite import operators_in
from .share_weights import share_weights

PASS = re.compile(r"\s*(?P<word>[A-Za-z_][\w.-]*(?::[A-Za-z_]\w*)?)\s*", re.ASCII)
"""`fold-constants`, or `my_passes:Halve` for one of the user's own"""

NAME = re.compile(r"\s*(?P<word>[A-Za-z][A-Za-z0-9_-]*)\s*")
VALUE = re.compile(r"\s*(?P<word>[^,{}=\s]+)\s*")
SPACE = re.compile(r"\s*")


class PipelineError(UserError):
    """A pipeline that cannot be read, or an option that a pass does not have."""

    code: ClassVar[str] = "SOT614"


@dataclass(frozen=True)
class PassReport:
    """What one pass did to one program."""

    name: str
    """of the pass, as written in the pipeline"""
    program: str
    before: int
    """operators"""
    after: int
    result: PassResult


@collector_paused()
def run_pipeline(pipeline: str, programs: Programs) -> tuple[Programs, tuple[PassReport, ...]]:
    """Run the passes of `pipeline`, one after the other, each over all programs.

    In the end, weights that are equal lie in memory once. Raises UnknownPassError, PipelineError and OwnRaisedError.
    """
    passes = parse_pipeline(pipeline)
    reports: list[PassReport] = []
    for made in passes:
        changed = {}
        for name, result in results_of(made, programs).items():
            before = operators_in(programs[name].module.graph)
            after = operators_in(result.program.module.graph)
            reports.append(PassReport(spelled(made), name, before, after, result))
            changed[name] = result.program
        programs = changed
    return (share_weights(programs) if passes else programs), tuple(reports)


def results_of(made: Pass, programs: Programs) -> Mapping[str, PassResult]:
    """What a pass makes of each program. Raises OwnRaisedError where one of the user's own raises, or gives none."""
    with own_code(written_name(type(made)), "pass"):
        results = run_on_all(made, programs)
        for name, result in results.items():
            if not isinstance(result, PassResult):
                raise TypeError(f"of the program `{name}` it made `{result!r}`, which is no PassResult")
    return results


def parse_pipeline(text: str) -> tuple[Pass, ...]:
    """The passes of a pipeline, with their options; none for an empty one.

    Raises UnknownPassError, and PipelineError with the place in the text.
    """
    if not text.strip():
        return ()
    return tuple(read_passes(text))


def spelled(made: Pass) -> str:
    """A pass as in a pipeline, with the options that differ from their defaults."""
    given = {field.name: getattr(made, field.name) for field in options_of(type(made))}
    defaults = {field.name: field.default for field in options_of(type(made))}
    options = [f"{name}={written(value)}" for name, value in given.items() if value != defaults[name]]
    name = written_name(type(made))
    return f"{name}{{{','.join(options)}}}" if options else name


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---------------------------------------------------------------- reading


def read_passes(text: str) -> Iterator[Pass]:
    place = 0
    while True:
        name, place = word(text, place, PASS, "the name of a pass")
        kind = find_pass(name)
        options: dict[str, Any] = {}
        if text[place : place + 1] == "{":
            options, place = read_options(text, place + 1, kind)
        missing = [field.name for field in options_of(kind) if field.name not in options and required(field)]
        if missing:
            raise mistake(
                f"`{name}` needs its option `{missing[0]}`", text, place, "give it in braces: {name=value}"
            )
        with own_code(name, "pass"):
            made = kind(**options)
        yield made
        place = after_space(text, place)
        if place == len(text):
            return
        if text[place] != ",":
            raise mistake("a comma was expected between passes", text, place)
        place += 1


def read_options(text: str, place: int, kind: type[Pass]) -> tuple[dict[str, Any], int]:
    """What stands in braces, from behind the opening one to behind the closing one."""
    known = {field.name: field for field in options_of(kind)}
    types = get_type_hints(kind)
    options: dict[str, Any] = {}
    while text[(place := after_space(text, place)) : place + 1] != "}":
        start = place
        name, place = word(text, place, NAME, "the name of an option, or `}`,")
        if name not in known:
            raise unknown_option(kind, name, text, start)
        if name in options:
            raise mistake(f"the option `{name}` is given twice", text, start)
        if text[place : place + 1] != "=":
            raise mistake(f"`=` and a value were expected after `{name}`", text, place)
        start = after_space(text, place + 1)
        value, place = word(text, place + 1, VALUE, f"a value for `{name}`")
        options[name] = converted(name, value, types[name], text, start)
        if text[place : place + 1] not in (",", "}"):
            raise mistake("`,` or `}` was expected after an option", text, place)
        place += text[place] == ","
    return options, place + 1


def word(text: str, place: int, pattern: re.Pattern[str], what: str) -> tuple[str, int]:
    """A word at a place, and the place behind it."""
    found = pattern.match(text, place)
    if found is None:
        raise mistake(f"{what} was expected", text, after_space(text, place))
    return found["word"], found.end()


def after_space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def converted(name: str, value: str, kind: Any, text: str, place: int) -> Any:
    """An option's text as the type of its field. Raises PipelineError."""
    if get_origin(kind) is Literal:
        choices = [str(choice) for choice in get_args(kind)]
        if value in choices:
            return get_args(kind)[choices.index(value)]
        raise mistake(f"`{name}` cannot be `{value}`", text, place, f"choose one of {', '.join(choices)}")
    if kind is bool:
        if value in ("true", "false"):
            return value == "true"
        raise mistake(f"`{name}` cannot be `{value}`", text, place, "write true or false")
    try:
        return kind(value)
    except ValueError:
        raise mistake(f"`{name}` cannot be `{value}`", text, place, f"write {NUMBERS[kind]}") from None


NUMBERS: Mapping[type, str] = {int: "a whole number", float: "a number"}


def options_of(kind: type[Pass]) -> tuple[Any, ...]:
    return fields(kind)  # type: ignore[arg-type]


def required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def unknown_option(kind: type[Pass], name: str, text: str, place: int) -> PipelineError:
    known = [field.name for field in options_of(kind)]
    there = f"it has: {', '.join(known)}" if known else "it has none"
    return mistake(
        f"`{kind.name}` has no option `{name}`", text, place, did_you_mean(nearest(name, known)) or there
    )


def mistake(message: str, text: str, place: int, remedy: str = "") -> PipelineError:
    """The error, with the text and a mark under the place."""
    line = text.replace("\n", " ")
    return PipelineError(
        f"{message}, at column {place + 1} of the pipeline\n  | {line}\n  | {' ' * place}^",
        remedy or "a pipeline reads `pass,pass{option=value}`",
    )
