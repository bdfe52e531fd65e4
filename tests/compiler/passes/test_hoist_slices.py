"""Only what is read is computed: with the same numbers, and nothing where it gains nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from sotc.compiler.backends.examples import examples
from sotc.compiler.passes.hoist_slices import HoistSlices
from sotc.compiler.passes.pipeline import run_pipeline
from sotc.compiler.passes.rewrite import draft_of
from sotc.compiler.passes.verify import verify
from sotc.compiler.programs import StageProgram

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .random_graphs import grown
from .small_programs import assert_same_numbers, in_double, operators_of, program_of

TOKENS, CHANNELS, HEADS = 10, 12, 3


class Block(nn.Module):
    """A block of a vision transformer, whose attention is spelled as asked for."""

    def __init__(self, fused: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.fused = fused
        self.norms = nn.ModuleList([nn.LayerNorm(CHANNELS) for _ in range(2)])
        self.project_in, self.project_out = nn.Linear(CHANNELS, 3 * CHANNELS), nn.Linear(CHANNELS, CHANNELS)
        self.expand, self.reduce = nn.Linear(CHANNELS, 24), nn.Linear(24, CHANNELS)
        self.places = nn.Parameter(torch.randn(1, TOKENS, CHANNELS))

    def forward(self, x: Tensor) -> Tensor:
        parts = self.project_in(self.norms[0](x)).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        q, k, v = parts.unbind(0)
        if self.fused:
            seen = functional.scaled_dot_product_attention(q, k, v)
        else:
            seen = (q @ k.transpose(-2, -1) * 0.5).softmax(-1) @ v
        x = x + self.project_out(seen.transpose(1, 2).flatten(2)) + self.places
        return x + self.reduce(functional.gelu(self.expand(self.norms[1](x))))


def hoisted(
    function: Callable[..., object], *shapes: tuple[int, ...]
) -> tuple[StageProgram, StageProgram, list[str]]:
    """A program, what the pass makes of it, and what it tells; sound, and with the same numbers."""
    program = program_of(function, shapes or [(TOKENS, CHANNELS)])
    result = HoistSlices(least=1).run(program)
    verify(result.program, program)
    assert_same_numbers(program, result.program)
    return program, result.program, [f"{reason.node}: {reason.text}" for reason in result.fired]


def shapes(program: StageProgram, kind: str) -> list[tuple[int, ...]]:
    """What operators of a kind give, for a target."""
    found = [node for node in program.module.graph.nodes if node.name.startswith(kind)]
    return [tuple(node.meta["val"].shape[1:]) for node in found if node.op == "call_function"]


@pytest.mark.parametrize("fused", [False, True])
def test_the_last_block_works_on_the_tokens_that_are_read(fused: bool) -> None:
    block = Block(fused)
    before, after, told = hoisted(lambda x: block(x)[:, 2:])
    assert shapes(before, "linear") == [(10, 36), (10, 12), (10, 24), (10, 12)]
    assert shapes(after, "linear") == [(10, 36), (8, 12), (8, 24), (8, 12)]
    assert shapes(after, "scaled" if fused else "softmax") == ([(3, 8, 4)] if fused else [(3, 8, 10)])
    assert "linear_3: computes 2:10 of 10 along axis 1" in told
    assert {tuple(value.shape) for value in after.module.buffers() if value.dim() == 3} == {(1, 8, CHANNELS)}


def test_queries_of_few_tokens_are_computed_by_themselves() -> None:
    block = Block()
    _, after, told = hoisted(lambda x: block(x)[:, 8:9])
    assert sorted(shapes(after, "linear")) == [(1, 12), (1, 12), (1, 12), (1, 24), (10, 24)]
    assert any("computes in 2 parts" in text for text in told)


def test_a_result_that_is_read_whole_stays_so_and_the_branch_behind_the_slice_does_not() -> None:
    one, two = nn.Linear(CHANNELS, CHANNELS), nn.Linear(CHANNELS, CHANNELS)

    def function(x: Tensor) -> tuple[Tensor, Tensor]:
        stream = one(x)
        return stream.relu(), (stream + two(stream))[:, 2:5]

    _, after, _ = hoisted(function)
    assert sorted(shapes(after, "linear")) == [(3, 12), (10, 12)]


def test_two_readers_are_given_the_range_around_both() -> None:
    layer = nn.Linear(CHANNELS, CHANNELS)

    def function(x: Tensor) -> Tensor:
        y = layer(x).relu()
        return torch.cat((y[:, 2:4], y[:, 3:8].tanh()), 1)

    _, after, told = hoisted(function)
    assert shapes(after, "linear") == [(6, 12)]
    assert told == ["linear: computes 2:8 of 10 along axis 1"]


def test_what_falls_out_of_a_joined_value_is_not_computed() -> None:
    one, two = nn.Linear(CHANNELS, CHANNELS), nn.Linear(CHANNELS, CHANNELS)
    _, after, told = hoisted(lambda x, y: torch.cat((one(x), two(y)), 1)[:, :4].relu(), (10, 12), (10, 12))
    assert shapes(after, "linear") == [(4, 12)]
    assert "cat" not in operators_of(after)
    assert told[-1] == "linear_1: nobody reads it: it is not computed"


def test_channels_that_nobody_reads_take_no_weights() -> None:
    layer = nn.Linear(CHANNELS, 36)
    _, after, _ = hoisted(lambda x: layer(x).chunk(3, -1)[1])
    weight = next(value for value in after.module.buffers() if value.dim() == 2)
    assert torch.equal(weight, layer.weight[12:24])


WEIGHT = torch.linspace(-1, 1, 7 * CHANNELS).reshape(7, CHANNELS)

SPELLINGS: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda y: y.narrow(1, 3, 4),
    lambda y: y.split([3, 4, 3], 1)[1],
    lambda y: y.transpose(1, 2).unflatten(2, (5, 2))[:, :, 1:3].flatten(2),
    lambda y: y.unsqueeze(1)[:, :, 3:7].squeeze(1),
    lambda y: torch.einsum("bic,jc->bij", y, WEIGHT)[:, 3:7],
    lambda y: y[:, 3:7].mean(1, keepdim=True).expand(-1, 4, -1),
)


def test_slices_in_all_spellings() -> None:
    layers = [nn.Linear(CHANNELS, CHANNELS) for _ in SPELLINGS]
    _, after, told = hoisted(
        lambda x: tuple(cut(layer(x)) for cut, layer in zip(SPELLINGS, layers, strict=True))
    )
    assert sum(text.startswith("linear") for text in told) == len(SPELLINGS)
    assert set(shapes(after, "linear")) == {(4, CHANNELS)}
    assert shapes(after, "einsum") == [(4, 7)]


def test_a_computed_weight_is_kept_whole() -> None:
    _, after, _ = hoisted(
        lambda x, w: functional.linear(x, w.tanh()[0, :12])[:, 2:4, :5], (TOKENS, CHANNELS), (14, CHANNELS)
    )
    assert shapes(after, "linear") == [(2, 12)]


def test_nothing_to_do() -> None:
    """A stride, causal attention, a sum over the tokens, a convolution: all need what is there."""
    layer, filters = nn.Linear(CHANNELS, CHANNELS), nn.Conv1d(CHANNELS, CHANNELS, 3)

    def function(x: Tensor) -> tuple[Tensor, ...]:
        y = layer(x)
        seen = functional.scaled_dot_product_attention(y, y, y, is_causal=True)
        return y[:, ::2], seen[:, 3:], y.softmax(1)[:, :2], filters(y.transpose(1, 2))[:, :, 2:]

    program = program_of(function, [(TOKENS, CHANNELS)])
    result = HoistSlices(least=1).run(program)
    assert result.program is program


def test_little_is_not_worth_it_and_it_says_so() -> None:
    layer = nn.Linear(64, 64)
    program = program_of(lambda x: layer(x)[:, :4].relu(), [(TOKENS, 64)])
    result = HoistSlices(least=6 * 64 * 64 + 1).run(program)
    assert result.program is program
    assert [reason.text for reason in result.skipped] == ["it spares no operator 24577 multiplications"]
    assert HoistSlices(least=6 * 64 * 64).run(program).changed


def test_it_says_who_reads_the_rest() -> None:
    layer = nn.Linear(64, 64)

    def function(x: Tensor) -> tuple[Tensor, Tensor]:
        y = layer(x)
        return y[:, :4], y.tanh()

    result = HoistSlices(least=1).run(program_of(function, [(TOKENS, 64)]))
    assert [reason.text for reason in result.skipped] == ["tanh reads all of linear"]


@pytest.fixture(scope="module")
def seed_program() -> StageProgram:
    return program_of(lambda x: x * 1.0, [(6, 12)])


@given(st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_graphs_keep_their_numbers(seed_program: StageProgram, data: st.DataObject) -> None:
    program = grown(draft_of(seed_program), data.draw, data.draw(st.integers(3, 12)))
    result = HoistSlices(least=1).run(program)
    verify(result.program, program)
    assert result.changed or result.program is program
    for batch in (1, 3):
        x = torch.randn(batch, 6, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(batch))
        old, new = in_double(program)(x), in_double(result.program)(x)
        torch.testing.assert_close(new, old, rtol=1e-9, atol=1e-9)


def work(program: StageProgram) -> int:
    """Floating-point operations for a target."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        program.module(*examples(program, "cpu", targets=1))
    return int(counter.get_total_flops())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "program", "least", "most"),
    [
        ("ostrack_256", "step", 0.011, 0.013),
        ("ostrack_256_ce", "step", 0.016, 0.019),
        ("mixformerv2_small", "step", 0.13, 0.14),
        ("mixformer_cvt", "step", 0.0005, 0.002),
        ("asymmetric_vit", "init", 0.01, 0.02),
    ],
)
def test_in_the_zoo(name: str, program: str, least: float, most: float) -> None:
    programs = zoo(name)
    outcome = apply(HoistSlices(), programs)
    assert [stage for stage, result in outcome.items() if result.changed] == [program]
    before, after = work(programs[program]), work(outcome[program].program)
    assert least < 1 - after / before < most
    assert_same_wires(programs, programs_in(outcome), 1e-4)


@pytest.mark.slow
def test_two_runs_give_the_same_graph() -> None:
    programs = zoo("mixformerv2_small")
    first, second = (run_pipeline("hoist-slices", programs)[0]["step"] for _ in range(2))
    assert str(first.module.graph) == str(second.module.graph)
    assert list(dict(first.module.named_buffers())) == list(dict(second.module.named_buffers()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nanotrack_v2", "stark_s50", "siamrpnpp_r50"])
def test_where_all_is_read_the_program_is_the_very_same(name: str) -> None:
    for program in zoo(name).values():
        assert HoistSlices().run(program).program is program
