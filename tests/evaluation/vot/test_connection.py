"""`sotc vot` as a client of TraX meets it: a process of its own, asked by the `trax` package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sotc.evaluation.metrics.regions import Mask, Polygon, Rectangle
from sotc.evaluation.vot.connection import box_of, path_of, region_of
from sotc.evaluation.vot.errors import ConversationError, NoTraxError
from sotc.runtime.images import read_image
from sotc.runtime.tracker import Tracker

trax = pytest.importorskip("trax", exc_type=ImportError)

BOX = (21.0, 19.0, 24.0, 20.5)
POLYGON = [(21.0, 25.0), (30.0, 19.0), (45.0, 30.0), (40.0, 39.5)]
"""its bounds are BOX"""

WIRE = 1e-3
"""Numbers travel as floats of 32 bits with four decimals."""


@contextmanager
def server(artifact: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    code = "from sotc.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "vot", str(artifact), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()


def client_of(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdin is not None and process.stdout is not None
    from trax.client import Client

    return Client((process.stdin.fileno(), process.stdout.fileno()), log=lambda text: None)  # it needs a log


def image(path: Path) -> dict[str, Any]:
    return {"color": trax.FileImage.create(str(path))}


def start(client: Any, path: Path, *regions: Any) -> list[tuple[Any, dict[str, str]]]:
    return client.initialize(image(path), [(region, {}) for region in regions], {})[0]


def step(client: Any, path: Path) -> list[tuple[Any, dict[str, str]]]:
    return client.frame(image(path), {}, [])[0]


def boxes(answer: list[tuple[Any, dict[str, str]]]) -> list[Any]:
    return [pytest.approx(region.bounds(), abs=WIRE) for region, _ in answer]


def ended(process: subprocess.Popen[bytes], code: int) -> str:
    """What it said on standard error, having ended with `code`."""
    assert process.wait(60) == code
    assert process.stderr is not None
    told = process.stderr.read().decode()
    assert "Traceback" not in told
    return told


def alone(tracker: Tracker, frames: list[Path], *given: tuple[float, ...]) -> list[list[tuple[float, ...]]]:
    session = tracker.start(read_image(0, frames[0]).pixels, given)
    found = [session.step(read_image(0, path).pixels).numpy().boxes.tolist() for path in frames[1:]]
    return [[tuple(box) for box in each] for each in found]


def test_a_conversation(artifact: Path, tracker: Tracker, frames: list[Path]) -> None:
    """One process: it begins three times, holds a box, follows two targets, and ends when it is told to."""
    with server(artifact) as process:
        client = client_of(process)
        assert (client.tracker_name, client.region_formats, client.image_formats) == (
            "Tiny",
            ["rectangle"],
            ["path"],
        )
        assert client.get("multiobject") is True

        answer = start(client, frames[0], trax.Rectangle.create(*BOX))
        assert boxes(answer) == [BOX] and float(answer[0][1]["confidence"]) == 1.0
        expected = alone(tracker, frames, BOX)
        for path, own in zip(frames[1:], expected, strict=True):
            answer = step(client, path)
            assert boxes(answer) == own
            assert 0 < float(answer[0][1]["confidence"]) < 1

        answer = start(client, frames[0], trax.Polygon.create(POLYGON))
        assert boxes(answer) == [BOX]
        missing = step(client, frames[0].with_name("missing.png"))
        assert boxes(missing) == [BOX] and float(missing[0][1]["confidence"]) == 0.0
        assert boxes(step(client, frames[1])) == expected[0]

        pixels = np.zeros((30, 40), np.uint8)
        pixels[5:25, 4:28] = 1
        two = start(client, frames[0], trax.Mask.create(pixels, 20, 10), trax.Rectangle.create(*BOX))
        assert boxes(two) == [(24.0, 15.0, 24.0, 20.0), BOX]
        together = alone(tracker, frames[:2], (24.0, 15.0, 24.0, 20.0), BOX)[0]
        assert boxes(step(client, frames[1])) == together

        client.quit()
        told = ended(process, 0)
        assert told.splitlines() == [line for line in told.splitlines() if line.startswith("held ")]
        assert told.count("missing.png") == 1


def test_a_region_without_a_size_is_refused_with_the_reason(artifact: Path, frames: list[Path]) -> None:
    with server(artifact) as process:
        client = client_of(process)
        with pytest.raises(trax.TraxException, match="without a size"):
            start(client, frames[0], trax.Rectangle.create(21, 19, 0, 20))
        assert "error[SOT861]" in ended(process, 1)


def test_a_client_that_is_gone_ends_it(artifact: Path, frames: list[Path]) -> None:
    with server(artifact) as process:
        assert process.stdin is not None and process.stdout is not None
        hello = process.stdout.readline()
        assert hello.startswith(b"@@TRAX:hello ") and b'"trax.region=rectangle;"' in hello
        process.stdout.close()  # nobody reads the answer
        process.stdin.write(f'@@TRAX:initialize "file://{frames[0]}" "21,19,24,20"\n'.encode())
        process.stdin.close()
        assert "the client is gone" in ended(process, 1)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_it(artifact: Path) -> None:
    with server(artifact) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert ended(process, 130) == "interrupted\n"


@pytest.mark.parametrize(
    ("region", "box"),
    [
        (trax.Rectangle.create(*BOX), BOX),
        (trax.Polygon.create(POLYGON), BOX),
        (trax.Mask.create(np.ones((3, 5), np.uint8), 7, 9), (7, 9, 5, 3)),
    ],
    ids=["rectangle", "polygon", "mask"],
)
def test_regions_have_bounds(region: Any, box: tuple[float, ...]) -> None:
    found = region_of(trax, region)
    assert isinstance(found, Rectangle | Polygon | Mask)
    assert box_of(found) == box


@pytest.mark.parametrize(
    "region",
    [
        Rectangle(1, 2, 0, 5),
        Rectangle(1, 2, 5, -1),
        Rectangle(float("nan"), 2, 5, 5),
        Polygon(((1.0, 2.0), (1.0, 9.0), (1.0, 4.0))),
        Mask(3, 4, np.zeros((2, 2), np.bool_)),
    ],
)
def test_a_region_without_a_size_is_none(region: Rectangle | Polygon | Mask) -> None:
    with pytest.raises(ConversationError, match="without a size"):
        box_of(region)


def test_a_mark_is_no_region() -> None:
    with pytest.raises(ConversationError, match="no region"):
        region_of(trax, trax.Special.create(1))


def test_images_come_by_their_path() -> None:
    with pytest.raises(ConversationError, match="channels: depth"):
        path_of(trax, {"depth": trax.FileImage.create("depth.png")})
    with pytest.raises(ConversationError, match="in memory"):
        path_of(trax, {"color": trax.MemoryImage.create(np.zeros((4, 4, 3), np.uint8))})


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from sotc.evaluation.vot.connection import require_trax

    monkeypatch.setitem(sys.modules, "trax", None)
    with pytest.raises(NoTraxError, match=r"sotc\[vot\]"):
        require_trax()
