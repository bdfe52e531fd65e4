"""Whatever is typed: findings, never a traceback; and a program that hangs together."""

from __future__ import annotations

import random
import re

import pytest

from sotc.dsl.render import render_human, render_json
from sotc.dsl.resolver import resolve
from sotc.dsl.show import show_program
from sotc.dsl.sources import Sources

SPEC = """
use "blocks.sot" { Match }
tracker Base {
    param deep: bool = true
    param widths: list[int] = [2, 3] where len(widths) > 0
    template = AreaCrop { size = 128, factor = 2.0 }
    template online = AreaCrop { size = 128 } refresh every 200 when trust > 0.5
    search = AreaCrop { size = 320 }
    truth gt: Box
    backbone = ResNet { depth = 50, stages = [3] }
    if deep {
        part encoder = Encoder { layers = 6 }
    } else {
        part encoder = Encoder { layers = 1 }
    }
    part maps = [Match { hidden = 8 * s, out = s } for s in widths if s < 9]
    fn tokens(image) = image -> backbone -> Flatten
    memory = encoder(Concat(tokens(template), tokens(online), tokens(search)))
    a, b = backbone(search) -> maps(backbone(template))
    trust = memory -> Judge { levels = len(widths) }[0] -> Sigmoid
    state model = template -> backbone
    next model = Mix { rate = 0.02 }(model, a + 2 * b) when trust > 0.5 and not trust > 0.9
    loss = 1.0 * L1Loss(trust, gt, weight = 2)
    output box = memory -> Decode(search.view).box
    output score = trust
}
tracker Light extends Base {
    override param widths: list[int] = [4, 5]
    override backbone = MobileNet
    remove loss, gt
    extra = model -> Sigmoid
    output extra = extra
}
"""

BLOCKS = """
block Match(kernel, field) {
    param hidden: int = 256
    param out: int
    part shrink = ConvBNReLU { out_channels = hidden }
    part predict = Conv2d { out_channels = out }
    return XCorr(field -> shrink, kernel -> shrink) -> predict
}
"""

PIECES = re.compile(r"\s+|\w+|->|[^\w\s]")


def test_the_spec_itself_is_right(lang) -> None:
    assert lang.codes(lang.text(SPEC, files={"blocks.sot": BLOCKS})) == []


def mutate(text: str, chance: random.Random) -> str:
    pieces = PIECES.findall(text)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        one, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
        kind = chance.randrange(4)
        if kind == 0:
            del pieces[one]
        elif kind == 1:
            pieces.insert(one, pieces[other])
        elif kind == 2:
            pieces[one], pieces[other] = pieces[other], pieces[one]
        else:
            rows = "".join(pieces).split("\n")
            row = rows.pop(chance.randrange(len(rows)))
            if chance.random() < 0.6:
                rows.insert(chance.randrange(len(rows)), row)
            pieces = PIECES.findall("\n".join(rows))
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(150))
def test_mutations(lang, seed: int) -> None:
    chance = random.Random(seed)
    spec, blocks = (mutate(SPEC, chance), BLOCKS) if seed % 3 else (SPEC, mutate(BLOCKS, chance))
    result = resolve("spec.sot", sources=Sources({"spec.sot": spec, "blocks.sot": blocks}))
    render_human(result.diagnostics, result.sources, color=True)
    render_json(result.diagnostics)
    assert list(result.diagnostics) == list(dict.fromkeys(result.diagnostics))
    if result.program is None:
        assert any(found.is_error for found in result.diagnostics)
        return
    show_program(result.program)
    assert lang.in_order(result.program)
    paths = [part.path for part in result.program.parts]
    assert len(paths) == len(set(paths))
    assert {node.part for node in result.program.nodes if hasattr(node, "part")} <= set(paths)


@pytest.mark.parametrize(
    "wrong", ["(" * 300, "[" * 300, "x" + "(y)" * 300, "-" * 300 + "1", "not " * 300 + "true"]
)
def test_deep_nesting(wrong: str) -> None:
    text = f"tracker T {{\n search = C\n output box = {wrong}\n}}\n"
    result = resolve("t", sources=Sources({"t": text}))
    assert any(found.is_error for found in result.diagnostics)


def test_functions_within_functions(lang) -> None:
    chain = "\n".join(f"fn f{i}(x) = f{i + 1}(x)" for i in range(300)) + "\nfn f300(x) = x -> F"
    assert lang.errors(lang.body(chain + "\n output box = Add(f0(search), template)")) == ["SOT318"]
    short = "\n".join(f"fn f{i}(x) = f{i + 1}(x)" for i in range(40)) + "\nfn f40(x) = x -> F"
    assert lang.codes(lang.body(short + "\n output box = Add(f0(search), template)")) == []


def test_what_doubles_is_stopped(lang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sotc.dsl.builder.MOST_NODES", 5_000)
    lines = "\n".join(f"fn f{i}(x) = f{i + 1}(f{i + 1}(x))" for i in range(40)) + "\nfn f40(x) = x -> F"
    assert lang.errors(lang.body(lines + "\n output box = Add(f0(search), template)")) == ["SOT318"]


def test_lists_that_double_are_stopped(lang) -> None:
    lines = "param p0 = [0, 1]\n" + "\n".join(f"param p{i + 1} = p{i} + p{i}" for i in range(40))
    assert lang.errors(lang.body(lines + "\n output box = Add { s = p40 }(search, template)")) == ["SOT204"]


def test_comprehensions_within_each_other_are_stopped(lang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sotc.dsl.elaborate.MOST_STEPS", 20_000)
    inner = "[[0 for a in range(9999)] for b in range(9999)]"
    assert lang.errors(lang.body(f"n = {inner}\n output box = Add {{ s = n }}(search, template)")) == [
        "SOT318"
    ]
