"""`sotc check`: what is wrong with a spec, before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import format_option, spec_options

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.user_error import UserError

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
    from ..compiler.check import check
    from ..specs import UnknownSpecError, locate
    from .config import allowance

    allowed = allowance(allow_python)
    findings: list[CheckResult | UserError] = []
    for spec in specs:
        try:
            path = locate(spec)
        except UnknownSpecError as error:
            findings.append(error)
            continue
        findings.append(check(path, params=params, allow_python=allowed, tracker=tracker))
    if layout == "json":
        print_json(findings)
    else:
        for spec, found in zip(specs, findings, strict=True):
            print_human(spec, found, verbose)
    context.exit(0 if all(is_ok(found) for found in findings) else 1)


def is_ok(found: CheckResult | UserError) -> bool:
    return not isinstance(found, Exception) and found.ok


def print_json(findings: list[CheckResult | UserError]) -> None:
    """One list of all findings, as `render_json` writes them."""
    import json

    from ..dsl.render import render_json

    entries = []
    for found in findings:
        if isinstance(found, Exception):
            entries.append(json_of(found))
        else:
            entries += json.loads(render_json(found.diagnostics))
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


def print_human(spec: str, found: CheckResult | UserError, verbose: bool) -> None:
    from .console import console, has_color

    if isinstance(found, Exception):
        click.echo(f"{found}\n")
        return
    report = found.report(color=has_color()).strip("\n")
    if report:
        click.echo(f"{report}\n")
    if verbose and found.graph is not None:
        from ..view.picture import picture
        from ..view.summary import summary

        for renderable in summary(picture(found.graph)):
            console().print(renderable)
    click.echo(verdict(spec, found))


def verdict(spec: str, found: CheckResult) -> str:
    """`my_tracker.sot: 2 errors, 1 warning`, or that it is fine."""
    errors = sum(finding.is_error for finding in found.diagnostics)
    others = len(found.diagnostics) - errors
    counts = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for count, name in ((errors, "error"), (others, "warning"))
        if count
    ]
    if errors:
        return f"{spec}: {', '.join(counts)}; `sotc explain CODE` says more"
    return f"{spec}: no errors{f' ({counts[0]})' if counts else ''}"
