"""Attention in all the ways that it is written becomes one operator, with the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from sotc.compiler.passes.fuse_attention import FuseAttention
from sotc.compiler.passes.verify import verify

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .small_programs import assert_same_numbers, operators_of, program_of

HEADS = (4, 10, 8)
"""heads, tokens, channels"""
SCALE = 8**-0.5
BIAS = torch.linspace(-1, 1, 100).reshape(10, 10)
CAUSAL = torch.triu(torch.ones(10, 10, dtype=torch.bool), 1)


def plain(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1) * SCALE).softmax(-1) @ v


def divided(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.softmax(q @ k.transpose(2, 3) / math.sqrt(8), 3) @ v


def scaled_first(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return ((q * 0.5) @ (k * 0.3).transpose(-2, -1)).softmax(-1) @ v


def unscaled(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1)).softmax(-1) @ v


def dropped(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return functional.dropout((q @ k.transpose(-2, -1) * SCALE).softmax(-1), 0.3, training=False) @ v


def einsum(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.einsum("bhij,bhjd->bhid", (torch.einsum("bhid,bhjd->bhij", q, k) * SCALE).softmax(-1), v)


def einsum_tokens_first(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (each.transpose(1, 2) for each in (q, k, v))
    return torch.einsum("bhij,bjhd->bihd", (torch.einsum("bihd,bjhd->bhij", q, k) * SCALE).softmax(-1), v)


def batched(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (each.reshape(-1, 10, 8) for each in (q, k, v))
    return torch.bmm((torch.bmm(q, k.transpose(1, 2)) * SCALE).softmax(-1), v).reshape(-1, 4, 10, 8)


def expanded(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (each.expand(-1, 4, 10, 8).reshape(-1, 10, 8) for each in (q, k, v))
    scores = torch.bmm(q, k.transpose(1, 2)).reshape(-1, 4, 10, 10) * SCALE
    weights = (scores + BIAS).softmax(-1)
    return torch.bmm(weights.reshape(-1, 10, 10), v).reshape(-1, 4, 10, 8)


def added_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (BIAS[None] + q @ k.transpose(-2, -1) * SCALE).softmax(-1) @ v


def filled_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1) * SCALE).masked_fill(CAUSAL, -math.inf).softmax(-1) @ v


SPELLINGS = (
    plain, divided, scaled_first, unscaled, dropped, einsum, einsum_tokens_first, batched, expanded, added_mask,
    filled_mask,
)  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
def test_every_spelling_becomes_one_operator(spelling: Callable[..., Tensor]) -> None:
    program = program_of(spelling, [HEADS, HEADS, HEADS])
    result = FuseAttention().run(program)
    assert [reason.text for reason in result.skipped] == []
    assert len(result.fired) == 1
    verify(result.program, program)
    operators = operators_of(result.program)
    assert operators.count("scaled_dot_product_attention") == 1
    assert not {"softmax", "matmul", "bmm", "einsum", "mul", "div", "dropout"} & set(operators)
    assert_same_numbers(program, result.program)


def test_what_is_printed() -> None:
    result = FuseAttention().run(program_of(plain, [HEADS, HEADS, HEADS]))
    (node,) = (node for node in result.program.module.graph.nodes if node.op == "call_function")
    assert node.format_node() == (
        "%scaled_dot_product_attention : [num_users=1] = call_function"
        "[target=torch.ops.aten.scaled_dot_product_attention.default]"
        f"(args = (%inputs_0, %inputs_1, %inputs_2), kwargs = {{scale: {SCALE}}})"
    ) or node.kwargs == {"scale": SCALE}
    assert node.meta["origin"] == "part.softmax"
    assert [(reason.origin, reason.node) for reason in result.fired] == [("part.softmax", "softmax")]


def test_queries_of_another_length_and_wider_values() -> None:
    program = program_of(plain, [(4, 3, 8), (4, 10, 8), (4, 10, 5)])
    result = FuseAttention().run(program)
    assert operators_of(result.program) == ["scaled_dot_product_attention"]
    assert_same_numbers(program, result.program)


def test_without_heads() -> None:
    program = program_of(plain, [HEADS[1:], HEADS[1:], HEADS[1:]])
    result = FuseAttention().run(program)
    assert "scaled_dot_product_attention" in operators_of(result.program)
    verify(result.program, program)
    assert_same_numbers(program, result.program)


def test_a_whole_attention_module() -> None:
    torch.manual_seed(0)
    module = nn.MultiheadAttention(16, 4, batch_first=True).eval()
    program = program_of(lambda x: module(x, x, x, need_weights=True)[0], [(10, 16)])
    result = FuseAttention().run(program)
    assert (result.skipped and not result.fired) or "scaled_dot_product_attention" in operators_of(
        result.program
    )
    assert_same_numbers(program, result.program)


def weights_kept(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    weights = (q @ k.transpose(-2, -1)).softmax(-1)
    return weights @ v, weights


def scores_kept(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    scores = q @ k.transpose(-2, -1)
    return scores.softmax(-1) @ v, scores


def along_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1)).softmax(-2) @ v


def rectified(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1)).relu().softmax(-1) @ v


def scale_after_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return ((q @ k.transpose(-2, -1) + BIAS) * SCALE).softmax(-1) @ v


def two_masks(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1) + BIAS + BIAS.T).softmax(-1) @ v


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (weights_kept, "its weights are also read by output"),
        (scores_kept, "matmul is read by others as well"),
        (along_queries, "it runs along dimension -2, not along the keys"),
        (rectified, "relu stands between it and a product of queries and keys"),
        (scale_after_mask, "another mask or the scale comes after the mask at add"),
        (two_masks, "another mask or the scale comes after the mask at add"),
    ],
)
def test_why_it_did_not_fire(function: Callable[..., Tensor], reason: str) -> None:
    program = program_of(function, [HEADS, HEADS, HEADS])
    result = FuseAttention().run(program)
    assert result.program is program
    assert [skipped.text for skipped in result.skipped] == [reason]


def test_a_softmax_that_is_no_attention_is_not_spoken_of() -> None:
    program = program_of(lambda x: x.softmax(1)[:, 1], [(2, 8, 8)])
    result = FuseAttention().run(program)
    assert not result.fired and not result.skipped


@pytest.mark.slow
def test_in_ostrack_256() -> None:
    programs = zoo("ostrack_256")
    outcome = apply(FuseAttention(), programs)
    assert len(outcome["step"].fired) == 12
    assert operators_of(outcome["step"].program).count("scaled_dot_product_attention") == 12
    assert_same_wires(programs, programs_in(outcome), 1e-4)
