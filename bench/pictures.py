"""The pictures of the guide: pages of `sotc graph` and `sotc diff` as they look in a browser, light and dark:
`make pictures`.

    python bench/pictures.py [NAME ...]

Each page is opened in a window that has just the height for the whole graph. Pages come from the commands themselves;
times are measured on this machine, once for both.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser import chromium
from common import ROOT
from PIL import Image

FOLDER = ROOT / "docs" / "pictures"
SCALE = 1.5
"""Pixels of a picture for one of the window, each way."""
REST_MS = 400
"""Until text that was drawn at another size is drawn sharp."""
COLOURS = 128
"""Of a palette: drawings need no more, and files stay small."""
MOST_BYTES = 200_000


@dataclass(frozen=True)
class Shot:
    """A page, and what was done in it before the picture was taken."""

    command: tuple[str, ...]
    """of `sotc`; it writes the page"""
    width: int
    """of the window, in CSS pixels"""
    chosen: str = ""
    """the node that the panel tells of"""
    opened: tuple[str, ...] = ()
    """cards that are open"""


SHOTS: Mapping[str, Shot] = {
    "siamrpnpp_r50": Shot(
        ("graph", "siamrpnpp_r50"), 1400, chosen="fields", opened=("block:cls.match_cls.0",)
    ),
    "stark_st50": Shot(("graph", "stark_st50"), 1240),
    "correlation_filter": Shot(("graph", "correlation_filter"), 1200),
    "times": Shot(("graph", "nanotrack_v2", "--profile"), 1240),
    "diff": Shot(("diff", "nanotrack_v1", "nanotrack_v2"), 1400),
}

WHOLE = """
() => {
  const [, , wide, high] = whole(), around = innerHeight - room().height;
  return around + Math.ceil(high * Math.min(1.25, room().width / wide));
}
"""
"""The height of the window in which the graph fills the width of its room."""

SETTLE = """
() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  document.activeElement.blur();
  fit();
  requestAnimationFrame(done);
})))
"""
"""The page has heard of the new size of its window before the graph is fitted to it."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(SHOTS)}")
    wanted = parser.parse_args().names or list(SHOTS)
    unknown = [name for name in wanted if name not in SHOTS]
    if unknown:
        parser.error(f"there is no picture {unknown[0]}; there are: {', '.join(SHOTS)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            page = written(SHOTS[name].command, Path(folder) / f"{name}.html")
            for scheme in ("light", "dark"):
                path = FOLDER / f"{name}_{scheme}.png"
                path.write_bytes(small(taken(browser, SHOTS[name], page, scheme)))
                size = path.stat().st_size
                print(
                    f"{path.relative_to(ROOT)}: {size / 1e3:.0f} kB{'' if size < MOST_BYTES else ', TOO LARGE'}"
                )


def written(command: Sequence[str], path: Path) -> str:
    """The page that a command writes; its address."""
    sotc = Path(sys.executable).with_name("sotc")
    subprocess.run([sotc, *command, "-o", path], check=True, stdout=subprocess.DEVNULL)
    return path.as_uri()


def taken(browser: Any, shot: Shot, address: str, scheme: str) -> bytes:
    """A PNG of the page after all that `shot` says was done in it."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": 900}, color_scheme=scheme, device_scale_factor=SCALE
    )
    page.goto(address)
    for card in shot.opened:
        page.evaluate("id => toggle(id)", card)
    if shot.chosen:
        page.evaluate("id => reveal(id)", shot.chosen)
    high = page.evaluate(WHOLE)
    page.set_viewport_size({"width": shot.width, "height": high})
    page.wait_for_function("high => innerHeight === high", arg=high)
    page.evaluate(SETTLE)
    page.wait_for_timeout(REST_MS)
    picture: bytes = page.screenshot()
    page.close()
    return picture


def small(picture: bytes) -> bytes:
    """The PNG with a palette."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    stream = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


if __name__ == "__main__":
    main()
