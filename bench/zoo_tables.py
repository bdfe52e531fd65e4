"""Tables of the zoo's pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

FIRST_SECONDS, AGAIN_SECONDS = 1.5, 0.3
BUSY = 2.0
"""A load average above which times are longer than they would be."""

Found = Mapping[str, Any]

PARITY = """
Outputs of the originals' own code under generated weights were recorded elsewhere, with what the original loses by
single precision (*its rounding*: its run in fp32 against the same in fp64). Compared are the outputs of the networks;
features on the way, of some of them a summary (mean, deviation, 64 channels at the centre); the crops, as they reach
the network in a free run of 19 steps; and the boxes, of steps that each begin at a given box where the original was run
so (*forced*), and of the free run. Ours is computed in single precision, as it runs. Wanted: outputs within 10 times
its rounding and within 0.0001 of their standard deviation; 99.9 % of a crop's numbers within a grey level; boxes within
0.5 px.
"""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def prose(text: str) -> str:
    """A paragraph on one line."""
    return " ".join(text.split())


def count(number: int) -> str:
    return f"{number:,}"


def giga(number: float) -> str:
    return f"{number / 1e9:.3f}"


# ---------------------------------------------------------------- parity


def parity(found: Sequence[Found]) -> Iterator[str]:
    """What was compared, and a row for each tracker with recorded outputs."""
    yield prose(PARITY)
    yield ""
    heads = (
        "spec",
        "outputs",
        "largest error, of its deviation",
        "of its rounding",
        "on the way",
        "of their deviation",
        "crops, worst",
        "forced, px",
        "free, px",
        "",
    )
    yield from table(heads, (parity_row(one) for one in found if "parity" in one))


def parity_row(one: Found) -> Sequence[str]:
    found = one["parity"]
    heads = [row for row in found["outputs"] if row["own"] is not None]
    summaries = [row for row in found["outputs"] if row["own"] is None]
    crop = min(found["crops"], key=lambda row: row["share"])
    return (
        f"[`{one['spec']}`](zoo/{one['spec']}.md)",
        str(len(heads)),
        f"{max(map(share, heads)):.1e}",
        f"{max(row['largest'] / row['own'] for row in heads):.1f}",
        str(len(summaries)),
        f"{max(map(share, summaries)):.1e}" if summaries else "",
        f"{100 * crop['share']:.2f} %",
        f"{found['forced']['largest']:.1e}" if "forced" in found else "",
        f"{found['free']['largest']:.1e}",
        "**beyond**" if one.get("beyond") else "within",
    )


def share(row: Found) -> float:
    return float(row["largest"] / row["deviation"])


def outputs_table(rows: Sequence[Found]) -> Iterator[str]:
    """Every output, the network's first and then those on the way."""
    heads = (
        "output",
        "of",
        "error, single precision",
        "of its deviation",
        "error, double",
        "the original's rounding",
    )
    yield from table(
        heads,
        (
            (
                f"`{row['name']}`{' (summary)' if row['summary'] else ''}",
                f"`{row['place']}`",
                f"{row['largest']:.1e}",
                f"{share(row):.1e}",
                f"{row['double']:.1e}",
                "" if row["own"] is None else f"{row['own']:.1e}",
            )
            for row in rows
        ),
    )


def deviation(run: Found) -> str:
    own = (
        f"; a change of its inputs by 1e-6 moves the original by {run['own']:.1e}"
        if run["own"] is not None
        else ""
    )
    return f"{run['frames']} steps, boxes within {run['largest']:.1e} px (frame {run['frame']}){own}"


def summary_of(found: Found) -> str:
    """Whether the narrowest choice was wider than what outputs are off by."""
    error = max(share(row) for row in found["outputs"] if row["own"] is not None)
    wide = "more than any" if found["margin"] > error else "**less than the largest**"
    return f"{wide} error of an output, of its deviation"


# ---------------------------------------------------------------- checks


def checks(found: Sequence[Found]) -> Iterator[str]:
    """Seconds of the processor, of the command as a user starts it."""
    first = [one["check"]["first"] for one in found]
    again = [one["check"]["again"] for one in found]
    slow = [one["spec"] for one in found if not quick(one["check"])]
    load = max(one["check"].get("load", 0.0) for one in found)
    busy = (
        f"The machine was busy with other work (load average {load:g}), which lengthens them."
        if load > BUSY
        else ""
    )
    yield prose(f"""`sotc check`, seconds of the processor. {busy} The first time, beyond a Python that imports torch:
        {min(first):.2f} to {max(first):.2f} (wanted below {FIRST_SECONDS:g}); again, with nothing changed, the whole
        command: {min(again):.2f} to {max(again):.2f} (wanted below {AGAIN_SECONDS:g}).
        {f"**Beyond: {', '.join(slow)}.**" if slow else "All are within."}""")
    yield ""
    yield from table(
        ("spec", "first", "again"),
        (
            (f"`{one['spec']}`", f"{one['check']['first']:.2f}", f"{one['check']['again']:.2f}")
            for one in found
        ),
    )


def quick(times: Found) -> bool:
    return bool(times["first"] < FIRST_SECONDS and times["again"] < AGAIN_SECONDS)


# ---------------------------------------------------------------- speed


TIMED = ("eager", "onnx")


def step_time(one: Found, backend: str) -> str:
    """Milliseconds; empty where it was not measured, or cannot be run so."""
    found = one.get("speed", {}).get("milliseconds", {}).get(backend)
    return "" if found is None else milliseconds(found)


def milliseconds(found: float) -> str:
    return f"{found:.0f}" if found >= 100 else f"{found:.3g}"


def speed_measured(found: Sequence[Found]) -> str:
    """How the times of steps were measured; said once for all specs."""
    measured = [one["speed"] for one in found if "speed" in one]
    if not measured:
        return "and was not measured yet."
    days = sorted({one["measured"] for one in measured})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    processors = ", ".join(dict.fromkeys(one["machine"]["processor"] for one in measured))
    versions = ", ".join(dict.fromkeys(one["machine"]["onnxruntime"] for one in measured))
    least, most = min(one["steps"] for one in measured), max(one["steps"] for one in measured)
    steps = str(most) if least == most else f"{least} (slow ones) to {most}"
    load = max(one["load"] for one in measured)
    busy = (
        f"The machine was busy with other work (load average {load:g}), which lengthens them."
        if load > BUSY
        else ""
    )
    width, height = measured[0]["frame"]
    return prose(f"""with random weights, for one target, on frames of {width} x {height}, on one thread of the CPU
        ({processors}, {when}, ONNX Runtime {versions}): what a fifth of {steps} steps stay below, the backends in
        turns. {busy} How fast trained trackers are, and with what else, is in the
        [benchmarks](benchmarks/README.md).""")


def speed(one: Found) -> Iterator[str]:
    """The same of one spec."""
    if "speed" not in one:
        return
    found = one["speed"]
    times = " and ".join(
        f"{milliseconds(took)} ms under `{name}`" for name, took in found["milliseconds"].items()
    )
    said = speed_measured([one]).replace("](benchmarks/", "](../benchmarks/")
    if times:
        yield f"A step takes {times}, from a decoded frame to the box, {said}"
        yield ""
    for backend, reason in found["refused"].items():
        yield f"Under `{backend}` it does not run: {reason}"
        yield ""
