"""The pages of the zoo, from what was measured and from the specs themselves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from common import ROOT
from zoo_tables import (
    TIMED,
    checks,
    count,
    deviation,
    giga,
    outputs_table,
    parity,
    prose,
    speed,
    speed_measured,
    step_time,
    summary_of,
    table,
)

FOLDER = ROOT / "docs" / "zoo"
INDEX = ROOT / "docs" / "zoo.md"
MOST_LINES = 60
"""of a spec, in the mean: a screen"""

Found = dict[str, Any]

ORIGINALS = """
The files that a reader of the original has to know, counted by a public index of repositories at the commits named. It
counts characters and no lines, so the specs are counted in characters here, with all that they stand on in .sot; the
components that both need (a ResNet, attention) are Python in either case. It does not hold every file of every
original: what is missing is said.
"""

CROPS = """
Found by trying the crops: the range and order of the channels that the network is given, what lies beyond the frame,
where the centre of a box x, y, w, h is put, and the width and height in pixels of the frame that are shown for a target
of 40 x 40 and for one of 20 x 80.
"""


def kept(name: str) -> Found:
    """What was measured of a spec; empty where nothing was."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def notes() -> Found:
    """What is said of originals and tests, beside what is measured."""
    return tomllib.loads(Path(__file__).with_name("zoo_originals.toml").read_text(encoding="utf-8"))


def write_pages(names: Sequence[str]) -> None:
    """docs/zoo.md, and a page for each spec. Raises SystemExit where one was never measured."""
    from sotc.compiler.writing import write_text

    found = {name: kept(name) for name in names}
    missing = [name for name in names if not found[name]]
    if missing:
        raise SystemExit(f"never measured: {', '.join(missing)}; run bench/zoo.py {missing[0]}")
    write_text(INDEX, "\n".join(index(list(found.values()))))
    for name, one in found.items():
        write_text(FOLDER / f"{name}.md", "\n".join(page(name, one)))


# ---------------------------------------------------------------- all of them


def index(found: Sequence[Found]) -> Iterator[str]:
    lines = [one["lines"] for one in found]
    yield "# The zoo"
    yield ""
    yield (
        f"{len(found)} trackers ship with sotc, each known by its name (`sotc check {found[0]['spec']}`). "
        "This page and those behind it are written by `make zoo`; no figure is set by hand."
    )
    yield ""
    yield measured_on(found)
    yield ""
    yield "## Trackers"
    yield ""
    mean, most = sum(lines) / len(lines), max(lines)
    kept_to = "" if mean <= MOST_LINES else f", **which is more than {MOST_LINES}**"
    yield prose(f"""A spec has {mean:.0f} lines in the mean, {most} at the most{kept_to}; *with* counts the lines of the
        specs and blocks that it stands on, too. Operations are multiplications and additions in convolutions and
        products of matrices, for one target, before any pass: of the first frame, and of every later one. The time
        of a step, in milliseconds, is from a decoded frame to the box, {speed_measured(found)}""")
    yield ""
    heads = ("spec", "what it is", "lines", "with", "parameters", "GFLOP, first", "GFLOP, step")
    yield from table(
        (*heads, *(f"step, `{backend}`" for backend in TIMED), "sees"),
        (overview(one) for one in found),
    )
    yield ""
    yield "## How near they are to their originals"
    yield ""
    yield from parity(found)
    yield ""
    yield "### Those without recorded outputs"
    yield ""
    yield "No output of their originals' code is at hand here. What holds them instead:"
    yield ""
    held = notes()["held"]
    rows = ((one["spec"], *held.get(one["spec"], ("", ""))) for one in found if "parity" not in one)
    yield from table(
        ("spec", "by", "against"), ((link(a), f"`{b}`" if b else "**nothing**", c) for a, b, c in rows)
    )
    yield ""
    yield "## What a check costs"
    yield ""
    yield from checks(found)
    yield ""
    yield "## What the originals need"
    yield ""
    yield from originals({one["spec"]: one for one in found})


def measured_on(found: Sequence[Found]) -> str:
    """When, where and with what."""
    days = sorted({one["measured"] for one in found})
    machines = [dict(pairs) for pairs in dict.fromkeys(tuple(one["machine"].items()) for one in found)]
    told = "; ".join(
        f"{machine['processor']}, one thread, Python {machine['python']}, "
        + ", ".join(f"{name} {text}" for name, text in machine.items() if name not in ("processor", "python"))
        for machine in machines
    )
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Measured {when} on {told}."


def link(name: str) -> str:
    return f"[`{name}`](zoo/{name}.md)"


def overview(one: Found) -> Sequence[str]:
    with_all = one["lines"] + sum(one["uses"].values())
    sides = {entry["name"]: entry["shape"].removeprefix("b ").replace(" ", "x") for entry in one["inputs"]}
    inputs = ", ".join(f"{name} {side}" for name, side in sides.items())
    return (
        link(one["spec"]),
        one["title"],
        str(one["lines"]),
        str(with_all) if one["uses"] else "",
        count(one["parameters"]),
        giga(one["operations"]["init"]),
        giga(one["operations"]["step"]),
        *(step_time(one, backend) for backend in TIMED),
        inputs,
    )


def originals(found: dict[str, Found]) -> Iterator[str]:
    """How much text the originals' files are, where that is known exactly."""
    listed = notes()["original"]
    yield prose(ORIGINALS)
    yield ""
    from sotc.specs import FOLDER as SPECS

    rows = []
    for entry in listed:
        for name in entry["specs"]:
            texts = [SPECS / f"{name}.sot", *(SPECS / other for other in found[name]["uses"])]
            own = sum(len(path.read_text(encoding="utf-8")) for path in texts)
            rows.append(
                (link(name), count(own), count(sum(size for *_, size in entry["files"])), entry["what"])
            )
    yield from table(("spec", "characters", "of the original", "counted"), rows)
    yield ""
    for entry in listed:
        yield f"- {entry['repository']}: " + ", ".join(
            f"`{path}` at {commit[:8]} ({size:,})" for path, commit, size in entry["files"]
        )
    yield ""


# ---------------------------------------------------------------- one of them


def page(name: str, one: Found) -> Iterator[str]:
    from sotc.compiler.check import check
    from sotc.specs import locate
    from sotc.view.mermaid import mermaid
    from sotc.view.picture import picture

    text = Path(locate(name)).read_text(encoding="utf-8")
    yield f"# {name}"
    yield ""
    yield one["title"]
    yield ""
    yield f"[All of them](../zoo.md). {measured_on([one])}"
    yield ""
    yield "## The spec"
    yield ""
    yield f"```sot\n{text.rstrip()}\n```"
    yield ""
    if one["uses"]:
        used = ", ".join(
            f"[`{other}`](../../specs/{other}) ({lines} lines)" for other, lines in one["uses"].items()
        )
        yield f"{one['lines']} lines. It stands on {used}."
    else:
        yield f"{one['lines']} lines, and nothing besides."
    yield ""
    yield from sees(one)
    yield from gives(one)
    yield from costs(one)
    yield from reads(one)
    yield from equals(one)
    yield "## The graph"
    yield ""
    yield "As `sotc graph` draws it: blue is known at the first frame, orange in every frame, purple in training only."
    yield ""
    yield f"```mermaid\n{mermaid(picture(check(locate(name)).expect())).rstrip()}\n```"
    yield ""


def sees(one: Found) -> Iterator[str]:
    """Inputs, and the conventions of their crops."""
    yield "## What it sees"
    yield ""
    yield prose(CROPS)
    yield ""
    heads = ("input", "crop", "shape", "cut", "range", "channels", "beyond the frame", "centre", "shows")
    rows = (
        (
            f"`{entry['name']}`",
            f"`{entry['component']}`",
            entry["shape"],
            entry["when"],
            "{:g} to {:g}".format(*entry["range"]),
            entry["order"],
            entry["beyond"],
            entry["centre"],
            " and ".join("{:g} x {:g}".format(*side) for side in entry["covers"]),
        )
        for entry in one["inputs"]
    )
    yield from table(heads, rows)
    yield ""


def gives(one: Found) -> Iterator[str]:
    yield "## What it gives"
    yield ""
    rows = [
        (
            f"`{name}`",
            shape,
            "a session gives it as x, y, w, h in pixels of the frame" if name == "box" else "",
        )
        for name, shape in one["outputs"].items()
    ]
    yield from table(("output", "shape; b is the number of targets", ""), rows)
    yield ""
    truths = ", ".join(f"`{name}: {kind}`" for name, kind in one["truths"].items())
    losses = ", ".join(f"`{name}`" for name in one["losses"])
    states = ", ".join(f"`{name}`" for name in one["states"])
    yield f"Losses: {losses}, of the truth {truths}." if losses else "It has nothing to train."
    yield f"State beside the target's box: {states or 'none'}."
    yield ""


def costs(one: Found) -> Iterator[str]:
    yield "## What it costs"
    yield ""
    total = one["parameters"]
    rows = [
        (
            f"`{part['part']}`",
            f"`{part['component']}`",
            f"{part['parameters']:,}",
            f"{100 * part['parameters'] / total:.1f} %",
        )
        for part in one["parts"]
    ]
    if rows:
        yield from table(("part", "component", "parameters", ""), [*rows, ("all", "", f"{total:,}", "")])
    else:
        yield "It has no weights."
    yield ""
    operations = ", ".join(f"`{name}` {giga(number)}" for name, number in one["operations"].items())
    yield f"GFLOP for one target, before any pass, by program: {operations}."
    yield ""
    yield from speed(one)


def reads(one: Found) -> Iterator[str]:
    """Whose checkpoints go in."""
    yield "## Checkpoints"
    yield ""
    for entry in one["maps"]:
        if "aliases" in entry:
            names = ", ".join(f"`{name}`" for name in entry["aliases"])
            yield f"- the original's names of outputs that `sotc verify` knows: {names}"
        else:
            ignored = (
                f"; not read: {', '.join(f'`{name}`' for name in entry['ignored'])}"
                if entry["ignored"]
                else ""
            )
            yield f"- names of {entry['source'] or 'its original'}, by {entry['rules']} rules{ignored}"
    if not one["maps"]:
        yield "There is no original whose checkpoints it could read." if one["parts"] else "It needs none."
    yield ""


def equals(one: Found) -> Iterator[str]:
    """How near it is to the original."""
    yield "## How near it is to its original"
    yield ""
    found = one.get("parity")
    if found is None:
        test, against = notes()["held"].get(one["spec"], ("nothing", ""))
        yield f"No output of an original's code is at hand here. It is held by [`{test}`](../../{test}): {against}."
        yield ""
        return
    commit, fixture = found["commit"][:10], found["fixture"]
    yield f"Against {found['original']} at {commit}, under the generated weights of the fixture `{fixture}`."
    yield ""
    yield from outputs_table(found["outputs"])
    yield ""
    if found["left_out"]:
        names = ", ".join(f"`{name}`" for name in found["left_out"])
        yield f"Stored of it and held by tests alone, here or through the boxes below: {names}."
        yield ""
    for crop in found["crops"]:
        yield (
            f"- `{crop['name']}`: {100 * crop['share']:.3f} % of its numbers within a grey level, "
            f"{crop['largest']} grey levels at the most"
        )
    for name in ("forced", "free"):
        if name in found:
            yield f"- {name} run: {deviation(found[name])}"
    if "margin" in found:
        yield f"- the narrowest choice of a cell was by {found['margin']:.1e}; {summary_of(found)}"
    yield ""
    for line in one.get("beyond", ()):
        yield f"**Beyond what is wanted:** {line}.\n"
