"""Every mistake outside a spec (a file, a frame, a box) has a code of its own and a page."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from sotc.compiler.user_error import UserError
from sotc.dsl import explain

ROOMS = ("cli", "compiler", "evaluation", "importers", "measure", "runtime", "server", "specs")


def subclasses(kind: type[UserError]) -> Iterator[type[UserError]]:
    for found in kind.__subclasses__():
        yield found
        yield from subclasses(found)


def kinds() -> list[type[UserError]]:
    for room in ROOMS:
        package = importlib.import_module(f"sotc.{room}")
        for module in pkgutil.iter_modules(package.__path__, f"sotc.{room}."):
            importlib.import_module(module.name)
    ours = [kind for kind in subclasses(UserError) if kind.__module__.startswith("sotc.")]
    return sorted(ours, key=lambda kind: (kind.code, kind.__name__))


KINDS = kinds()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if not kind.__subclasses__()], ids=lambda kind: kind.__name__
)
def test_every_kind_has_a_page(kind: type[UserError]) -> None:
    page = explain.page(kind.code)
    assert page is not None, f"{kind.__name__} ({kind.code}) has no page in dsl/pages"
    assert page.startswith(f"# {kind.code}: ")


def test_the_message_tells_code_and_remedy() -> None:
    text = str(KINDS[0]("the thing is wrong", "mend it"))
    assert text == f"error[{KINDS[0].code}]: the thing is wrong\n  = help: mend it"
