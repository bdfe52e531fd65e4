"""Specs with tokens lost, doubled and exchanged: findings, never an exception."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from sotc.compiler.check import check
from sotc.dsl.sources import Sources

TOKEN = re.compile(r"\w+|[^\w\s]|\n")
ODD = ("0", "-1", "1e9", "true", "none", '"x"', "[]", "[1, 2]", "template", "search.view", "pick")
SPECS = ("nanotrack_v2", "correlation_filter", "nanotrack_v1")


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 3)):
        tokens = list(TOKEN.finditer(text))
        one, other = rng.choice(tokens), rng.choice(tokens)
        instead = rng.choice((other.group(), "", f"{other.group()} {one.group()}", rng.choice(ODD)))
        text = text[: one.start()] + instead + text[one.end() :]
    return text


@pytest.mark.parametrize(
    "seed", [*range(24), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(24, 200))]
)
def test_nothing_is_raised(seed: int, root: Path) -> None:
    rng = random.Random(seed)
    text = (root / "specs" / f"{rng.choice(SPECS)}.sot").read_text()
    text = mutated(text.replace('"blocks/', f'"{root}/specs/blocks/'), rng)
    result = check("mutated.sot", sources=Sources({"mutated.sot": text}))
    assert result.ok or result.report()


@pytest.mark.parametrize(
    "missing", ["state model = appearance\n", "template = ScaleCrop", "fn features(image)"]
)
def test_what_others_need_may_be_missing(missing: str, root: Path) -> None:
    text = (root / "specs" / "correlation_filter.sot").read_text()
    assert missing in text
    result = check("mutated.sot", sources=Sources({"mutated.sot": text.replace(missing, "gone = ")}))
    assert not result.ok
