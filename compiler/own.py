"""A pass or a backend of the user's own: `my_passes:Halve`, a class in a Python module, where a name of ours may stand.

Whoever writes such a name on the command line or in Python lets the module be imported. An artifact that names one
cannot: opening it needs the user's word, as `use python` does.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from .user_error import UserError, said_by, told_line

if TYPE_CHECKING:
    from .python_use import Allowance

OWN = re.compile(r"(?P<module>[\w.-]+):[A-Za-z_]\w*")
SIGN = ":"
"""parts the module from the class; no name of ours has it"""


class OwnClassError(UserError):
    """A pass or a backend that cannot be taken from the module that it is said to be in."""

    code: ClassVar[str] = "SOT885"


class OwnNotAllowedError(UserError):
    """An artifact that needs a pass or a backend of somebody's own, whose module was not allowed."""

    code: ClassVar[str] = "SOT886"


class OwnRaisedError(UserError):
    """A pass or a backend of somebody's own that raised, or that gave what none may give."""

    code: ClassVar[str] = "SOT887"


def is_own(name: str) -> bool:
    return SIGN in name


def own_class(name: str, what: str, members: Sequence[str]) -> type[Any]:
    """The class that `name` says, of a kind of `what` (`pass`, `backend`), which must have these members.

    Modules are looked for in the working folder, too. Raises OwnClassError.
    """
    module_name, _, class_name = name.partition(SIGN)
    module = own_module(name, module_name, what)
    found = getattr(module, class_name, None)
    if not isinstance(found, type):
        from ..dsl.suggest import did_you_mean, nearest

        near = nearest(
            class_name, sorted(name for name, value in vars(module).items() if isinstance(value, type))
        )
        raise OwnClassError(
            f"the module `{module_name}` has no class `{class_name}`",
            did_you_mean(near) or f"a {what} of your own is written module{SIGN}Class",
        )
    missing = [member for member in members if not hasattr(found, member)]
    if missing:
        raise OwnClassError(
            f"`{name}` is no {what}: it has no `{missing[0]}`", f"a {what} has {', '.join(members)}"
        )
    return found


@contextmanager
def own_code(name: str, what: str) -> Iterator[None]:
    """Around code that a `what` (`pass`, `backend`) runs. Of the user's own, what it raises is told with its place.

    Raises OwnRaisedError; a UserError passes, and so does all that one of ours raises, which is no user's mistake.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not is_own(name):
            raise
        raise OwnRaisedError(
            f"the {what} `{name}` raised{place_in(name, error)}: {said_by(error)}",
            "mend it there; called from Python, it shows all of its traceback",
        ) from error


def place_in(name: str, error: Exception) -> str:
    """The line of the own module that an error came through last; empty where it came through none."""
    module = sys.modules.get(name.partition(SIGN)[0])
    file = getattr(module, "__file__", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return told_line(frames[-1].filename, frames[-1].lineno or 0, frames[-1].line) if frames else ""


def own_source(name: str) -> str:
    """A hash of the file of the module that `name` is in; empty for one without a file."""
    module = sys.modules.get(name.partition(SIGN)[0])
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def own_module(name: str, module: str, what: str) -> ModuleType:
    from .python_use import describe_import_error, make_importable

    make_importable(Path.cwd())
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's module raises is the user's to see
        raise OwnClassError(
            f"the {what} `{name}` cannot be imported: {describe_import_error(error)}",
            "modules are looked for in the working folder and among those that are installed",
        ) from error


def refuse_own(path: str, text: str, allowance: Allowance) -> None:
    """Look at the backend or the pipeline of passes that the artifact at `path` names.

    Raises OwnNotAllowedError for one from a module that is not allowed.
    """
    from .python_use import allows

    for found in OWN.finditer(text):
        module = found["module"]
        if not allows(allowance, module):
            raise OwnNotAllowedError(
                f"`{path}` was compiled with `{found[0]}`, and importing `{module}` would run its code",
                f'if you trust it: --allow-python, or "{module}" below [trust] in sotc.toml, or '
                f'sotc.load(..., allow_python=("{module}",))',
            )
