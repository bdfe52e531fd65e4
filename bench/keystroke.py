"""How soon the language server answers a keystroke: syntax and names of a spec of 200 lines, over standard input and
output with a real client, torch loaded and the whole check of the text before done."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from common import Figure, median, show
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SERVER = [sys.executable, "-c", "from sotc.cli import main; main(['lsp', '--stdio'])"]
LINES = 200
EDITS = 60
QUIET = 10.0
"""seconds without a keystroke before the server looks into shapes: the next one always comes before"""


def spec() -> str:
    """A tracker of so many lines, without mistakes."""
    layers = (LINES - 16) // 2
    parts = [
        f"    part layer_{n} = ConvBNReLU {{ out_channels = width, kernel_size = 3 }}  # {n}"
        for n in range(layers)
    ]
    steps = [f"    field_{n + 1} = field_{n} -> layer_{n}" for n in range(layers)]
    head = [
        '"""A spec of two hundred lines, measured."""',
        "tracker Long {",
        "    param width: int = 16",
        "    template = SiameseCrop { size = 127 }",
        "    search   = SiameseCrop { size = 255 }",
        "    kernel   = template -> CenterCrop { size = 64 }",
        "    field_0  = XCorrDepthwise(search, kernel)",
    ]
    end = [
        "    head classify = SeparableHead { out_channels = 2 }",
        "    head regress  = SeparableHead { out_channels = 4 }",
        f"    cls  = field_{layers} -> classify",
        f"    loc  = field_{layers} -> regress -> Exp",
        "    pick = PointDecode { stride = 1 }(cls, loc, search.view)",
        "    output box   = pick.box",
        "    output score = pick.score",
        "}",
    ]
    lines = [*head, *parts, *steps, *end]
    return "\n".join([lines[0], *["# a line"] * (LINES - len(lines)), *lines[1:]]) + "\n"


def measure(edits: int = EDITS) -> list[Figure]:
    waits, busy = asyncio.run(typed(edits))
    ordered = sorted(waits)
    late = ordered[int(0.9 * len(ordered))]
    return [
        Figure(
            f"from a keystroke to the findings of syntax and names, {LINES} lines",
            f"{1000 * median(waits):.0f} ms (nine of ten within {1000 * late:.0f} ms)",
            "below 50 ms",
            median(waits) < 0.05,
        ),
        Figure("processor time of the server for a keystroke", f"{1000 * busy:.0f} ms"),
    ]


async def typed(edits: int) -> tuple[list[float], float]:
    """Seconds from each edit to its findings, and the server's processor seconds for one."""
    client = LanguageClient("bench", "1")
    told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: told.put_nowait(params))
    client.feature(types.WINDOW_LOG_MESSAGE)(lambda params: print(params.message, file=sys.stderr))
    await client.start_io(*SERVER)
    await client.initialize_async(
        types.InitializeParams(types.ClientCapabilities(), initialization_options={"delay": QUIET})
    )
    client.initialized(types.InitializedParams())
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        uri = (Path(folder) / "long.sot").as_uri()
        text = spec()
        client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "sot", 0, text))
        )
        first = await told.get()
        assert not first.diagnostics, first.diagnostics
        await told.get()  # the whole check, after QUIET seconds
        line = text.count("\n", 0, text.index("    kernel"))
        written = ""
        began = processor(client)
        for number in range(1, edits + 1):
            place = types.Position(line, len("    kernel"))
            end = types.Position(line, place.character + len(written))
            written = f"_{number}"  # a text that was never there before: what was read once is known
            change = types.TextDocumentContentChangePartial(types.Range(place, end), written)
            identifier = types.VersionedTextDocumentIdentifier(number, uri)
            start = time.perf_counter()
            client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
            found = await told.get()
            waits.append(time.perf_counter() - start)
            assert found.version == number and found.diagnostics, found
        busy = (processor(client) - began) / edits
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return waits, busy


def processor(client: LanguageClient) -> float:
    """Seconds of processor time that the server has used."""
    assert client._server is not None
    fields = Path(f"/proc/{client._server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    show(measure())
