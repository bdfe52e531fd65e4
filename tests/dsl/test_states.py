"""States, `next`, and templates that are refreshed."""

from __future__ import annotations

import pytest

from sotc.dsl.program import Input, Literal, StateRead, Wire


def test_state_is_read_before_next_is_computed(lang) -> None:
    body = """
    backbone = ResNet
    state model = template -> backbone
    score = search -> backbone -> Match(model)
    next model = Mix { rate = 0.02 }(model, search -> backbone) when score > 0.5
    output box = score
    """
    program = lang.program(lang.body(body))
    (state,) = program.states
    assert isinstance(lang.node(program, "model"), StateRead)
    assert lang.formula(program, state.initial) == "backbone(template)"
    assert lang.formula(program, state.next) == "Mix(model, backbone(search))"
    assert lang.formula(program, state.condition) == "(Match(backbone(search), model) > 0.5)"
    assert state.next_span.line == 8
    assert lang.in_order(program)
    assert [node.name for node in program.nodes if node.name.startswith("model")] == [
        "model", "model.initial", "model.next.backbone", "model.next", "model.when",
    ]  # fmt: skip


def test_state_of_a_constant(lang) -> None:
    program = lang.program(
        lang.body("state n = 0\n next n = n + 1\n output box = Decode(search, template, n)")
    )
    (state,) = program.states
    assert state.initial == Literal(0)
    assert lang.formula(program, state.next) == "(n + 1)"


def test_feedback_through_a_state_is_no_cycle(lang) -> None:
    body = "state a = template -> F\n b = Add(a, search)\n next a = b\n output box = b"
    assert lang.codes(lang.body(body)) == []


@pytest.mark.parametrize(
    "body",
    ["state a = b\n b = a -> F\n next a = b", "state a = a -> F\n next a = a", "state a = b\n state b = a"],
)
def test_a_beginning_that_needs_itself_is_a_cycle(lang, body: str) -> None:
    result = lang.body(body + "\n output box = Decode(search, template, a)")
    assert lang.errors(result) == ["SOT303"]


def test_states_keep_the_order_of_the_text(lang) -> None:
    body = "state b = a -> F\n state a = template -> F\n next a = a\n next b = b\n output box = Add(a, b, search)"
    assert [state.name for state in lang.program(lang.body(body)).states] == ["b", "a"]


def test_refresh(lang) -> None:
    body = """
    param n: int = 100
    template online = AreaCrop { size = 128 } refresh every 2 * n when trust > 0.5
    trust = Judge(online, search, template)
    output box = trust
    """
    program = lang.program(lang.body(body))
    online = lang.node(program, "online")
    assert isinstance(online, Input)
    assert (online.keyword, online.part, online.refresh.every) == ("template", "online", 200)
    assert lang.formula(program, online.refresh.condition) == "(Judge(online, search, template) > 0.5)"
    assert lang.node(program, "template").refresh is None


def test_refresh_without_a_condition(lang) -> None:
    program = lang.program(lang.body("template d = C refresh every 1\n output box = F(d, search, template)"))
    assert lang.node(program, "d").refresh.condition is None


@pytest.mark.parametrize("every", ["0", "-3", "2.5", "true", '"often"'])
def test_refresh_wants_a_number_of_frames(lang, every: str) -> None:
    result = lang.body(f"template d = C refresh every {every}\n output box = F(d, search, template)")
    assert lang.errors(result) == ["SOT204"]


def test_refresh_every_wire(lang) -> None:
    result = lang.body("template d = C refresh every search\n output box = F(d, search, template)")
    assert lang.errors(result) == ["SOT310"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("next modle = search", "SOT313"),
        ("next x = search", "SOT313"),
        ("next model = x\n next model = x", "SOT302"),
    ],
)
def test_mistakes(lang, line: str, code: str) -> None:
    body = f"state model = template\n x = Add(model, search)\n {line}\n output box = x"
    assert lang.errors(lang.body(body)) == [code]


def test_state_without_next(lang) -> None:
    assert lang.codes(lang.body("state m = template\n output box = Add(m, search)")) == ["SOT903"]


def test_outputs_and_losses(lang) -> None:
    body = """
    truth gt: Box[4]
    loss shape = L1Loss(search, gt)
    loss = 2 * L1Loss(template, gt)
    output box = search
    output shape = template
    """
    program = lang.program(lang.body(body))
    assert [(loss.name, lang.formula(program, loss.value)) for loss in program.losses] == [
        ("shape", "L1Loss(search, gt)"),
        ("loss", "(2 * L1Loss(template, gt))"),
    ]
    assert [(output.name, output.value) for output in program.outputs] == [
        ("box", Wire("search")),
        ("shape", Wire("template")),
    ]
    assert lang.node(program, "gt").type == "Box[4]"


def test_a_configured_loss_is_a_part(lang) -> None:
    body = """
    truth gt: Box
    loss focal = FocalLoss { gamma = 2.0 }
    loss total = focal(search, gt)
    output box = template
    """
    program = lang.program(lang.body(body))
    assert program.part("focal").keyword == "loss"
    assert [loss.name for loss in program.losses] == ["total"]
