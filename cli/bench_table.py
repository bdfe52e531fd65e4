"""A benchmark as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from ..measure.bench.report import Report, Row

TITLE = "parts of a step, ms (compiled: network holds decoding)"

PARTS = ("upload", "crop", "network", "decode", "refresh", "state", "read", "other")


def show(report: Report) -> None:
    """Print where and what was measured, the figures, and what a step's time goes to."""
    from .console import console

    for line in head(report):
        click.echo(line)
    screen = console()
    screen.print(figures(report))
    if any(row.parts_ms for row in report.rows):
        screen.print(parts(report))
    for row in report.rows:
        for remark in row.notes if row.error is None else (f"not measured: {row.error}",):
            click.echo(f"{row.name}, {counted(row.targets)}: {remark}")


def head(report: Report) -> Iterator[str]:
    machine, footage = report.machine, report.footage
    yield f"{report.tracker}, weights: {report.weights}; from the decoded frame to the box, decoding not among it"
    yield (f"frames   {footage.frames} of {footage.width} x {footage.height}, {footage.name}")
    threads = f"{machine.threads} thread{'s' if machine.threads > 1 else ''}"
    clocks = ", ".join(f"{value:.0f} MHz {when}" for when, value in machine.clocks_mhz.items())
    yield f"machine  {machine.device_name} ({machine.device}), {threads}{', ' + clocks if clocks else ''}"
    rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in machine.gemm_gflops.items())
    yield f"         products of matrices: {rates} GFLOP/s; copies: {machine.copy_gbs:,.1f} GB/s"
    if machine.load and max(machine.load) > machine.cores:
        load = " and ".join(f"{value:.1f}" for value in machine.load)
        yield f"         busy: load {load} on {machine.cores} cores; times say little, ratios more"
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield f"versions {versions}"


def figures(report: Report) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    streams = any(row.streamed_frames_per_second for row in report.rows)
    columns = ["targets", "p50 ms", "p95", "p99", "frames/s", "targets/s", *(["streamed"] if streams else [])]
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    if report.baseline is not None:
        table.add_column(f"times {report.baseline}", justify="right")
    table.add_column("of its rate", justify="right")
    table.add_column("of copying", justify="right")
    for row in report.rows:
        table.add_row(*cells(row, report.baseline is not None, streams))
    return table


def cells(row: Row, compared: bool, streams: bool = False) -> Sequence[str]:
    if row.error is not None:
        return (row.name, str(row.targets), "-")
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f} ({row.ratio_low:.2f} to {row.ratio_high:.2f})"
    return (
        row.name,
        str(row.targets),
        *(number(value) for value in (row.p50_ms, row.p95_ms, row.p99_ms)),
        f"{row.frames_per_second:,.1f}",
        f"{row.targets_per_second:,.1f}",
        *((number(row.streamed_frames_per_second, 1),) if streams else ()),
        *((ratio,) if compared else ()),
        share(row.gemm_share),
        share(row.copy_share),
    )


def parts(report: Report) -> Table:
    """Of each step, in milliseconds, measured with instruments in."""
    from rich.table import Table

    names = [name for name in PARTS if any(name in row.parts_ms for row in report.rows)]
    table = Table(
        box=None,
        pad_edge=False,
        title=TITLE,
    )
    table.add_column("")
    for name in ("targets", *names):
        table.add_column(name, justify="right")
    for row in report.rows:
        if row.parts_ms:
            values = (number(row.parts_ms.get(name), 3) for name in names)
            table.add_row(row.name, str(row.targets), *values)
    return table


def number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.1f} %"


def counted(count: int) -> str:
    return f"{count} target{'s' if count > 1 else ''}"
