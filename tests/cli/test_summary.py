"""`sotc summary`."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_each_part_with_its_share(sotc: Any) -> None:
    found = json.loads(sotc("summary", "good.sot", "--format", "json").stdout)
    parts = {part["part"]: part for part in found["parts"]}
    shrink = parts["shrink"]
    assert shrink["shapes"] == ["b 48 8 8", "b 48 16 16"]
    assert shrink["parameters"] == 48 * 48 + 2 * 48
    assert shrink["operations"] == {"init": 2 * 48 * 48 * 8 * 8, "step": 2 * 48 * 48 * 16 * 16}
    assert found["parameters"] == sum(part["parameters"] for part in found["parts"])
    step = next(program for program in found["programs"] if program["name"] == "step")
    assert step["operations"] == sum(part["operations"]["step"] for part in found["parts"])


def test_the_table_names_what_costs_and_lists_the_rest(sotc: Any) -> None:
    output = sotc("summary", "good.sot").output
    row = next(line.split() for line in output.splitlines() if line.strip().startswith("shrink"))
    assert row[:6] == ["shrink", "ConvBNReLU", "b", "48", "8", "8"]
    assert "and, without weights and FLOPs: SiameseCrop x2" in output
    rows = [line.split() for line in sotc("summary", "good.sot", "--all").output.splitlines()]
    assert ["template", "SiameseCrop", "b", "3", "127", "127"] in [row[:6] for row in rows]


def test_how_to_measure_goes_with_profile(sotc: Any) -> None:
    assert "--repeat goes with --profile" in sotc("summary", "good.sot", "--repeat", "3", code=2).output


@pytest.mark.slow
def test_times_stand_beside_what_is_counted(sotc: Any) -> None:
    done = sotc("summary", "nanotrack_v2", "--profile", "--repeat", "2")
    head = next(line.split() for line in done.stdout.splitlines() if line.strip().startswith("part "))
    assert head[-7:] == ["init", "ms", "step", "ms", "of", "step", "ms"]
    assert "medians of 2 runs" in " ".join(done.stdout.split())
    found = json.loads(
        sotc("summary", "nanotrack_v2", "--profile", "--repeat", "2", "--format", "json").stdout
    )
    parts = {part["part"]: part["milliseconds"] for part in found["parts"]}
    nodes = found["times"]["programs"]["step"]["nodes"]
    assert parts["backbone"]["step"] == nodes["field"] > 0, "applied once in a step"
    assert set(parts["backbone"]) == {"init", "step"} and "init" not in parts["classify"]
