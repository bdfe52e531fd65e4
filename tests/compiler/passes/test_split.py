"""Parts of a result, and the order of a graph."""

from __future__ import annotations

import torch

from sotc.compiler.passes.rewrite import draft_of, finish, fire
from sotc.compiler.passes.split import in_order, parts_of, tell_strides

from .small_programs import operators_of, program_of, random_inputs


def test_parts_follow_each_other() -> None:
    draft = draft_of(program_of(lambda x: x * 2, [(6,)]))
    whole = next(node for node in draft.graph.nodes if node.op == "call_function")
    parts = parts_of(draft, whole, [1, 2, 3], 1, ["one", "two", "three"])
    assert [node.args[1:] for node in parts] == [(1, 0, 1), (1, 1, 3), (1, 3, 6)]
    assert [node.meta["origin"] for node in parts] == ["one", "two", "three"]
    assert [node.meta["val"].shape[1] for node in parts] == [1, 2, 3]
    assert whole.next is parts[0] and parts[0].next is parts[1]


def test_a_view_of_a_part_becomes_a_reshape_also_behind_other_views() -> None:
    draft = draft_of(program_of(lambda x: (x * 2).unsqueeze(1).view(-1, 6), [(6,)]))
    whole = next(node for node in draft.graph.nodes if node.op == "call_function")
    tell_strides(draft, whole)
    fire(draft, whole, "told")
    assert "view" not in operators_of(finish(draft).program)


def test_order_is_put_right_and_otherwise_kept() -> None:
    program = program_of(lambda x: (x + 1).relu() * x.sigmoid(), [(6,)])
    draft = draft_of(program)
    names = [node.name for node in draft.graph.nodes]
    in_order(draft)
    assert [node.name for node in draft.graph.nodes] == names
    nodes = {node.name: node for node in draft.graph.nodes}
    nodes["sigmoid"].append(nodes["add"])  # now behind relu, which reads it
    in_order(draft)
    order = [node.name for node in draft.graph.nodes]
    assert order.index("add") < order.index("relu") < order.index("mul")
    draft.graph.lint()
    (given,) = random_inputs(program, 3, 0)
    fire(draft, nodes["add"], "moved")
    assert torch.equal(finish(draft).program.module(given)[0], program.module(given)[0])
