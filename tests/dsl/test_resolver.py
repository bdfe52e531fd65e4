"""Names are bound, expressions become nodes, and the program is flat and in order."""

from __future__ import annotations

import random
import sys

import pytest

from sotc.dsl.program import Apply, Input, Literal, Operation, Pack, Select, Truth, Wire
from sotc.dsl.resolver import resolve
from sotc.dsl.sources import Sources

TRACKER = '''"""SiamRPN++ with a ResNet-50 backbone."""
tracker SiamRPNpp {
    param width: int = 256
    param ratios: list[float] = [0.33, 0.5, 1.0, 2.0, 3.0]
    template = SiameseCrop { size = 127, context = 0.5 }
    search   = SiameseCrop { size = 255, context = 0.5 }
    truth gt: Box

    backbone = ResNet { depth = 50, stages = [2, 3, 4], output_stride = 8 }
    neck     = ChannelMapper { out_channels = width, kernel_size = 1 }
    head     = SiameseRPNHead { anchors = len(ratios) }

    kernels  = template -> backbone -> neck -> CenterCrop { size = 7 }
    features = search -> backbone -> neck
    """scores and offsets"""
    cls, reg = head(kernels, features)

    anchors = AnchorGrid { ratios, scales = [8], stride = 8 }(cls)
    target  = AnchorAssign { positive = 0.6 }(anchors, gt)
    loss classify = 1.0 * CrossEntropyLoss(cls, target.labels)
    loss regress  = 1.2 * L1Loss(reg, target.deltas, weight = target.weight)

    pick = AnchorDecode { penalty = 0.05 }(cls, reg, anchors, search.view)
    output box   = pick.box
    output score = pick.score
}
'''


@pytest.fixture(scope="module")
def siamese(lang):
    return lang.program(lang.text(TRACKER))


def test_siamese_formulas(lang, siamese) -> None:
    """Hand-computed: what each wire of the example of the language's page is made of."""
    assert lang.formula(siamese, "kernels") == "CenterCrop(neck(backbone(template)))"
    assert lang.formula(siamese, "features") == "neck(backbone(search))"
    both = "head(CenterCrop(neck(backbone(template))), neck(backbone(search)))"
    assert lang.formula(siamese, "cls") == f"{both}[0]"
    assert lang.formula(siamese, "reg") == f"{both}[1]"
    assert lang.formula(siamese, siamese.outputs[0].value).endswith(", search.view).box")
    assert lang.formula(siamese, siamese.losses[1].value).startswith("(1.2 * L1Loss(")
    assert "weight=AnchorAssign(" in lang.formula(siamese, siamese.losses[1].value)


def test_siamese_names_are_stable(lang, siamese) -> None:
    names = [node.name for node in siamese.nodes]
    assert names[:8] == [
        "template", "search", "gt", "kernels.backbone", "kernels.neck", "kernels", "features.backbone", "features",
    ]  # fmt: skip
    assert lang.in_order(siamese)
    assert [part.path for part in siamese.parts] == [
        "template", "search", "backbone", "neck", "head", "kernels.CenterCrop", "anchors.AnchorGrid",
        "target.AnchorAssign", "pick.AnchorDecode", "loss.classify.CrossEntropyLoss", "loss.regress.L1Loss",
    ]  # fmt: skip
    assert [part.keyword for part in siamese.parts[:6]] == [
        "template", "search", "backbone", "neck", "head", None,
    ]  # fmt: skip


def test_shared_part_is_one_part(siamese) -> None:
    applied = [node for node in siamese.nodes if isinstance(node, Apply) and node.part == "backbone"]
    assert len(applied) == 2


def test_settings_are_evaluated_and_keep_their_text(siamese) -> None:
    ratios = siamese.part("anchors.AnchorGrid").setting("ratios")
    assert (ratios.value, ratios.source) == ((0.33, 0.5, 1.0, 2.0, 3.0), "ratios")
    assert siamese.part("head").setting("anchors").value == 5
    width = siamese.part("neck").setting("out_channels")
    assert (width.value, width.source, width.span.line) == (256, "width", 10)


def test_bindings_docs_and_provenance(siamese) -> None:
    bound = {binding.name: binding for binding in siamese.bindings}
    assert bound["cls"].doc == "scores and offsets"
    assert bound["cls"].value == Wire("cls")
    assert siamese.doc == "SiamRPN++ with a ResNet-50 backbone."
    assert siamese.part("neck").provenance.owner == "SiamRPNpp"
    assert siamese.part("neck").span.line == 10


def test_inputs_and_truth(lang, siamese) -> None:
    assert isinstance(lang.node(siamese, "template"), Input)
    truth = lang.node(siamese, "gt")
    assert isinstance(truth, Truth)
    assert truth.type == "Box"


def test_keyword_is_the_default_name(lang) -> None:
    program = lang.program(
        lang.body("backbone = ResNet\n head corner = Corner\n output box = corner(search -> backbone)")
    )
    assert [(part.path, part.keyword) for part in program.parts[2:]] == [
        ("backbone", "backbone"),
        ("corner", "head"),
    ]


def test_order_of_lines_does_not_matter(lang) -> None:
    lines = [
        "backbone = ResNet", "a = template -> backbone", "b = search -> backbone", "c = Add(a, b)",
        "d = c -> Sigmoid", "output box = Decode(d, search.view)",
    ]  # fmt: skip
    straight = lang.program(lang.body("\n".join(lines)))
    for seed in range(5):
        shuffled = lines[:]
        random.Random(seed).shuffle(shuffled)
        program = lang.program(lang.body("\n".join(shuffled)))
        assert lang.in_order(program)
        wanted = lang.formula(straight, straight.outputs[0].value)
        assert lang.formula(program, program.outputs[0].value) == wanted


def test_arithmetic_on_wires_and_constants(lang) -> None:
    program = lang.program(
        lang.body("x = search -> F\n y = (1 + 2) * x - -x / 4\n output box = y > 0.5 and not y < 2 ** 3")
    )
    assert lang.formula(program, "y") == "((3 * F(search)) - (neg(F(search)) / 4))"
    assert lang.formula(program, program.outputs[0].value) == (
        f"(({lang.formula(program, 'y')} > 0.5) and not(({lang.formula(program, 'y')} < 8)))"
    )
    assert all(isinstance(each.operands, tuple) for each in program.nodes if isinstance(each, Operation))


def test_lists_of_wires(lang) -> None:
    program = lang.program(
        lang.body(
            "both = [template -> F, search -> F]\n one = both[1]\n n = len(both)\n output box = Decode(both, one, n)"
        )
    )
    assert isinstance(lang.node(program, "both"), Pack)
    assert lang.formula(program, program.outputs[0].value) == "Decode([F(template), F(search)], F(search), 2)"
    assert {binding.name: binding.value for binding in program.bindings}["n"] == Literal(2)


def test_unpacking(lang) -> None:
    program = lang.program(lang.body("a, b = [template, search]\n _, d = Two(a, b)\n output box = d"))
    assert lang.formula(program, "a") == "template"
    assert lang.formula(program, "d") == "Two(template, search)[1]"
    assert [each.of for each in program.nodes if isinstance(each, Select)] == [2, 2]


def test_list_of_parts_maps_element_by_element(lang) -> None:
    body = """
    param widths: list[int] = [64, 128]
    backbone = ResNet
    part maps = [Conv2d { out_channels = 2 * w } for w in widths]
    a = search -> backbone -> maps
    b = [template, search] -> maps
    c, d = maps(b, gain = 2)
    output box = Decode(a, c, d)
    """
    program = lang.program(lang.body(body))
    assert [part.path for part in program.parts if part.keyword == "part"] == ["maps.0", "maps.1"]
    assert program.part("maps.1").setting("out_channels").value == 256
    levels = "backbone(search)"
    assert lang.formula(program, "a") == f"[maps.0({levels}[0]), maps.1({levels}[1])]"
    assert lang.formula(program, "b") == "[maps.0(template), maps.1(search)]"
    assert lang.formula(program, "d") == "maps.1(maps.1(search), gain=2)"
    assert lang.node(program, "c").name == "c"


def test_index_of_a_list_of_parts_in_a_chain(lang) -> None:
    program = lang.program(
        lang.body(
            "part two = [A, B]\n x = search -> two[1] -> two[0]\n output box = x -> Three(template)[2] -> C.box"
        )
    )
    assert lang.formula(program, "x") == "two.0(two.1(search))"
    assert (
        lang.formula(program, program.outputs[0].value) == "C(Three(two.0(two.1(search)), template)[2]).box"
    )


def test_index_of_a_part_in_a_chain_is_one_of_its_results(lang) -> None:
    program = lang.program(
        lang.body("backbone = B\n output box = search -> backbone[2] -> Head { n = 2 }[0][1]")
    )
    assert lang.formula(program, program.outputs[0].value) == "Head(backbone(search)[2])[0][1]"


def test_chain_puts_the_value_first(lang) -> None:
    program = lang.program(
        lang.body("x = search -> Add(template)\n output box = x -> Scale { by = 2 }(3, at = x)")
    )
    assert lang.formula(program, "x") == "Add(search, template)"
    assert (
        lang.formula(program, program.outputs[0].value)
        == "Scale(Add(search, template), 3, at=Add(search, template))"
    )


def test_function_is_written_out(lang) -> None:
    body = """
    backbone = ResNet
    fn tokens(image) = image -> backbone -> Flatten
    fn both(x, y) = [tokens(x), tokens(y)]
    a, b = both(template, y = search)
    output box = Join(both(search, template))
    """
    program = lang.program(lang.body(body))
    assert lang.formula(program, "a") == "Flatten(backbone(template))"
    assert lang.formula(program, "b") == "Flatten(backbone(search))"
    wanted = "Join([Flatten(backbone(search)), Flatten(backbone(template))])"
    assert lang.formula(program, program.outputs[0].value) == wanted
    assert lang.in_order(program)


def test_selecting_the_same_twice_is_one_node(lang) -> None:
    program = lang.program(
        lang.body("p = Pick(search)\n a = Join(p.box, p.box, p[0], p[0])\n output box = Add(a, p.box)")
    )
    assert [each.name for each in program.nodes] == [
        "template", "search", "p", "p.box", "p.0", "a", "output.box",
    ]  # fmt: skip


def test_alias_is_the_same_node(lang) -> None:
    program = lang.program(lang.body("x = search -> F\n y = x\n output box = y"))
    assert {binding.name: binding.value for binding in program.bindings}["y"] == Wire("x")


def test_comprehension_with_condition(lang) -> None:
    program = lang.program(
        lang.body(
            "odd = [n * n for n in range(6) if n % 2 == 1]\n both = [x -> F for x in [template, search]]\n"
            " output box = G { odd }(both)"
        )
    )
    assert program.parts[-1].setting("odd").value == (1, 9, 25)
    assert lang.formula(program, "both") == "[F(template), F(search)]"


def test_names_of_later_nodes_do_not_depend_on_what_is_inline(lang) -> None:
    program = lang.program(lang.body("x = Add(search -> Sigmoid, template -> Sigmoid)\n output box = x"))
    names = [each.name for each in program.nodes]
    assert names == ["template", "search", "x.Sigmoid", "x.Sigmoid_2", "x"]
    assert [part.path for part in program.parts[2:]] == ["x.Sigmoid", "x.Sigmoid_2", "x.Add"]


def test_python_uses_are_recorded(lang) -> None:
    text = "use python my_lab.heads { TrustHead, Other }\nuse python? gone { X }\n" + TRACKER
    program = lang.program(lang.text(text))
    assert [(use.module, use.names, use.tolerant) for use in program.python_uses] == [
        ("my_lab.heads", ("TrustHead", "Other"), False),
        ("gone", ("X",), True),
    ]


def test_result_tells_trackers_and_blocks(lang) -> None:
    result = lang.text(TRACKER + "\ntracker Second extends SiamRPNpp {\n}\nblock B(x) {\n return x -> F\n}\n")
    assert result.trackers == ("SiamRPNpp", "Second")
    assert result.blocks == ("B",)
    assert result.program.name == "Second"
    assert (
        lang.text(TRACKER + "\ntracker Second extends SiamRPNpp {\n}\n", tracker="SiamRPNpp").program.name
        == "SiamRPNpp"
    )


def test_all_findings_at_once(lang) -> None:
    body = """
    backbone = ResNet { depth = dept }
    x = serch -> backbone
    y = template -> bakbone
    z = y -> neck -> Sigmoid
    output box = Decode(x, z, unknown)
    """
    found = lang.body(body)
    assert lang.errors(found) == ["SOT301"] * 5
    assert found.program is not None


def test_what_is_broken_is_reported_once(lang) -> None:
    result = lang.body("a = missing -> F\n b = a -> G\n c = Add(a, b)\n output box = c.box")
    assert lang.errors(result) == ["SOT301"]


def test_names_in_skipped_statements_are_not_unknown(lang) -> None:
    result = lang.body("x = search -> -> F\n y = x -> G\n output box = y")
    assert "SOT301" not in lang.codes(result)
    assert any(code.startswith("SOT1") for code in lang.codes(result))


def test_cycle_names_every_step(lang) -> None:
    result = lang.body("a = b -> F\n b = c -> F\n c = Add(a, search)\n output box = a")
    (cycle,) = [found for found in result.diagnostics if found.code == "SOT303"]
    assert cycle.title == "these need each other: `a` -> `b` -> `c` -> `a`"
    assert [cycle.label, *(label.text for label in cycle.labels)] == [
        "`a` reads `b`", "`b` reads `c`", "`c` reads `a`",
    ]  # fmt: skip


def spec_of(applications: int) -> str:
    lines = [f"part p{i} = Conv2d {{ out_channels = {i + 1} }}" for i in range(applications)]
    lines += ["w0 = search -> F", *(f"w{i + 1} = w{i} -> p{i}" for i in range(applications))]
    return "\n".join(["tracker T {", "search = Crop", *lines, f"output box = w{applications}", "}"])


@pytest.mark.parametrize("applications", [50, 1000])
def test_many_applications(lang, applications: int) -> None:
    program = lang.program(lang.text(spec_of(applications)))
    assert len(program.nodes) == applications + 2
    assert lang.in_order(program)


def calls_for(applications: int) -> int:
    """How many functions are called to resolve a spec of that many applications."""
    sources = Sources({"spec.sot": spec_of(applications)})
    count = 0

    def counting(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    resolve("spec.sot", sources=sources)
    sys.setprofile(counting)
    try:
        resolve("spec.sot", sources=sources)
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_linearly() -> None:
    """Four times as many applications take four times the calls (quadratic growth would take sixteen)."""
    assert calls_for(400) / calls_for(100) < 4.4


def test_long_chains_and_sums(lang) -> None:
    program = lang.program(
        lang.body("x = search" + " -> F" * 90 + "\n y = x" + " + x" * 90 + "\n output box = y")
    )
    assert len(program.nodes) == 2 + 90 + 90
