"""Every shipped spec measured, and its pages written: `make zoo`.

    python bench/zoo.py [SPEC ...] [--page | --speed]

Each spec is measured in a process of its own, one thread, and what was found is left beside its page, in
docs/zoo/SPEC.json; docs/zoo.md and docs/zoo/SPEC.md are written from these files and the specs, so one spec can be
measured anew alone; `--page` writes the pages without measuring, and `--speed` measures the times of steps alone.
Parity is measured where the outputs of the originals are at hand (../shared/parity); where they are not, what was
found before stays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from common import ROOT
from zoo_pages import FOLDER, kept, write_pages

PARITY = ROOT.parent / "shared" / "parity"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("specs", nargs="*", metavar="SPEC", help="default: all that ship")
    parser.add_argument("--page", action="store_true", help="write the pages from what was measured before")
    parser.add_argument("--speed", action="store_true", help="measure what a step takes, and nothing else")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    from sotc.specs import names

    wanted = arguments.specs or list(names())
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        parser.error(f"there is no spec {unknown[0]}; there are: {', '.join(names())}")
    if arguments.here:
        (keep_speed if arguments.speed else keep)(wanted[0])
        return 0
    only = ["--speed"] if arguments.speed else []
    failed = [] if arguments.page else [name for name in wanted if not measured(name, only)]
    write_pages(names())
    beyond = [f"{name}: {line}" for name in names() for line in kept(name).get("beyond", ())]
    for line in beyond:
        print(line)
    print(f"wrote docs/zoo.md and {len(names())} pages; {len(beyond)} figures beyond what is wanted")
    return 1 if failed else 0


def measured(name: str, only: Sequence[str]) -> bool:
    """Measure a spec, or of it what an option says, in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, __file__, name, "--here", *only]
    done = subprocess.run(command, cwd=ROOT, check=False)
    told = "" if done.returncode == 0 else ": FAILED, its page keeps what was measured before"
    print(f"{name}: {time.perf_counter() - began:.0f} s{told}", flush=True)
    return done.returncode == 0


def keep(name: str) -> None:
    """Measure a spec and leave what was found beside its page."""
    import torch
    import zoo_facts
    import zoo_parity
    import zoo_speed

    torch.set_num_threads(1)
    found: dict[str, Any] = {**kept(name), **zoo_facts.measure(name), "speed": zoo_speed.measure(name)}
    fixture = zoo_parity.fixture_of(name)
    if fixture is not None and PARITY.is_dir():
        found["parity"] = zoo_parity.measure(name, fixture, PARITY)
        found["beyond"] = zoo_parity.beyond(found["parity"])
    write(name, found)


def keep_speed(name: str) -> None:
    """Measure what a step takes; all else that was found of the spec stays."""
    import zoo_speed

    write(name, {**kept(name), "speed": zoo_speed.measure(name)})


def write(name: str, found: dict[str, Any]) -> None:
    from sotc.compiler.writing import write_text

    FOLDER.mkdir(exist_ok=True)
    write_text(FOLDER / f"{name}.json", json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
