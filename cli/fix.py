"""`sotc fix`: what is certain to be meant, mended in the file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import click

from ..compiler.user_error import UserError
from .check import counted
from .options import spec_options
from .spec_files import spec_files
from .text_diff import print_diff

if TYPE_CHECKING:
    from ..dsl.diagnostics import Diagnostic, Fix

ROUNDS = 8
"""A fix may bring another mistake to light; after so many rounds the rest is left to the next run."""

EXAMPLES = """
\b
Examples:
  sotc fix my_tracker.sot                    shows what would change, and asks
  sotc fix trackers --dry-run                every .sot file below a folder; writes nothing
  sotc fix my_tracker.sot --yes

Exit code: 0; under --dry-run 1 where a file would change.
"""


class NobodyToAskError(UserError):
    """Changes that nobody can agree to: there is no terminal."""

    code: ClassVar[str] = "SOT875"


@dataclass(frozen=True)
class Mended:
    """One spec: what its files were and become, what was applied, and the errors that are left."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    fixes: tuple[Fix, ...]
    errors_left: int


@click.command(epilog=EXAMPLES)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC|FOLDER...")
@spec_options
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Write nothing; exit 1 where a file would change.")
@click.pass_context
def command(
    context: click.Context,
    specs: tuple[str, ...],
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Apply the fixes that `sotc check` is certain of, and show them first as a diff.

    What is not used is taken out only where nothing else is wrong: a spec that is being written is not emptied.
    Files that a spec uses are mended with it, those that ship with sotc excepted.
    """
    if yes and dry_run:
        raise click.UsageError("--yes and --dry-run exclude each other")
    changed = 0
    for spec in spec_files(specs):
        found = mended(spec, params, tracker, allow_python)
        for path, text in found.after.items():
            print_diff(found.before[path], text, path, "mended")
        for title in dict.fromkeys(fix.title for fix in found.fixes):
            click.echo(f"{spec}: {title}")
        if not found.after:
            left = counted(found.errors_left, "error")
            click.echo(
                f"{spec}: nothing is certain to be mended{f'; {left} left' if found.errors_left else ''}"
            )
            continue
        changed += 1
        if not dry_run and (yes or agreed(spec)):
            write(found.after)
            left = (
                f"; {counted(found.errors_left, 'error')} left, for `sotc check`" if found.errors_left else ""
            )
            click.echo(f"wrote {', '.join(found.after)}{left}")
    context.exit(1 if dry_run and changed else 0)


def mended(spec: str, params: Mapping[str, str], tracker: str | None, allow_python: bool) -> Mended:
    """Fix in memory, and look again, until nothing certain is left."""
    from ..compiler.check import check
    from ..dsl.fixing import apply_fixes
    from ..dsl.sources import Sources
    from ..specs import locate
    from .config import allowance

    path = locate(spec)
    texts: dict[str, str] = {}
    before: dict[str, str] = {}
    applied: list[Fix] = []
    for _ in range(ROUNDS):
        found = check(
            path, params=params, allow_python=allowance(allow_python), tracker=tracker, sources=Sources(texts)
        )
        read = {
            name: text
            for name in found.sources.paths()
            if is_ones_own(name) and (text := found.sources.text(name))
        }
        before |= {name: text for name, text in read.items() if name not in before}
        fixed = apply_fixes(found.diagnostics, read)
        if not fixed.texts:
            break
        texts |= fixed.texts
        applied += fixed.fixes
    after = {name: text for name, text in texts.items() if text != before[name]}
    return Mended(before, after, tuple(applied), errors_in(found.diagnostics))


def is_ones_own(path: str) -> bool:
    """Whether a file may be written: what ships with sotc may not."""
    from pathlib import Path

    from ..dsl.sources import SHIPPED

    return SHIPPED not in Path(path).resolve().parents


def errors_in(found: tuple[Diagnostic, ...]) -> int:
    return sum(finding.is_error for finding in found)


def agreed(spec: str) -> bool:
    """Ask. Raises NobodyToAskError where there is nobody."""
    if not is_asked():
        raise NobodyToAskError(
            f"`{spec}` was not changed: there is no terminal to ask on",
            "--yes writes it, --dry-run only shows it",
        )
    return click.confirm(f"write {spec}?", default=True)


def is_asked() -> bool:
    return sys.stdin.isatty()


def write(texts: Mapping[str, str]) -> None:
    from ..compiler.writing import write_text

    for path, text in texts.items():
        write_text(path, text)
