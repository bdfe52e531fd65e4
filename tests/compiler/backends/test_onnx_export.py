"""Programs in ONNX give torch's numbers: operator by operator, for one target and for several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.onnx import BACKEND
from sotc.compiler.backends.onnx_export import OperatorError, export

from .onnx_programs import Called, found, plan_of, program_of, wanted

torch.set_num_threads(1)

DRAW = torch.Generator().manual_seed(7)


def table(*shape: int, kind: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=DRAW, dtype=kind)


def weight(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3)) / 3


W10 = weight(10)
W2 = weight(2)
W2x5 = weight(2, 5)
W6 = weight(6)
W6x4x3 = weight(6, 4, 3)
W6x4x3x3 = weight(6, 4, 3, 3)
W8 = weight(8)
W8x3x3x3 = weight(8, 3, 3, 3)
W8x6x3x3 = weight(8, 6, 3, 3)

X, Y = table(3, 4, 5), table(3, 4, 5)
EXACT = table(3, 4, kind=torch.float64) * 100
IMAGE = table(3, 6, 12, 10)
SQUARE = table(3, 6, 8, 8)
WHOLE = torch.randint(-50, 50, (3, 6), generator=DRAW)
COUNT = torch.randint(1, 9, (3, 6), generator=DRAW)

Case = tuple[Callable[..., Any], tuple[Tensor, ...]]

ELEMENTS: dict[str, Case] = {
    "broadcast": (lambda x: x * torch.arange(5.0) + 2 * x[:, :1] - 1, (X,)),
    "in place": (
        lambda x: functional.silu((x * 2).relu_() - functional.hardswish(x * 3, inplace=True), inplace=True),
        (X,),
    ),
    "alpha": (lambda x, y: torch.add(x, y, alpha=0.5) - torch.sub(x, y, alpha=2), (X, Y)),
    "mixed types": (lambda x, n: x[:, :, 0] / n[:, :4] + n[:, :4], (X, COUNT)),
    "float64 with float32": (lambda x, e: e * x[:, :, 0] + 0.1, (X, EXACT)),
    "whole division": (
        lambda n, c: (n // c, n % c, torch.div(n, c, rounding_mode="floor"), n >> 2),
        (WHOLE, COUNT),
    ),
    "real division": (lambda x: (torch.floor_divide(x, 0.3), torch.remainder(x, 0.3), x % -0.7), (X,)),
    "powers": (lambda x: (x**2, x.abs() ** 0.5, x.abs() ** 1.7, 2**x, x.square(), x.abs().rsqrt()), (X,)),
    "angles": (lambda x, y: (torch.atan2(x, y), torch.hypot(x, y), x.sin(), y.cos()), (X, Y)),
    "activations": (
        lambda x: (
            functional.hardswish(x),
            functional.hardsigmoid(x),
            functional.gelu(x),
            functional.silu(x),
            functional.gelu(x, approximate="tanh"),
            functional.leaky_relu(x, 0.1),
            functional.relu6(x * 5),
            functional.elu(x),
            functional.softplus(x),
            x.sigmoid(),
            x.tanh(),
            x.exp(),
            x.abs().log1p(),
        ),
        (X,),
    ),
    "rounding": (lambda x: ((x * 10).round(), (x * 10).floor(), (x * 10).ceil(), (x * 10).trunc()), (X,)),
    "bounds": (
        lambda x, y: (x.clamp(-0.2, 0.3), x.clamp(min=0), torch.maximum(x, y), torch.minimum(x, y)),
        (X, Y),
    ),
    "choice": (
        lambda x, y: (torch.where(x > y, x, y), torch.where(x > 0, 1.0, y), x.masked_fill(y > 0, -1)),
        (X, Y),
    ),
    "choice of truth": (
        lambda x, y: (torch.where(x > y, x > 0, y > 0), torch.where(x > 0, y > 0, x != x)),
        (X, Y),
    ),
    "truth": (lambda x, y: ((x > y) & (x != 0) | ~(y <= 0), (x > 0).all(1), (x > 1).any(2), x == y), (X, Y)),
    "no numbers": (
        lambda x: (
            torch.nan_to_num(x / (x - x), 3, 4, -5),
            torch.nan_to_num(x / (x - x), 3),
            torch.nan_to_num((x - x) / (x - x), 3, 4),
            (x / 0).isfinite(),
            (x * float("nan")).isnan(),
        ),
        (X,),
    ),
    "lerp": (
        lambda x, y: (torch.lerp(x, y, 0.2), torch.lerp(x, y, 0.8), torch.lerp(x, y, y.sigmoid())),
        (X, Y),
    ),
}

REDUCTIONS: dict[str, Case] = {
    "sums": (lambda x: (x.sum(1), x.sum((1, 2), keepdim=True), x.mean(-1), x.amax((1, 2)), x.amin(1)), (X,)),
    "of pixels": (lambda n: n.sum(1) // 4, (COUNT.to(torch.uint8),)),
    "places": (lambda x: (*x.max(1), *x.min(2), x.flatten(1).argmax(1, keepdim=True), x.argmin(1)), (X,)),
    "spread": (
        lambda x: (x.var(1), x.std((1, 2), keepdim=True), x.norm(dim=1), x.var(1, correction=0)),
        (X,),
    ),
    "softmax": (lambda x: (x.softmax(1), x.log_softmax(-1), x.cumsum(1), x.prod(1)), (X,)),
    "topk": (lambda x: x.flatten(1).topk(4, 1), (X,)),
}

SHAPES: dict[str, Case] = {
    "views": (
        lambda x: (x.flatten(1), x.reshape(-1, 5), x.unflatten(2, (5, 1)), x.view(x.shape[0], -1)),
        (X,),
    ),
    "axes": (
        lambda x: (x.transpose(1, 2), x.permute(2, 0, 1), x[:, None], x[:, :1].squeeze(1), x.movedim(1, 2)),
        (X,),
    ),
    "parts": (
        lambda x: (x[:, 1:3], x[:, ::2], x[..., -2], x[:, -3:-1], *x.split([1, 3], 1), *x.unbind(1)),
        (X,),
    ),
    "joints": (
        lambda x, y: (torch.cat((x, y), 1), torch.stack((x, y), -1), torch.cat((x, y[:, :0]), 1)),
        (X, Y),
    ),
    "orders": (lambda x: (x.flip(1, 2), x.roll(2, 1), x.roll((1, -1), (1, 2))), (X,)),
    "spreading": (
        lambda x: (
            x[:, :1].expand(-1, 4, -1),
            x.repeat(1, 2, 3),
            x.repeat_interleave(3, 1),
            x[0].expand_as(x),
        ),
        (X,),
    ),
    "frames": (
        lambda x: (
            functional.pad(x, (1, 2)),
            functional.pad(x, (0, 1, 2, 0), value=3),
            functional.pad(x, (2, 1), "replicate"),
            functional.pad(x, (2, 1), "reflect"),
        ),
        (X,),
    ),
    "looking up": (
        lambda x: (
            x.gather(2, x.argsort(2) if False else x.argmax(2, keepdim=True)),
            x[:, torch.tensor([2, 0])],
            x[:, torch.tensor([0, 3]), torch.tensor([1, 2])],
            x.index_select(2, torch.tensor([4, 1])),
            x[:, [[0], [1]], torch.tensor([[1, 2]])],
        ),
        (X,),
    ),
    "writing": (
        lambda x: (
            torch.zeros_like(x).scatter(1, x.argmax(1, keepdim=True), 1.0),
            x.new_zeros(x.shape[0], 6).scatter_add(1, (x[:, 0] > 0).long(), x[:, 1]),
        ),
        (X,),
    ),
    "made of nothing": (
        lambda x: (
            x + torch.arange(5),
            x.new_full((x.shape[0], 2), 7.0),
            torch.ones(3, 5) * x[:, :3],
            torch.linspace(0, 1, 5) + x,
        ),
        (X,),
    ),
    "types": (
        lambda x: (x.double(), (x * 9).to(torch.int64), (x * 9).int().float(), x.bool(), (x > 0).float()),
        (X,),
    ),
    "triangles": (lambda x: (x[:, :, :4].tril(), x[:, :, :4].triu(1)), (X,)),
}

NETWORK: dict[str, Case] = {
    "convolution": (lambda x: functional.conv2d(x, W8x3x3x3, W8, 2, 1, 1, 2), (IMAGE,)),
    "same padding": (lambda x: functional.conv2d(x, W8x6x3x3, padding="same"), (IMAGE,)),
    "sequence": (lambda x: functional.conv1d(x, W6x4x3, padding=1), (X,)),
    "transposed": (
        lambda x: functional.conv_transpose2d(x, W6x4x3x3, stride=2, padding=1, output_padding=1),
        (IMAGE,),
    ),
    "products": (
        lambda x, y: (x @ y.transpose(1, 2), torch.bmm(x, y.mT), functional.linear(x, W2x5, W2)),
        (X, Y),
    ),
    "einsum": (lambda x, y: torch.einsum("bij,bkj->bik", x, y), (X, Y)),
    "cosines": (
        lambda x, y: (
            functional.cosine_similarity(x, y),
            functional.cosine_similarity(x, y[:, :1] * 0, dim=-1),
            functional.cosine_similarity(x * 1e-3, y * 1e-3, dim=2, eps=0.1),
        ),
        (X, Y),
    ),
    "norms": (
        lambda x: (
            functional.layer_norm(x, (10,), W10, W10),
            functional.group_norm(x, 3, W6, W6),
            functional.instance_norm(x),
            functional.layer_norm(x, (12, 10)),
        ),
        (IMAGE,),
    ),
    "pools": (
        lambda x: (
            functional.max_pool2d(x, 3, 2, 1),
            functional.avg_pool2d(x, 2, 2),
            functional.adaptive_avg_pool2d(x, 1),
            functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
            functional.adaptive_avg_pool2d(x, (6, 5)),
            functional.avg_pool2d(x, 2, divisor_override=1),
            functional.max_pool2d(x, 3, 2, ceil_mode=True),
        ),
        (IMAGE,),
    ),
    "resizing": (
        lambda x: (
            functional.interpolate(x, scale_factor=2, mode="bilinear"),
            functional.interpolate(x, size=(7, 9), mode="nearest"),
            functional.interpolate(x, size=(24, 20), mode="bilinear", align_corners=True),
            functional.interpolate(x, size=(18, 15), mode="bicubic"),
            functional.pixel_shuffle(x[:, :4], 2),
        ),
        (IMAGE,),
    ),
    "attention": (lambda x: functional.scaled_dot_product_attention(x, x * 2, x + 1), (IMAGE,)),
    "sampling": (
        lambda x: functional.grid_sample(x, x[:, :2].permute(0, 2, 3, 1).tanh(), align_corners=False),
        (IMAGE,),
    ),
    "correlation of each target": (
        lambda x: functional.conv2d(
            x.reshape(1, -1, 8, 8), x[:, :, 2:5, 1:4].reshape(-1, 1, 3, 3), groups=x.shape[0] * 6
        ).reshape(x.shape[0], 6, 6, 6),
        (SQUARE,),
    ),
}

FOURIER: dict[str, Case] = {
    "there": (lambda x: torch.fft.rfft2(x), (IMAGE,)),
    "and back": (
        lambda x: torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(x.flip(2)).conj(), s=(12, 10)),
        (IMAGE,),
    ),
    "power": (lambda x: torch.fft.rfft2(x).real.square() + torch.fft.rfft2(x).imag.square(), (IMAGE,)),
    "sums": (
        lambda x: (torch.fft.rfft2(x) / (x.mean() ** 2 + 1) + torch.fft.rfft2(x)).sum(1, keepdim=True),
        (IMAGE,),
    ),
    "shift": (lambda x: torch.fft.ifftshift(x, dim=(-2, -1)), (IMAGE[..., :9],)),
    "pairs": (lambda x: torch.view_as_real(torch.fft.rfft2(x)) + 0, (IMAGE,)),
}

CASES = {
    f"{kind}: {name}": case
    for kind, cases in (
        ("elements", ELEMENTS),
        ("reductions", REDUCTIONS),
        ("shapes", SHAPES),
        ("network", NETWORK),
        ("fourier", FOURIER),
    )
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_torch(name: str) -> None:
    function, inputs = CASES[name]
    program = program_of(Called(function), inputs)
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    for count in (3, 1):
        given = [value[:count].contiguous() for value in inputs]
        for got, want in zip(found(engine, "step", given), wanted(program, given), strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-5 * (1 + np.nanstd(want.astype(float))))


def test_float64_is_not_rounded_to_float32() -> None:
    program = program_of(Called(lambda x: (x * 3 + 0.1).sqrt().floor().clamp(min=2) - x / 7), (EXACT.abs(),))
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    ((got,), (want,)) = found(engine, "step", [EXACT.abs()]), wanted(program, [EXACT.abs()])
    np.testing.assert_allclose(got, want, rtol=1e-15)


def test_an_operator_without_a_form_is_named_with_its_origin() -> None:
    program = program_of(Called(lambda x: x.flatten(1).sort(1).values), (X,))
    for node in program.module.graph.nodes:
        node.meta["origin"] = "pick.Sorter"
    with pytest.raises(OperatorError) as caught:
        export(program)
    assert "aten.sort" in caught.value.message
    assert "`pick.Sorter`" in caught.value.message
    assert "`step`" in caught.value.message


def test_batch_statistics_are_refused() -> None:
    module = nn.BatchNorm2d(6, track_running_stats=False)
    with pytest.raises(OperatorError, match="the batch's own statistics"):
        export(program_of(Called(module), (IMAGE,)))


def test_equal_programs_give_equal_bytes_that_tell_nothing_of_the_build() -> None:
    def built() -> dict[str, bytes]:
        program = program_of(Called(CASES["network: convolution"][0]), (IMAGE,))
        return dict(BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).members)

    first, second = built(), built()
    assert first == second
    assert b"site-packages" not in first["programs/step.onnx"]
    assert b".py" not in first["programs/step.onnx"]
