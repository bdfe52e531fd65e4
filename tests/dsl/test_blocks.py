"""Blocks: params within braces, operands in parentheses, weights of their own for each declared use."""

from __future__ import annotations

import pytest

MATCH = """
block Match(kernel, field) {
    param hidden: int = 256
    param out: int
    part shrink_kernel = ConvBNReLU { out_channels = hidden }
    part shrink_field = ConvBNReLU { out_channels = hidden }
    part predict = Conv2d { out_channels = out }
    response = XCorr(field -> shrink_field, kernel -> shrink_kernel)
    return response -> predict
}
"""


def test_parts_lie_under_the_use(lang) -> None:
    program = lang.program(lang.body("head = Match { out = 4 }\n output box = head(template, search)", MATCH))
    assert [(part.path, part.keyword) for part in program.parts if part.keyword == "part"] == [
        ("head.shrink_kernel", "part"),
        ("head.shrink_field", "part"),
        ("head.predict", "part"),
    ]
    assert program.part("head.predict").setting("out_channels").value == 4
    assert program.part("head.shrink_field").setting("out_channels").value == 256
    assert program.part("head.predict").provenance.owner == "Match"
    wanted = "head.predict(XCorr(head.shrink_field(search), head.shrink_kernel(template)))"
    assert lang.formula(program, program.outputs[0].value) == wanted


def test_nodes_lie_under_what_applies_the_block(lang) -> None:
    program = lang.program(
        lang.body("head = Match { out = 4 }\n y = head(template, search)\n output box = y", MATCH)
    )
    assert [node.name for node in program.nodes[2:]] == [
        "y.response.shrink_field", "y.response.shrink_kernel", "y.response", "y",
    ]  # fmt: skip


def test_one_declared_block_shares_its_weights(lang) -> None:
    body = "part m = Match { out = 4 }\n a = m(template, search)\n output box = m(a, search)"
    program = lang.program(lang.body(body, MATCH))
    assert len([part for part in program.parts if part.component == "Conv2d"]) == 1


def test_two_declared_blocks_do_not(lang) -> None:
    body = """
    part m = Match { out = 4 }
    part n = Match { out = 4 }
    output box = Add(m(template, search), n(template, search))
    """
    program = lang.program(lang.body(body, MATCH))
    assert [part.path for part in program.parts if part.component == "Conv2d"] == ["m.predict", "n.predict"]


def test_inline_blocks_have_weights_of_their_own(lang) -> None:
    body = "a = Match { out = 1 }(template, search)\n output box = Match { out = 1 }(a, search) -> Sigmoid"
    program = lang.program(lang.body(body, MATCH))
    assert [part.path for part in program.parts if part.component == "Conv2d"] == [
        "a.Match.predict",
        "output.box.Match.predict",
    ]


def test_list_of_blocks(lang) -> None:
    body = """
    part heads = [Match { out = n } for n in [2, 4]]
    kernels = [template, template]
    fields = [search, search]
    cls, reg = heads(kernels, fields)
    output box = Decode(cls, reg)
    """
    program = lang.program(lang.body(body, MATCH))
    paths = [part.path for part in program.parts if part.component == "Conv2d"]
    assert paths == ["heads.0.predict", "heads.1.predict"]
    assert lang.formula(program, "reg").startswith("heads.1.predict(")


def test_operands_by_name(lang) -> None:
    body = "head = Match { out = 4 }\n output box = search -> head(kernel = template) "
    result = lang.body(
        body.replace("search -> head(kernel = template)", "head(field = search, kernel = template)"), MATCH
    )
    program = lang.program(result)
    assert "head.shrink_kernel(template)" in lang.formula(program, program.outputs[0].value)


def test_blocks_within_blocks(lang) -> None:
    outer = """
block Twice(x) {
    param n: int
    part first = Once { n }
    part second = Once { n = 2 * n }
    return x -> first -> second
}
block Once(x) {
    param n: int
    part conv = Conv2d { out_channels = n }
    return x -> conv
}
"""
    program = lang.program(
        lang.body("part t = Twice { n = 3 }\n output box = Add(search -> t, template -> t)", outer)
    )
    convolutions = [part for part in program.parts if part.component == "Conv2d"]
    assert [(part.path, part.setting("out_channels").value) for part in convolutions] == [
        ("t.first.conv", 3),
        ("t.second.conv", 6),
    ]
    formula = "t.second.conv(t.first.conv({}))"
    assert (
        lang.formula(program, program.outputs[0].value)
        == f"Add({formula.format('search')}, {formula.format('template')})"
    )
    assert lang.in_order(program)


def test_several_results(lang) -> None:
    after = "block Two(x) {\n part a = A\n part b = B\n return x -> a, x -> b\n}\n"
    program = lang.program(
        lang.body(
            "part two = Two\n p, q = two(search)\n r = two(template)\n output box = Add(p, q, r[0])", after
        )
    )
    assert (
        lang.formula(program, program.outputs[0].value)
        == "Add(two.a(search), two.b(search), two.a(template))"
    )
    assert lang.node(program, "p").part == "two.a"


def test_if_in_a_block(lang) -> None:
    after = """
block Maybe(x) {
    param deep: bool = false
    part a = A
    if deep {
        part b = B
        y = x -> a -> b
    } else {
        y = x -> a
    }
    return y
}
"""
    program = lang.program(
        lang.body(
            "part m = Maybe { deep = true }\n part n = Maybe\n output box = Add(search -> m, template -> n)",
            after,
        )
    )
    assert lang.formula(program, program.outputs[0].value) == "Add(m.b(m.a(search)), n.a(template))"


def test_functions_and_constants_in_a_block(lang) -> None:
    after = """
block Scaled(x, factor) {
    param n: int = 2
    twice = 2 * n
    part a = A { width = twice }
    fn by(y) = y * factor + n
    return by(a(x))
}
"""
    program = lang.program(lang.body("part s = Scaled\n output box = s(search, 1 + 2)", after))
    assert lang.formula(program, program.outputs[0].value) == "((s.a(search) * 3) + 2)"
    assert program.part("s.a").setting("width").value == 4


def test_an_operand_configures_nothing(lang) -> None:
    after = "block B(x, n) {\n part a = A { width = 2 * n }\n return a(x)\n}\n"
    assert lang.errors(lang.body("part b = B\n output box = Add(b(search, 3), b(template, 4))", after)) == [
        "SOT310"
    ]


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("Match { out = 4, hiden = 3 }", "SOT306"),
        ("Match", "SOT307"),
        ("Match { out = 0.5 }", "SOT201"),
        ("Match { out = search }", "SOT310"),
    ],
)
def test_mistakes_in_the_braces(lang, use: str, code: str) -> None:
    result = lang.body(f"head = {use}\n output box = head(template, search)", MATCH)
    assert lang.errors(result) == [code]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("head(template)", "SOT305"),
        ("head(template, search, search)", "SOT305"),
        ("head(template, search, kernel = search)", "SOT305"),
        ("head(template, feild = search)", "SOT319"),
        ("head(template, kernel = search)", "SOT319"),
        ("head(template, Sigmoid)", "SOT309"),
    ],
)
def test_mistakes_in_the_parentheses(lang, call: str, code: str) -> None:
    result = lang.body(f"head = Match {{ out = 4 }}\n output box = {call}", MATCH)
    expected = "SOT319" if "kernel = search)" in call else code
    assert lang.errors(result) == [expected]


def test_recursion(lang) -> None:
    after = "block A(x) {\n part b = B\n return x -> b\n}\nblock B(x) {\n return x -> A\n}\n"
    result = lang.body("part a = A\n output box = search -> a -> Sigmoid", after)
    (found,) = [each for each in result.diagnostics if each.is_error]
    assert found.title == "these blocks contain each other: `A` -> `B` -> `A`"
    assert len(found.labels) == 1


def test_a_mistake_in_a_block_is_told_once(lang) -> None:
    after = "block A(x) {\n return x -> missing\n}\n"
    result = lang.body("part a = A\n part b = A\n output box = Add(a(search), b(search), a(template))", after)
    assert lang.errors(result) == ["SOT301"]


def test_a_block_that_nothing_uses_is_read_too(lang) -> None:
    after = "block A(x) {\n part unused = B\n return x -> mising -> G\n}\n"
    assert sorted(lang.errors(lang.body("output box = Add(search, template)", after))) == ["SOT301", "SOT304"]


@pytest.mark.parametrize(
    "line",
    [
        "template t = C",
        "search = C",
        "truth gt: Box",
        "output y = x",
        "state s = x",
        "next s = x",
        "loss l = L(x)",
    ],
)
def test_what_belongs_to_a_tracker(lang, line: str) -> None:
    after = f"block A(x) {{\n {line}\n return x -> F\n}}\n"
    assert lang.errors(lang.body("part a = A\n output box = Add(search -> a, template)", after)) == ["SOT316"]


def test_blocks_from_another_file_see_their_own_neighbours(lang) -> None:
    outer = "block Outer(x) {\n part d = Deep\n part h = Helper\n return x -> d -> h\n}\n"
    helper = "block Helper(x) {\n return x -> F\n}\n"
    files = {
        "lib/blocks.sot": f'use "inner/more.sot" {{ Deep }}\n{outer}{helper}',
        "lib/inner/more.sot": "block Deep(x) {\n part c = C\n return x -> c\n}\n",
    }
    text = 'use "lib/blocks.sot" { Outer }\n'
    text += "tracker T {\n search = Crop\n part o = Outer\n output box = search -> o\n}\n"
    program = lang.program(lang.text(text, files=files))
    assert lang.formula(program, program.outputs[0].value) == "F(o.d.c(search))"
