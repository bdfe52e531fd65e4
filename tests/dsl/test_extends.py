"""`extends`, `override`, `remove`: one flat tracker, and who wrote each piece of it."""

from __future__ import annotations

import pytest

BASE = """
tracker Base {
    param width: int = 64
    param double: int = 2 * width
    template = Crop { size = 127 }
    search = Crop { size = 255 }
    backbone = ResNet
    neck = Mapper { out_channels = double }
    kernel = template -> backbone -> neck
    field = search -> backbone -> neck
    cls, reg = Head(kernel, field)
    output box = Decode(cls, reg, search.view)
}
"""


def variant(body: str) -> str:
    return f"{BASE}\ntracker Light extends Base {{\n{body}\n}}\n"


def test_override_replaces_in_place(lang) -> None:
    base = lang.program(lang.text(BASE))
    program = lang.program(lang.text(variant("override backbone = MobileNet { width = 1.4 }")))
    assert [part.path for part in program.parts] == [part.path for part in base.parts]
    assert [node.name for node in program.nodes] == [node.name for node in base.nodes]
    backbone = program.part("backbone")
    assert (backbone.component, backbone.provenance.owner) == ("MobileNet", "Light")
    assert program.part("neck").provenance.owner == "Base"
    assert backbone.provenance.span.line == 16


def test_overriding_a_param_changes_what_is_computed_from_it(lang) -> None:
    program = lang.program(lang.text(variant("override param width: int = 10")))
    assert program.part("neck").setting("out_channels").value == 20
    assert [(param.name, param.value, param.provenance.owner) for param in program.params] == [
        ("width", 10, "Light"),
        ("double", 20, "Base"),
    ]


def test_set_comes_before_the_override(lang) -> None:
    program = lang.program(lang.text(variant("override param width: int = 10"), width="7"))
    assert program.part("neck").setting("out_channels").value == 14


def test_new_statements_are_added(lang) -> None:
    program = lang.program(lang.text(variant("judge = cls -> Sigmoid\n output score = judge")))
    assert [output.name for output in program.outputs] == ["box", "score"]
    assert lang.formula(program, program.outputs[1].value).startswith("Sigmoid(Head(")


def test_remove_takes_everything_of_that_name(lang) -> None:
    text = (
        variant("extra = cls -> Sigmoid\n output extra = extra")
        + "tracker Plain extends Light {\n remove extra\n}\n"
    )
    program = lang.program(lang.text(text))
    assert [output.name for output in program.outputs] == ["box"]
    assert "extra" not in [binding.name for binding in program.bindings]


def test_remove_takes_a_state_and_its_next(lang) -> None:
    text = variant("state s = kernel\n next s = s -> F\n output t = s") + (
        "tracker Plain extends Light {\n remove s\n override output t = kernel\n}\n"
    )
    program = lang.program(lang.text(text))
    assert program.states == ()


def test_removed_then_declared_anew(lang) -> None:
    program = lang.program(
        lang.text(
            variant(
                "kernel = template -> backbone\n remove kernel, neck\n override field = search -> backbone"
            )
        )
    )
    assert lang.formula(program, "kernel") == "backbone(template)"


def test_override_of_one_of_several_names(lang) -> None:
    program = lang.program(lang.text(variant("override cls = Other(kernel)")))
    assert lang.formula(program, "cls") == "Other(neck(backbone(template)))"
    assert lang.formula(program, "reg").endswith("[1]")


def test_override_of_several_names_at_once(lang) -> None:
    program = lang.program(lang.text(variant("override cls, reg = Other(field, kernel)")))
    assert lang.formula(program, "reg") == "Other(neck(backbone(search)), neck(backbone(template)))[1]"
    assert len([node for node in program.nodes if node.name.startswith("cls")]) == 2


def test_a_line_of_three(lang) -> None:
    text = variant("override backbone = A\n extra = kernel -> F\n output extra = extra") + (
        "tracker Third extends Light {\n override backbone = B\n override extra = kernel -> G\n}\n"
    )
    program = lang.program(lang.text(text))
    assert program.part("backbone").component == "B"
    assert lang.formula(program, "extra").startswith("G(")
    owners = {part.path: part.provenance.owner for part in program.parts}
    assert owners["backbone"] == "Third"
    assert owners["neck"] == "Base"


def test_if_in_the_base_follows_a_param_of_the_variant(lang) -> None:
    text = """
tracker Base {
    param deep: bool = true
    search = Crop
    if deep {
        backbone = ResNet
    } else if not deep {
        backbone = Small
    }
    output box = search -> backbone
}
tracker Light extends Base {
    override param deep: bool = false
}
"""
    assert lang.program(lang.text(text)).part("backbone").component == "Small"
    assert lang.program(lang.text(text, deep="true")).part("backbone").component == "ResNet"
    assert lang.program(lang.text(text, tracker="Base")).part("backbone").component == "ResNet"


def test_override_within_if(lang) -> None:
    body = "param fast: bool = false\n if fast {\n override backbone = Tiny\n }"
    assert lang.program(lang.text(variant(body))).part("backbone").component == "ResNet"
    assert lang.program(lang.text(variant(body), fast="true")).part("backbone").component == "Tiny"


def test_base_from_another_file(lang) -> None:
    text = 'use "base.sot" { Base }\ntracker Light extends Base {\n override backbone = MobileNet\n}\n'
    program = lang.program(lang.text(text, files={"base.sot": BASE}))
    assert program.part("neck").span.path == "base.sot"
    assert program.part("backbone").span.path == "spec.sot"


def test_blocks_of_the_base_are_looked_up_in_its_own_file(lang) -> None:
    base = BASE.replace("cls -> F", "").replace("Head(kernel, field)", "Mine(kernel, field)")
    base += "block Mine(a, b) {\n part p = P\n return p(a), p(b)\n}\n"
    text = 'use "base.sot" { Base }\ntracker Light extends Base {\n override backbone = MobileNet\n}\n'
    program = lang.program(lang.text(text, files={"base.sot": base}))
    assert lang.formula(program, "reg") == "cls.Mine.p(neck(backbone(search)))"


def test_two_trackers_of_one_name_in_a_line(lang) -> None:
    """A file may call its variant as a file behind it calls its own tracker."""
    files = {
        "one.sot": BASE,
        "two.sot": 'use "one.sot" { Base }\ntracker Middle extends Base {\n override backbone = A\n}\n',
    }
    text = 'use "two.sot" { Middle }\ntracker Base extends Middle {\n override backbone = B\n}\n'
    assert lang.program(lang.text(text, files=files)).part("backbone").component == "B"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("override bakbone = A", "SOT323"),
        ("override output score = cls", "SOT323"),
        ("backbone = A", "SOT324"),
        ("param width: int = 3", "SOT324"),
        ("remove bakbone", "SOT325"),
        ("remove kernel", "SOT326"),
        ("override backbone = A\n override backbone = B", "SOT302"),
        ("override kernel = template -> backbone\n override field = search -> backbone", "SOT304"),
    ],
)
def test_mistakes(lang, body: str, code: str) -> None:
    result = lang.text(variant(body))
    assert set(lang.errors(result)) == {code}
    assert result.program is not None


def test_missing_base_hides_nothing_and_repeats_nothing(lang) -> None:
    text = "tracker Light extends Gone {\n override backbone = A\n x = kernel -> G\n output box = x\n remove y\n}\n"
    assert lang.errors(lang.text(text)) == ["SOT320"]


def test_base_behind_a_mistake_of_syntax_is_not_unknown(lang) -> None:
    text = "tracker Base {{{\n}\ntracker Light extends Base {\n override backbone = A\n}\n"
    assert "SOT320" not in lang.codes(lang.text(text))


def test_override_in_a_tracker_that_extends_nothing(lang) -> None:
    assert lang.errors(lang.body("override backbone = A\n output box = search -> backbone")) == ["SOT331"]
