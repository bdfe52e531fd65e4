"""How long it takes to read, check and draw specs, small and very large."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .figures import Figure, median_seconds, milliseconds, seconds

SIZES = (250, 1000, 4000)
FIFTY_LINES = 23
"""so many applications fill about fifty lines"""


def spec_of(applications: int) -> str:
    """A tracker with so many applications of small parts: convolutions in a chain, a sum after every fourth."""
    lines = [
        "tracker Large {",
        "    template = SiameseCrop { size = 31 }",
        "    search = SiameseCrop { size = 63 }",
        "    part stem = Conv2d { out_channels = 8 }",
        "    wire_0 = search -> stem",
    ]
    for number in range(1, applications):
        if number % 4 == 0:
            lines.append(f"    wire_{number} = Add(wire_{number - 1}, wire_{number - 3})")
        else:
            lines.append(f"    part layer_{number} = Conv2d {{ out_channels = 8 }}")
            lines.append(f"    wire_{number} = wire_{number - 1} -> layer_{number}")
    lines += [
        "    head classify = SeparableHead { out_channels = 2, channels = 8, kernels = [3] }",
        "    head regress = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }",
        f"    likeness = XCorrDepthwise(wire_{applications - 1}, template -> stem)",
        "    pick = PointDecode(likeness -> classify, likeness -> regress -> Exp, search.view)",
        "    output box = pick.box",
        "}",
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def written(text: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.sot"
        path.write_text(text)
        yield str(path)


def reading() -> list[Figure]:
    """Parse and resolve, with the saved parser in memory."""
    from sotc.dsl.resolver import resolve
    from sotc.specs import locate

    path = locate("correlation_filter")
    first = seconds(lambda: resolve(path))
    figures = [Figure("parse + resolve correlation_filter, first of all", milliseconds(first))]
    figures.append(
        Figure("parse + resolve correlation_filter", milliseconds(median_seconds(lambda: resolve(path), 21)))
    )
    text = spec_of(FIFTY_LINES)
    with written(text) as made:
        taken = median_seconds(lambda: resolve(made), 21)
    lines = text.count("\n")
    return [*figures, Figure(f"parse + resolve {lines} lines", milliseconds(taken), "< 30 ms")]


def checking() -> list[Figure]:
    from sotc.compiler.check import check
    from sotc.specs import locate

    small = locate("nanotrack_v2")
    check(small)
    figures = [Figure("check nanotrack_v2", milliseconds(median_seconds(lambda: check(small), 9)))]
    taken = {}
    for size in SIZES:
        with written(spec_of(size)) as path:
            began = time.perf_counter()
            result = check(path)
            taken[size] = time.perf_counter() - began
        assert result.ok, result.report()
        promised = "< 10 s" if size == 1000 else "-"
        figures.append(Figure(f"check {size} applications", f"{taken[size]:.2f} s", promised))
    growth = taken[SIZES[-1]] / taken[SIZES[-2]]
    figures.append(Figure("growth from 1,000 to 4,000 applications", f"{growth:.1f} x", "4 x"))
    return figures


def drawing() -> list[Figure]:
    from sotc.compiler.check import check
    from sotc.view.picture import picture
    from sotc.view.svg import svg

    figures = []
    for size in SIZES:
        with written(spec_of(size)) as path:
            drawn = picture(check(path).expect())
        taken = median_seconds(partial(svg, drawn), 3)
        figures.append(Figure(f"draw {size} applications", f"{taken:.2f} s"))
    return figures
