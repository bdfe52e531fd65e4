"""What a spec is, counted: lines, weights by part, operations, what it sees, and how long a check takes."""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from common import ROOT
from run import processor

from sotc.compiler.check import CheckResult, check
from sotc.compiler.driver import Source, source_of
from sotc.compiler.graph import ComponentGraph
from sotc.compiler.key_map import KeyMap, key_map_of
from sotc.compiler.values import shape_text
from sotc.components.crops.crop import Crop
from sotc.dsl.program import Input, Truth, Wire
from sotc.measure.bench.work import traced
from sotc.specs import locate

ROUNDS = 2
"""of each timing; the least counts: other work on the machine only adds"""

FRAME = (240, 320)
"""Height and width of the frame that crops are tried on, in pixels."""

TARGETS = ((40.0, 40.0), (20.0, 80.0))
"""Width and height of targets whose crops are measured, in pixels."""


def measure(name: str) -> dict[str, Any]:
    """All of it as JSON."""
    path = Path(locate(name))
    checked = check(str(path))
    graph = checked.expect()
    torch.manual_seed(0)
    source = source_of(checked, None, "cpu", "auto")
    return {
        "spec": name,
        "measured": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "tracker": graph.program.name,
        "title": title_of(path.read_text(encoding="utf-8")),
        "lines": lines_of(path),
        "characters": len(path.read_text(encoding="utf-8")),
        "uses": uses_of(checked, path),
        "parameters": sum(part.parameters for part in graph.parts.values()),
        "parts": parts_of(graph),
        "operations": operations_of(source),
        "inputs": [input_of(graph, node) for node in inputs_of(graph)],
        "truths": {node.name: node.type for node in graph.program.nodes if isinstance(node, Truth)},
        "losses": [loss.name for loss in graph.program.losses],
        "states": [state.name for state in graph.program.states],
        "outputs": outputs_of(graph),
        "maps": maps_of(key_map_of(str(path))),
        "check": check_times(name),
    }


def machine() -> dict[str, str]:
    libraries = ("torch", "numpy", "opencv-python-headless")
    return {
        "processor": processor(),
        "python": platform.python_version(),
        **{library: version(library) for library in libraries},
    }


def title_of(text: str) -> str:
    """The first paragraph of the docstring: what it is, and where it comes from."""
    found = re.search(r'"""(.*?)"""', text, re.DOTALL)
    return " ".join(found.group(1).strip().split("\n\n")[0].split()) if found else ""


# ---------------------------------------------------------------- counted


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def uses_of(checked: CheckResult, path: Path) -> dict[str, int]:
    """Lines of the other specs and blocks that it stands on."""
    others = sorted(Path(name).resolve() for name in checked.sources.paths() if Path(name).is_file())
    specs = path.parent.resolve()
    return {
        str(other.relative_to(specs)): lines_of(other)
        for other in others
        if other != path.resolve() and other.is_relative_to(specs)
    }


def parts_of(graph: ComponentGraph) -> list[dict[str, Any]]:
    """Those that have weights, in the order of the spec."""
    return [
        {"part": path, "component": part.bound.component.name, "parameters": part.parameters}
        for path, part in graph.parts.items()
        if part.parameters
    ]


def operations_of(source: Source) -> dict[str, int]:
    """Of each program for one target: of convolutions and products of matrices, an addition being one, too."""
    wanted = [name for name in source.programs if name in ("init", "step", "next") or "refresh." in name]
    found = {name: traced(source.programs[name], 1, "cpu")[0] for name in wanted}
    return {name: count for name, count in found.items() if count or name in ("init", "step")}


def outputs_of(graph: ComponentGraph) -> dict[str, str]:
    """Shapes by name; b is the number of targets."""
    values = {output.name: output.value for output in graph.program.outputs}
    return {
        name: shape_text(graph.values[value.node])
        for name, value in values.items()
        if isinstance(value, Wire)
    }


def maps_of(keymap: KeyMap | None) -> list[dict[str, Any]]:
    """Whose names of weights are read."""
    if keymap is None:
        return []
    return [
        {"source": one.source, "rules": len(one.renames), "ignored": list(one.ignore)}
        for one in (keymap, *keymap.others)
    ] + ([{"aliases": sorted(keymap.aliases)}] if keymap.aliases else [])


# ---------------------------------------------------------------- what it sees


def inputs_of(graph: ComponentGraph) -> list[Input]:
    return [node for node in graph.program.nodes if isinstance(node, Input)]


def input_of(graph: ComponentGraph, node: Input) -> dict[str, Any]:
    """A crop, tried: what is written here was seen in what it does, and not read in what it is called."""
    part = graph.parts[node.part]
    made = part.bound.component.cls(**part.settings)
    assert isinstance(made, Crop)
    return {
        "name": node.name,
        "keyword": node.keyword,
        "component": part.text(),
        "shape": shape_text(graph.values[node.name]),
        "when": when_of(node),
        **seen_by(made),
    }


def when_of(node: Input) -> str:
    if node.keyword == "search":
        return "in every frame"
    if node.refresh is None:
        return "at the first frame"
    rule = "under a condition" if node.refresh.condition is not None else "always"
    return f"at the first frame, and anew every {node.refresh.every} frames, {rule}"


def seen_by(crop: Crop) -> dict[str, Any]:
    """Range and order of the channels, what lies beyond the frame, where a box's centre is, and what is covered."""
    pixels = torch.zeros((2, 3, 2, 2), dtype=torch.uint8)
    pixels[1] = 255
    black, white = crop(pixels)
    red = torch.zeros((1, 3, 2, 2), dtype=torch.uint8)
    red[:, 0] = 255
    change = (crop(red) - crop(pixels[:1])).flatten(2).amax(2)[0]
    box = torch.tensor([[0.0, 0.0, 11.0, 11.0]], dtype=torch.float64)
    frame = torch.full((*FRAME, 3), 100, dtype=torch.uint8)
    size = torch.tensor([FRAME[1], FRAME[0]], dtype=torch.float64)
    targets = torch.tensor([[160.0, 120.0, *extent] for extent in TARGETS], dtype=torch.float64)
    scale = crop.view(targets, size).scale.reshape(len(TARGETS), -1, 2)
    sides = crop.size / scale[:, scale.shape[1] // 2]
    return {
        "range": [round(float(black.min()), 3), round(float(white.max()), 3)],
        "order": {0: "RGB", 2: "BGR"}.get(int(change.argmax()), "other"),
        "beyond": "mean of the first frame" if int(crop.border(frame)[0]) == 100 else "black",
        "centre": centre_text(float(crop.start(box)[0, 0])),
        "covers": [[round(float(side), 2) for side in row] for row in sides],
    }


def centre_text(found: float) -> str:
    """Where the centre of a box from x = 0 of width 11 is put."""
    return {5.5: "x + w/2", 5.0: "x + (w - 1)/2"}.get(found, f"x + w/2 {found - 5.5:+g}")


# ---------------------------------------------------------------- how long a check takes


def check_times(name: str) -> dict[str, float]:
    """Seconds of the processor, of `sotc check` as a user starts it, and of Python with torch alone."""
    command = [str(Path(sys.executable).parent / "sotc"), "check", name]
    bare = [busy([sys.executable, "-c", "import torch"], None) for _ in range(ROUNDS)]
    first, again = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as cache:
            first.append(busy(command, cache))
            again.append(busy(command, cache))
    return {
        "first": round(min(first) - min(bare), 3),
        "again": round(min(again), 3),
        "torch": round(min(bare), 3),
        "load": round(os.getloadavg()[0], 1),
    }


def busy(command: list[str], cache: str | None) -> float:
    """Seconds of the processor that a command takes, its system calls included."""
    began = used()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **({"SOTC_CACHE": cache} if cache else {})}
    subprocess.run(command, cwd=ROOT.parent, env=environment, check=True, capture_output=True)
    return used() - began


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def show(found: Mapping[str, Any]) -> None:
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    show(measure(sys.argv[1]))
