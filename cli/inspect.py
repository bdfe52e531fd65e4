"""`sotc inspect`: what is in an artifact, held against its checksums, and nothing of it opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import format_option

if TYPE_CHECKING:
    from ..compiler.manifest import Manifest
    from ..compiler.plan import Signature

WIDTH = 110
"""Columns, beyond which lists are broken."""

LARGEST = 1e12
"""No number that was measured is larger."""

SHORT = 12
"""Digits of a hash that are shown; --format json has them all."""

EXAMPLES = """
\b
Examples:
  sotc inspect nanotrack.sotx
  sotc inspect nanotrack.sotx --format json
  sotc graph nanotrack.sotx -o graph.svg     the graph of the spec inside, as a picture
"""


@click.command(epilog=EXAMPLES)
@click.argument("artifact", type=click.Path(dir_okay=False))
@format_option("text", "json")
def command(artifact: str, layout: str) -> None:
    """Tell what is in a compiled tracker, and how it was tried. Nothing of it is opened or run."""
    from ..compiler.opening import verified

    manifest = verified(artifact)
    if layout == "json":
        click.echo(manifest.to_json().decode(), nl=False)
        return
    from ..dsl.screen_text import visible

    for line in told(manifest, Path(artifact)):
        click.echo(visible(line))  # what an artifact says must not steer the terminal


def told(manifest: Manifest, path: Path) -> Iterator[str]:
    """The manifest in sections, for a reader."""
    yield f"{path}: {manifest.name}"
    sections = {
        "compiled": compiled_rows(manifest, path),
        "spec": spec_rows(manifest),
        "weights": weight_rows(manifest),
        "programs": program_rows(manifest),
        "gate": gate_rows(manifest),
        "tuning": tuning_rows(manifest),
        "conventions": sorted(manifest.conventions.items()),
        "members, which match their checksums": member_rows(manifest),
    }
    for title, rows in sections.items():
        yield ""
        yield title
        yield from aligned(rows)
        if title == "gate":
            yield from gate_tables(manifest)


def aligned(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Two columns, the second broken at blanks."""
    from textwrap import wrap

    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        first, *more = wrap(text, WIDTH - width - 4, break_long_words=False, break_on_hyphens=False) or [""]
        yield f"  {name:<{width}}  {first}".rstrip()
        for line in more:
            yield f"  {'':<{width}}  {line}"


# ---------------------------------------------------------------- sections


def compiled_rows(manifest: Manifest, path: Path) -> list[tuple[str, str]]:
    most = manifest.plan.max_targets
    kind = "data only" if manifest.kind == "portable" else "machine code: it runs only where it is trusted"
    return [
        ("kind", f"{manifest.kind} ({kind}), format {manifest.format}, {size_text(path.stat().st_size)}"),
        ("runs", runs_line(manifest)),
        ("targets", "any number" if most is None else f"{most} at most"),
        ("passes", ", ".join(manifest.passes.split(",")) or "none"),
        ("made with", named(manifest.versions)),
        *([("needs", named(manifest.host))] if manifest.host else []),
    ]


def runs_line(manifest: Manifest) -> str:
    """`onnx, fp32, on cpu with 1 thread, crops cut by OpenCV; no torch is needed`."""
    from ..compiler.opening import needs_torch, program_members

    threads = f"{manifest.threads} thread{'s' if manifest.threads > 1 else ''}"
    where = f"{manifest.device} with {threads}" if manifest.device == "cpu" else manifest.device
    cut = "by OpenCV" if manifest.plan.crop_lowering == "host" else "in the programs"
    needs = "torch is needed" if needs_torch(manifest) else "no torch is needed"
    anew = "" if program_members(manifest) else ", compiled when it is opened"
    return f"{manifest.backend}, {manifest.precision}, on {where}, crops cut {cut}; {needs}{anew}"


def spec_rows(manifest: Manifest) -> list[tuple[str, str]]:
    rows = [("file", manifest.spec)]
    if manifest.tracker:
        rows.append(("tracker", manifest.tracker))
    if manifest.params:
        rows.append(("set", named(manifest.params, " = ")))
    for crop in manifest.crops:
        settings = named({name: written(value) for name, value in sorted(crop.settings.items())}, " = ")
        every = f", every {crop.refresh_every} frames" if crop.refresh_every else ""
        rows.append((f"{crop.keyword} {crop.name}", f"{crop.component} {{ {settings} }}{every}"))
    by_version: dict[str, list[str]] = {}
    for name, version in sorted(manifest.components.items()):
        by_version.setdefault(version, []).append(name)
    rows += [("components", f"of {version}: {', '.join(names)}") for version, names in by_version.items()]
    if manifest.python:
        rows.append(("imports", ", ".join(manifest.python)))
    rows.append(("outputs", ", ".join(manifest.plan.outputs)))
    return rows


def weight_rows(manifest: Manifest) -> list[tuple[str, str]]:
    return [
        ("parameters", f"{manifest.parameters:,}"),
        ("sha256", short(manifest.weights)),
        (
            "checkpoint",
            short(manifest.checkpoint) if manifest.checkpoint else "no file: random, or given in memory",
        ),
        *([("source", manifest.weights_source)] if manifest.weights_source else []),
        ("licence", manifest.licence),
    ]


def program_rows(manifest: Manifest) -> list[tuple[str, str]]:
    """The programs in the order in which they run, as arrows from what they read to what they give."""
    rows = []
    for name, program in manifest.plan.programs.items():
        note = manifest.programs.get(name)
        count = "" if note is None or note.operators is None else f"{note.operators} operators: "
        rows.append((f"{when(name)}  {name}", f"{count}{arrow(program)}"))
    return rows


def when(name: str) -> str:
    """When a program runs first."""
    first = ("begin", "border", "aim", "init")
    if name in first:
        return "first frame"
    return "every frame" if name in ("step", "next") else "now and then"


def arrow(program: Signature) -> str:
    reads, gives = (
        ", ".join(slot.name for slot in side) or "nothing" for side in (program.inputs, program.outputs)
    )
    return f"{reads} --> {gives}"


def member_rows(manifest: Manifest) -> list[tuple[str, str]]:
    return [
        (name, f"{member.size:>12,} bytes  sha256 {short(member.sha256)}")
        for name, member in sorted(manifest.members.items())
    ]


# ---------------------------------------------------------------- what was found and measured


def gate_line(manifest: Manifest) -> str:
    """The gate's verdict in a line."""
    found = manifest.gate
    if not isinstance(found, Mapping):
        return "not run (--no-gate): nothing says that this is the tracker of the spec"
    forced = found.get("forced")
    forced = forced if isinstance(forced, Mapping) else {}
    verdict = "passed" if found.get("passed") else "failed"
    least, mean = number(forced, "least_overlap"), number(forced, "mean_overlap")
    overlaps = (
        ""
        if least is None or mean is None
        else f"; overlap with the plain tracker {mean:.5f} in the mean, {least:.5f} at least"
    )
    return f"{verdict}: {forced.get('steps', 0)} steps of {found.get('clip')}{overlaps}{wished_limits(found)}"


def wished_limits(gate: Mapping[str, Any]) -> str:
    """Limits that somebody set in place of the precision's, since a verdict says less without them."""
    limits = gate.get("limits")
    wished = limits.get("wished") if isinstance(limits, Mapping) else None
    if not isinstance(wished, list) or not wished:
        return ""
    return f"; limits set by hand: {', '.join(str(name) for name in wished)}"


def number(table: Mapping[str, Any], name: str) -> float | None:
    """An entry that should be a number, and may be anything in an artifact of somebody else's; None where it is not."""
    value = table.get(name)
    return float(value) if isinstance(value, int | float) and abs(value) < LARGEST else None


def gate_rows(manifest: Manifest) -> list[tuple[str, str]]:
    rows = [("verdict", gate_line(manifest))]
    if isinstance(manifest.gate, Mapping):
        rows += [(name, written(value)) for name, value in flat(manifest.gate) if name != "passed"]
    return rows


def tuning_rows(manifest: Manifest) -> list[tuple[str, str]]:
    if manifest.tuning is None:
        return [("backend", "named by the user: nothing was measured")]
    rows = [(trial["backend"], told_trial(trial)) for trial in trials_of(manifest)]
    return [("chosen", manifest.backend), *rows]


def speed_line(manifest: Manifest) -> str:
    """`onnx 212 steps/s (eager 87)`, as measured when the backend was chosen; and why a faster one was not taken."""
    times = {trial["backend"]: number(trial, "seconds") for trial in trials_of(manifest)}
    speeds = {name: f"{1 / seconds:.0f}" for name, seconds in times.items() if seconds}
    chosen = speeds.pop(manifest.backend, "not measured")
    others = f" ({', '.join(f'{name} {speed}' for name, speed in speeds.items())})" if speeds else ""
    taken = times.get(manifest.backend)
    passed_over = "".join(
        f"; not {trial['backend']}: {trial['note']}"
        for trial in trials_of(manifest)
        if trial.get("note") and taken and 0 < (number(trial, "seconds") or 0) < taken
    )
    return f"{manifest.backend} {chosen} steps/s{others}, one after the other on this machine{passed_over}"


def trials_of(manifest: Manifest) -> list[Mapping[str, Any]]:
    """What was tried, where the artifact says so in the form of this version."""
    trials = manifest.tuning.get("trials") if isinstance(manifest.tuning, Mapping) else None
    found = trials if isinstance(trials, list) else []
    return [trial for trial in found if isinstance(trial, Mapping) and isinstance(trial.get("backend"), str)]


def told_trial(trial: Mapping[str, Any]) -> str:
    seconds, build, note = number(trial, "seconds"), number(trial, "build_seconds"), trial.get("note")
    speed = f"{1000 * seconds:.2f} ms a step, {1 / seconds:.0f} steps/s" if seconds else "not measured"
    built = f"; built in {build:.1f} s" if build else ""
    return f"{speed}{built}{f'; {note}' if note else ''}"


def gate_tables(manifest: Manifest) -> Iterator[str]:
    """Each list of tables in the gate's results, such as the error of every wire, as columns."""
    if not isinstance(manifest.gate, Mapping):
        return
    for name, rows in manifest.gate.items():
        if is_table(rows):
            yield ""
            yield f"  {name}"
            yield from columns(rows)


def is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def columns(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rows under their names; texts come before numbers, which stand at the right."""
    texts = sorted({name for row in rows for name, value in row.items() if isinstance(value, str)})
    numbers = sorted({name for row in rows for name in row} - set(texts))
    names = (*texts, *numbers)
    cells = [names, *([written(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        shown = [
            f"{cell:<{width}}" if name in texts else f"{cell:>{width}}"
            for name, cell, width in zip(names, row, widths, strict=True)
        ]
        yield f"    {'  '.join(shown)}".rstrip()


def flat(table: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested tables by their path."""
    if isinstance(table, Mapping):
        for name, value in table.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else str(name))
    elif not is_table(table):
        yield prefix, table


def named(table: Mapping[str, Any], joined: str = " ") -> str:
    """`sotc 0.1.0, torch 2.13.0`."""
    return ", ".join(f"{name}{joined}{value}" for name, value in table.items() if value != "")


def written(value: Any) -> str:
    """A value of JSON as a reader has it."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(written(item) for item in value) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def size_text(size: int) -> str:
    """`1.4 MB`, `14 kB`."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def short(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:SHORT]}..."
