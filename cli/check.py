"""`sotc check`: what is wrong with a spec, before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import format_option, spec_options

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.user_error import UserError
    from .verdicts import Verdict

EXAMPLES = """
\b
Examples:
  sotc check my_tracker.sot
  sotc check nanotrack_v2 -v                 a spec that ships; with all that was inferred
  sotc check specs/*.sot --format json
  sotc check my_tracker.sot --set width=128

Exit code: 0 where no spec has an error, 1 where one has, 2 for a wrong use of the command.
"""


@click.command(epilog=EXAMPLES)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@spec_options
@format_option("human", "json")
@click.option("-v", "--verbose", is_flag=True, help="Show settings, inferred ones too, shapes and stages.")
@click.pass_context
def command(
    context: click.Context,
    specs: tuple[str, ...],
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    layout: str,
    verbose: bool,
) -> None:
    """Say what is wrong with specs: syntax, names, settings, shapes, stages. Nothing of them is run."""
    from ..compiler.user_error import UserError
    from ..specs import UnknownSpecError, locate

    said: list[Verdict | UserError] = []
    for spec in specs:
        try:
            found, checked = judged(locate(spec), params, tracker, allow_python, anew=verbose)
        except UnknownSpecError as error:
            said.append(error)
            checked = None
        else:
            said.append(found)
        if layout == "human":
            print_human(spec, said[-1], checked if verbose else None)
    if layout == "json":
        print_json(said)
    context.exit(0 if all(not isinstance(found, UserError) and found.ok for found in said) else 1)


def judged(
    path: str, params: dict[str, str], tracker: str | None, allow_python: bool, anew: bool
) -> tuple[Verdict, CheckResult | None]:
    """What there is to say of a spec: from memory where nothing has changed, or checked `anew`."""
    from . import verdicts

    key = verdicts.key_of(path, params, tracker)
    known = None if anew else verdicts.remembered(key)
    if known is not None:
        return known, None
    from ..compiler.check import check
    from .config import allowance

    found = check(path, params=params, allow_python=allowance(allow_python), tracker=tracker)
    verdict = verdicts.verdict_of(found)
    verdicts.remember(key, found, verdict)
    return verdict, found


def print_tables(found: CheckResult) -> None:
    """Settings, shapes and stages."""
    from ..view.picture import picture
    from ..view.summary import summary
    from .console import console

    for renderable in summary(picture(found.expect())):
        console().print(renderable)


def print_json(said: list[Verdict | UserError]) -> None:
    """One list of all findings, as `render_json` writes them."""
    import json

    entries: list[object] = []
    for found in said:
        entries += [json_of(found)] if isinstance(found, Exception) else found.entries
    click.echo(json.dumps(entries, indent=2, ensure_ascii=False))


def json_of(error: UserError) -> dict[str, object]:
    """A mistake that stands in no file, with the fields that findings have."""
    return {
        "code": error.code,
        "severity": "error",
        "message": error.message,
        "file": None,
        "help": error.remedy or None,
    }


def print_human(spec: str, found: Verdict | UserError, checked: CheckResult | None) -> None:
    """The findings; with `checked`, tables of what was inferred; and a line that sums up."""
    from .console import has_color

    if isinstance(found, Exception):
        click.echo(f"{found}\n")
        return
    report = found.colored if has_color() else found.plain
    if report:
        click.echo(f"{report}\n")
    if checked is not None and checked.graph is not None:
        print_tables(checked)
    click.echo(summed_up(spec, found))


def summed_up(spec: str, found: Verdict) -> str:
    """`my_tracker.sot: 2 errors, 1 warning`, or that it is fine."""
    counts = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for count, name in ((found.errors, "error"), (found.warnings, "warning"))
        if count
    ]
    if found.errors:
        return f"{spec}: {', '.join(counts)}; `sotc explain CODE` says more"
    return f"{spec}: no errors{f' ({counts[0]})' if counts else ''}"
