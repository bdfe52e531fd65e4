"""The tools of passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sotc.compiler.passes.match import Anything, Call, Constant, match
from sotc.compiler.passes.rewrite import (
    add_constant,
    arguments,
    draft_of,
    earliest_of,
    finish,
    fire,
    insert_call,
    is_call,
    latest_of,
    only_reader,
    replace,
)
from sotc.compiler.passes.verify import verify

from .programs import constants, kinds, program_of, run

aten = torch.ops.aten


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, value: Tensor) -> Tensor:
        return torch.relu(self.layer(value)) * 2.0


def test_a_draft_shares_weights_and_leaves_the_program_alone() -> None:
    program = program_of(Small(), torch.randn(2, 3))
    before = str(program.module.graph)
    draft = draft_of(program)
    relu = next(node for node in draft.graph.nodes if is_call(node, "aten::relu"))
    end = relu.next
    fire(draft, relu, "taken out")
    replace(draft, relu, relu.all_input_nodes[0])
    result = finish(draft)
    assert str(program.module.graph) == before
    assert "relu" not in kinds(result.program)
    assert [reason.node for reason in result.fired] == ["relu"]
    old, new = constants(program), constants(result.program)
    assert {value.data_ptr() for value in old.values()} == {value.data_ptr() for value in new.values()}
    assert end.name == "mul"


def test_without_anything_done_the_program_is_the_very_same() -> None:
    program = program_of(Small(), torch.randn(2, 3))
    assert finish(draft_of(program)).program is program


def test_a_new_operator_is_noted_with_the_free_number_of_targets() -> None:
    program = program_of(Small(), torch.randn(2, 3))
    draft = draft_of(program)
    end = next(node for node in draft.graph.nodes if node.op == "output")
    (result,) = end.args[0]
    table = add_constant(draft, torch.arange(4.0), end, "pick")
    added = insert_call(draft, aten.add.Tensor, (result, table), before=end, origin="pick")
    end.args = ((added,),)
    fire(draft, added, "put in")
    made = finish(draft).program
    verify(made, program)
    assert not isinstance(added.meta["val"].shape[0], int)
    for batch in (1, 3):
        given = torch.randn(batch, 3)
        assert torch.equal(run(made, given), run(program, given) + torch.arange(4.0))


def test_constants_are_named_by_content_type_and_layout() -> None:
    draft = draft_of(program_of(Small(), torch.randn(2, 3)))
    end = next(node for node in draft.graph.nodes if node.op == "output")

    def name(value: Tensor) -> str:
        return str(add_constant(draft, value, end, "").target)

    image = torch.randn(1, 2, 3, 3)
    assert name(image) == name(image.clone())
    assert len({name(value) for value in (image, image.double(), image + 1, image.reshape(1, 2, 9, 1))}) == 4
    assert name(image) != name(image.contiguous(memory_format=torch.channels_last))
    assert name(torch.zeros(3)) != name(torch.zeros(1).expand(3))


def test_what_was_changed_in_place_is_again_after_a_pass() -> None:
    class Changed(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return (value + 1).mul_(2) * 3

    program = program_of(Changed(), torch.randn(2, 3))
    draft = draft_of(program)
    assert not any(node.target is aten.mul_.Tensor for node in draft.graph.nodes)
    given = torch.randn(2, 3)
    fire(
        draft, latest_of(draft, [node for node in draft.graph.nodes if node.op == "call_function"]), "nothing"
    )
    assert torch.equal(run(finish(draft).program, given), (given + 1) * 2 * 3)


def test_arguments_are_read_by_name_with_their_defaults() -> None:
    draft = draft_of(program_of(nn.Conv2d(3, 4, 3, stride=2), torch.randn(2, 3, 8, 8)))
    (conv,) = (node for node in draft.graph.nodes if is_call(node, "aten::conv2d.default"))
    given = arguments(conv)
    assert (given["stride"], given["padding"], given["groups"]) == ([2, 2], [0, 0], 1)
    assert only_reader(given["weight"]) is conv
    assert earliest_of(draft, [conv, given["weight"]]) is given["weight"]


def test_patterns_remember_what_they_match() -> None:
    draft = draft_of(program_of(Small(), torch.randn(2, 3)))
    layer = Call(
        ("aten::linear",),
        {"input": Anything("value"), "weight": Constant("weight")},
        name="layer",
        single=True,
    )
    pattern = Call(("aten::mul",), {"self": Call(("aten::relu",), {"self": layer}), "other": 2.0})
    (product,) = (node for node in draft.graph.nodes if is_call(node, "aten::mul"))
    found = match(pattern, product)
    assert found is not None
    assert found["layer"].name == "linear"
    assert found["value"].op == "placeholder"
    assert found["weight"].op == "get_attr"
    assert match(Call(("aten::mul",), {"other": 3.0}), product) is None
    assert match(Call(("aten::mul",), {"self": Constant("x")}), product) is None
    both = {"self": Anything("same"), "other": Anything("same")}
    assert match(Call(("aten::mul",), both), product) is None
