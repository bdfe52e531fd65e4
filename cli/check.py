"""`sotc check`: what is wrong with a spec, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from .check_many import Asked, Judgement, judge, judge_many
from .check_watch import watch
from .options import format_option, spec_options
from .spec_files import spec_files, spread

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.user_error import UserError
    from .verdicts import Verdict

NO_TRACKER = "SOT328"
"""Of a file below a folder that only holds blocks: it is checked where it is used."""

EXAMPLES = """
\b
Examples:
  sotc check my_tracker.sot
  sotc check nanotrack_v2 -v                 a spec that ships; with all that was inferred
  sotc check my_tracker.sot --set width=128
  sotc check trackers                        every .sot file below a folder, in parallel
  sotc check my_tracker.sot --watch          again whenever it, or what it uses, is written
  sotc check trackers --format github        at their lines in a pull request; sarif for scanners

Exit code: 0 where no spec has an error, 1 where one has, 2 for a wrong use of the command.
"""


@click.command(epilog=EXAMPLES)
@click.argument("specs", nargs=-1, required=True, metavar="SPEC|FOLDER...")
@spec_options
@format_option("human", "json", "sarif", "github")
@click.option("-v", "--verbose", is_flag=True, help="Show settings, inferred ones too, shapes and stages.")
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes for many specs (default: as many as pay).",
)
@click.pass_context
def command(
    context: click.Context,
    specs: tuple[str, ...],
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
    layout: str,
    verbose: bool,
    watching: bool,
    jobs: int | None,
) -> None:
    """Say what is wrong with specs: syntax, names, settings, shapes, stages. Nothing of them is run."""
    asked = Asked(params, tracker, allow_python)
    if watching:
        if layout != "human":
            raise click.UsageError(f"--watch prints for a reader; it does not go with --format {layout}")
        watch(lambda: once(specs, asked, verbose), lambda: list(spread(specs)))
    files = spec_files(specs)
    found: list[Judgement] = []
    one_by_one = verbose or len(files) == 1
    judgements = (
        (judge(spec, asked, anew=verbose) for spec in files) if one_by_one else judge_many(files, asked, jobs)
    )
    for judgement in judgements:
        if is_passed_over(judgement, specs):
            continue
        found.append(judgement)
        if layout == "human":
            print_human(judgement, verbose)
    if layout == "human" and len(files) > 1:
        click.echo(total(found))
    if layout != "human":
        click.echo(written(layout, [entry for each in found for entry in entries_of(each.said)]), nl=False)
    context.exit(0 if all(map(is_fine, found)) else 1)


def once(specs: Sequence[str], asked: Asked, verbose: bool) -> Iterable[str]:
    """One round of watching: print what there is to say. Gives the files that were read."""
    click.clear()
    files = spec_files(specs)
    judgements = [judge(spec, asked, anew=True) for spec in files]
    for judgement in judgements:
        if not is_passed_over(judgement, specs):
            print_human(judgement, verbose)
    if len(files) > 1:
        click.echo(total([found for found in judgements if not is_passed_over(found, specs)]))
    click.echo("watching; Ctrl-C ends it", err=True)
    return [path for found in judgements if found.checked for path in found.checked.sources.paths()]


# ---------------------------------------------------------------- what was found


def is_fine(found: Judgement) -> bool:
    return not isinstance(found.said, Exception) and found.said.ok


def is_passed_over(found: Judgement, named: Sequence[str]) -> bool:
    """A file that declares no tracker, and that was not named itself but stands in a folder that was."""
    errors = [entry["code"] for entry in entries_of(found.said) if entry["severity"] == "error"]
    return found.spec not in named and errors == [NO_TRACKER]


def entries_of(said: Verdict | UserError) -> list[Any]:
    """The findings, as `render_json` writes them."""
    return [json_of(said)] if isinstance(said, Exception) else list(said.entries)


def json_of(error: UserError) -> dict[str, object]:
    """A mistake that stands in no file, with the fields that findings have."""
    return {
        "code": error.code,
        "severity": "error",
        "message": error.message,
        "file": None,
        "help": error.remedy or None,
    }


# ---------------------------------------------------------------- how it is said


def written(layout: str, entries: list[Any]) -> str:
    """All findings in one of the forms that programs read."""
    if layout == "sarif":
        from importlib.metadata import version

        from ..dsl.render_sarif import render_sarif

        return render_sarif(entries, version("sotc"))
    if layout == "github":
        from ..dsl.render_github import render_github

        return render_github(entries)
    import json

    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def print_human(found: Judgement, verbose: bool) -> None:
    """The findings; if `verbose`, tables of what was inferred; and a line that sums up."""
    from .console import has_color

    if isinstance(found.said, Exception):
        click.echo(f"{found.said}\n")
        return
    report = found.said.colored if has_color() else found.said.plain
    if report:
        click.echo(f"{report}\n")
    if verbose and found.checked is not None and found.checked.graph is not None:
        print_tables(found.checked)
    click.echo(summed_up(found.spec, found.said))


def print_tables(found: CheckResult) -> None:
    """Settings, shapes and stages."""
    from ..view.picture import picture
    from ..view.summary import summary
    from .console import console

    for renderable in summary(picture(found.expect())):
        console().print(renderable)


def summed_up(spec: str, found: Verdict) -> str:
    """`my_tracker.sot: 2 errors, 1 warning`, or that it is fine."""
    counts = [
        counted(count, name)
        for count, name in ((found.errors, "error"), (found.warnings, "warning"))
        if count
    ]
    if found.errors:
        return f"{spec}: {', '.join(counts)}; `sotc explain CODE` says more"
    return f"{spec}: no errors{f' ({counts[0]})' if counts else ''}"


def total(found: Sequence[Judgement]) -> str:
    """`12 specs: 11 without errors, 1 with: bad.sot`"""
    wrong = [each.spec for each in found if not is_fine(each)]
    head = counted(len(found), "spec")
    if not wrong:
        return f"{head}, no errors"
    named = ", ".join(wrong[:SHOWN]) + (f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else "")
    return f"{head}, {len(wrong)} with errors: {named}"


SHOWN = 10
"""Specs that the last line names."""


def counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
