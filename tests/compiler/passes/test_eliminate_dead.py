"""eliminate-dead: what is never read goes, inputs stay."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sotc.compiler.passes.eliminate_dead import EliminateDead
from sotc.compiler.passes.rewrite import draft_of, finish, fire, insert_call

from .programs import apply, kinds, program_of, programs_in, run, texts, trace, zoo


class Idle(nn.Module):
    def forward(self, value: Tensor, unused: Tensor) -> Tensor:
        return nn.functional.dropout(value.to(torch.float32).detach(), 0.5, training=self.training).relu()


def test_operators_that_do_nothing_go_and_unused_inputs_stay() -> None:
    program = program_of(Idle(), torch.randn(2, 3), torch.randn(2, 3))
    outcome = apply(EliminateDead(), {"step": program})["step"]
    assert kinds(outcome.program) == {"relu": 1}
    assert len(outcome.program.inputs) == 2
    assert texts(outcome.skipped) == [
        "the input `state.1` is never read; it stays, since the session passes it"
    ]
    given = torch.randn(3, 3), torch.randn(3, 3)
    assert torch.equal(run(outcome.program, *given), given[0].relu())


def test_an_operator_that_nothing_reads_goes_with_what_only_it_read() -> None:
    draft = draft_of(program_of(Idle(), torch.randn(2, 3), torch.randn(2, 3)))
    entrance = next(node for node in draft.graph.nodes if node.op == "placeholder")
    end = next(node for node in draft.graph.nodes if node.op == "output")
    aten = torch.ops.aten
    inner = insert_call(draft, aten.exp.default, (entrance,), before=end, origin="")
    outer = insert_call(draft, aten.neg.default, (inner,), before=end, origin="pick")
    fire(draft, outer, "put in by the test")
    program = finish(draft).program
    assert kinds(program)["exp"] == 1
    outcome = apply(EliminateDead(), {"step": program})["step"]
    assert kinds(outcome.program) == {"relu": 1}
    assert ("neg_default", "pick", "its result is never read") in [
        (reason.node, reason.origin, reason.text) for reason in outcome.fired
    ]


def test_a_copy_that_is_a_result_stays() -> None:
    class Copied(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return value.clone()

    program = program_of(Copied(), torch.randn(2, 3))
    after = apply(EliminateDead(), {"step": program})["step"].program
    given = torch.ones(1, 3)
    run(after, given).add_(1)
    assert torch.equal(given, torch.ones(1, 3))


def test_a_real_tracker_gives_the_same_bits() -> None:
    programs = zoo("nanotrack_v2")
    outcome = apply(EliminateDead(), programs)
    assert {reason.text for reason in outcome["begin"].fired} == {"its operand is of that type already"}
    old, new = trace(programs, 2, 0).results, trace(programs_in(outcome), 2, 0).results
    assert all(torch.equal(old[name], new[name]) for name in old)
