"""The page of `sotc graph` with a graph of 1,000 nodes: how soon it is laid out and drawn, and how it moves.

    python bench/viewer.py [--write]

With --write the figures go into docs/benchmarks/README.md.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import re
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from browser import chromium
from common import ROOT, Figure, median, show

from sotc.compiler.check import check
from sotc.dsl.sources import Sources
from sotc.view.html import html
from sotc.view.scene import scene

PAGE = ROOT / "docs" / "benchmarks" / "README.md"
PLACE = re.compile(r"(<!-- bench/viewer.py -->\n```text\n).*?(```\n)", re.DOTALL)

NODES = 1000
RUNS = 5
LAYOUT_SECONDS, FRAME_MS = 3.0, 50.0
"""What issue 5 wants."""
DRAG_SECONDS = 3.0

FRAMES = """
() => new Promise(done => {
  const times = [], begun = performance.now();
  const frame = now => { times.push(now); if (now - begun < @) requestAnimationFrame(frame); else done(times); };
  requestAnimationFrame(frame);
})
"""

DRAWN = """
() => {
  const began = performance.now();
  show("all");
  document.body.getBoundingClientRect();
  return performance.now() - began;
}
"""
"""Milliseconds from the data to the drawing, its style and layout by the browser, without painting."""

MOVES = """
() => {
  const at = (name, x, y) => stage.dispatchEvent(new PointerEvent(name, {clientX: x, clientY: y, bubbles: true}));
  let turn = 0;
  at("pointerdown", 600, 400);
  window.drag = setInterval(() => {
    turn += 0.05;
    at("pointermove", 600 + 300 * Math.sin(turn), 400 + 300 * Math.cos(turn));
  }, 8);
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--write", action="store_true", help="write the figures into docs/benchmarks/README.md"
    )
    wanted = parser.parse_args()
    figures = measure()
    show(figures)
    if wanted.write:
        write(figures)


def measure() -> list[Figure]:
    found = check("big.sot", sources=Sources({"big.sot": big_spec()}))
    graph = found.expect()
    laid_out = min(processor_seconds(lambda: scene(graph)) for _ in range(RUNS))
    text = html(graph, found.sources)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.html"
        path.write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(path.as_uri())
        cards, edges = (page.locator(one).count() for one in (".card", ".edge"))
        drawn = min(page.evaluate(DRAWN) for _ in range(RUNS))
        fitted = frames(page)
        page.keyboard.press("Escape")
        for _ in range(3):
            page.keyboard.press("+")
        near = frames(page)
    load = os.getloadavg()[0]
    size = f"{cards:,} nodes, {edges:,} edges"
    return [
        Figure(
            f"all views of {size} laid out, least of {RUNS}, processor time",
            f"{laid_out:.2f} s",
            f"< {LAYOUT_SECONDS:g} s",
            laid_out < LAYOUT_SECONDS,
        ),
        Figure(
            f"drawn in Chromium, least of {RUNS}", f"{drawn:.0f} ms; the file has {len(text) / 1e6:.1f} MB"
        ),
        moving("dragged as it is first shown", fitted, load),
        moving("dragged after zooming in twice as near", near, load),
    ]


def moving(what: str, intervals: list[float], load: float) -> Figure:
    ordered = sorted(intervals)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    middle = median(ordered)
    return Figure(
        f"{what}: from frame to frame, no GPU, load {load:.1f}",
        f"median {middle:.0f} ms, p95 {p95:.0f} ms of {len(ordered)}",
        f"< {FRAME_MS:g} ms",
        middle < FRAME_MS,
    )


def big_spec() -> str:
    """A chain with links past five of its nodes."""
    chain = [
        f"    x{n} = x{n - 1} + x{max(0, n - 5)}" if n % 2 else f"    x{n} = x{n - 1} -> ReLU"
        for n in range(1, NODES)
    ]
    return "\n".join(
        [
            "tracker Big {",
            "    search = SiameseCrop { size = 255 }",
            "    x0     = search",
            *chain,
            f"    pick   = PointDecode {{ stride = 16 }}(x{NODES - 1}, x{NODES - 1} -> Exp, search.view)",
            "    output box = pick.box",
            "}",
            "",
        ]
    )


def processor_seconds(action: Any) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


def frames(page: Any) -> list[float]:
    """Milliseconds from one frame to the next while the paper is dragged in circles."""
    page.evaluate(MOVES)
    times = page.evaluate(FRAMES.replace("@", str(1e3 * DRAG_SECONDS)))
    page.evaluate(
        "() => { clearInterval(window.drag); window.dispatchEvent(new PointerEvent('pointerup')); }"
    )
    return [later - earlier for earlier, later in pairwise(times)]


def write(figures: list[Figure]) -> None:
    lines = [
        f"{figure.what}: {figure.measured}" + (f" (wanted {figure.wanted})" if figure.wanted else "")
        for figure in figures
    ]
    text = PAGE.read_text(encoding="utf-8")
    changed, count = PLACE.subn(lambda found: found[1] + "\n".join(lines) + "\n" + found[2], text)
    if count != 1:
        raise SystemExit(f"{PAGE} has no place for them")
    PAGE.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main()
