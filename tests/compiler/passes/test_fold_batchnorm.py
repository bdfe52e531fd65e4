"""fold-batchnorm, by the graph that is left and by numbers in float64."""

from __future__ import annotations

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sotc.compiler.passes.fold_batchnorm import FoldBatchnorm
from sotc.compiler.programs import StageProgram

from .programs import apply, assert_same_numbers, kinds, program_of, programs_in, run, texts, zoo


def with_statistics(network: nn.Module, seed: int = 0) -> nn.Module:
    """Weights and statistics as after training: none is 0 or 1."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(0.2 + torch.rand(module.num_features, generator=generator))
            if module.affine:
                module.weight.data.copy_(torch.randn(module.num_features, generator=generator))
                module.bias.data.copy_(torch.randn(module.num_features, generator=generator))
    return network.eval()


def check(network: nn.Module, *inputs: Tensor) -> tuple[StageProgram, list[str], list[str]]:
    """Fold, hold the results to the module in float64, and give the program with what fired and what did not."""
    program = program_of(network, *inputs)
    outcome = apply(FoldBatchnorm(), {"step": program})["step"]
    for batch in (1, 3):
        given = [torch.randn(batch, *value.shape[1:]) for value in inputs]
        with torch.no_grad():
            expected = network.double()(*(value.double() for value in given))
        network.float()
        scale = float(expected.abs().max())
        assert float((run(outcome.program, *given).double() - expected).abs().max()) <= 5e-6 * scale
    return outcome.program, texts(outcome.fired), texts(outcome.skipped)


LAYERS = {
    "plain": nn.Conv2d(6, 8, 3, padding=1),
    "without a bias": nn.Conv2d(6, 8, 3, bias=False),
    "grouped": nn.Conv2d(6, 8, 3, groups=2),
    "depthwise, dilated": nn.Conv2d(6, 6, 3, groups=6, dilation=2, bias=False),
    "strided, padded by name": nn.Conv2d(6, 8, 3, padding="same"),
    "transposed": nn.ConvTranspose2d(6, 8, 3, stride=2),
    "transposed, grouped": nn.ConvTranspose2d(6, 8, 3, stride=2, groups=2, bias=False),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("affine", [True, False])
def test_the_layer_before_takes_the_norm(name: str, affine: bool) -> None:
    layer = LAYERS[name]
    network = with_statistics(
        nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels, affine=affine), nn.ReLU())
    )
    program, fired, skipped = check(network, torch.randn(2, 6, 12, 12))
    assert kinds(program).keys() == {name for name in kinds(program) if "conv" in name} | {"relu"}
    assert len(fired) == 1
    assert skipped == []


def test_a_linear_layer_takes_it() -> None:
    network = with_statistics(nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7)))
    program, _, _ = check(network, torch.randn(2, 5))
    assert kinds(program) == {"linear": 1}


def test_a_norm_over_joined_channels_goes_into_each_layer() -> None:
    class Joined(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 2, 1, bias=False)
            self.norm = nn.BatchNorm2d(6)

        def forward(self, image: Tensor) -> Tensor:
            return self.norm(torch.cat([self.left(image), self.right(image)], 1))

    program, fired, _ = check(with_statistics(Joined()), torch.randn(2, 3, 8, 8))
    assert kinds(program) == {"conv2d": 2, "cat": 1}
    assert fired == ["worked into conv2d, conv2d_1"]


def test_a_joined_value_that_is_no_layer_keeps_the_norm() -> None:
    class Joined(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(7)

        def forward(self, image: Tensor) -> Tensor:
            return self.norm(torch.cat([self.left(image), image.relu()], 1))

    program, fired, skipped = check(with_statistics(Joined()), torch.randn(2, 3, 8, 8))
    assert kinds(program)["batch_norm"] == 1
    assert fired == []
    assert skipped == ["of what `cat` joins, `relu` before it is no convolution or linear layer"]


def test_a_layer_with_another_reader_stays() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

        def forward(self, image: Tensor) -> Tensor:
            made = self.layer(image)
            return self.norm(made) + made

    program, fired, skipped = check(with_statistics(Shared()), torch.randn(2, 3, 8, 8))
    assert kinds(program)["batch_norm"] == 1
    assert (fired, skipped) == ([], ["`conv2d` is read by add too"])


def test_a_kernel_that_is_computed_stays() -> None:
    class Correlated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(4)
            self.kernel = nn.Parameter(torch.randn(4, 3, 3, 3))

        def forward(self, image: Tensor) -> Tensor:
            return self.norm(torch.conv2d(image, self.kernel * image.mean()))

    _, fired, skipped = check(with_statistics(Correlated()), torch.randn(2, 3, 8, 8))
    assert (fired, skipped) == ([], ["the weight of `conv2d` is computed at run time"])


class Arithmetic(nn.Module):
    """Plain scales and shifts of channels behind a layer, as an adjusting layer has them."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3)
        self.factor, self.summand = (
            nn.Parameter(torch.rand(4, 1, 1) + 0.5),
            nn.Parameter(torch.randn(1, 4, 1, 1)),
        )

    def forward(self, image: Tensor) -> Tensor:
        made = self.layer(image) * self.factor + self.summand
        return (1.5 - torch.sub(made, 0.25, alpha=2)) / (self.factor + 1.0)


def test_plain_scales_and_shifts_of_channels_go_in() -> None:
    program, fired, _ = check(Arithmetic(), torch.randn(2, 3, 8, 8))
    # the last one divides by what is computed from a constant: fold-constants makes it one
    assert kinds(program) == {"conv2d": 1, "add": 1, "div": 1}
    assert len(fired) == 4


def test_what_differs_from_place_to_place_stays() -> None:
    class Placed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.table = nn.Conv2d(3, 4, 3), nn.Parameter(torch.randn(6, 6))

        def forward(self, image: Tensor) -> Tensor:
            return self.layer(image) + self.table

    _, fired, skipped = check(Placed(), torch.randn(2, 3, 8, 8))
    assert fired == []
    assert skipped == ["its constant [6, 6] differs from position to position, not from channel to channel"]


@settings(max_examples=15, deadline=None)
@given(
    links=st.lists(st.sampled_from(["conv", "norm", "relu", "double"]), min_size=1, max_size=7),
    seed=st.integers(0, 99),
)
def test_any_chain_keeps_its_numbers(links: list[str], seed: int) -> None:
    """No norm directly behind a convolution is left, and every chain computes what it did."""
    torch.manual_seed(seed)
    modules: dict[str, functools.partial[nn.Module]] = {
        "conv": functools.partial(nn.Conv2d, 4, 4, 3, padding=1),
        "norm": functools.partial(nn.BatchNorm2d, 4),
        "relu": functools.partial(nn.ReLU),
        "double": functools.partial(nn.Upsample, scale_factor=2),
    }
    network = with_statistics(nn.Sequential(*(modules[link]() for link in links)), seed)
    program = program_of(network, torch.randn(2, 4, 6, 6))
    after = apply(FoldBatchnorm(), {"step": program})["step"].program
    given = torch.randn(3, 4, 6, 6)
    with torch.no_grad():
        expected = network.double()(given.double())
    assert float((run(after, given) - expected).abs().max()) <= 2e-5 * float(expected.abs().max() + 1e-3)
    reached, left = False, 0
    for link in links:
        left += link == "norm" and not reached
        reached = link == "conv" or (reached and link == "norm")
    assert kinds(after)["batch_norm"] == left


ZOO = [
    pytest.param("nanotrack_v2", 64),
    pytest.param("nanotrack_v1", None, marks=pytest.mark.slow),
    pytest.param("nanotrack_v3", None, marks=pytest.mark.slow),
    pytest.param("siamrpnpp_r50", 130, marks=pytest.mark.slow),
    pytest.param("ostrack_256", None, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("spec", "norms"), ZOO)
def test_no_norm_is_left_in_a_real_tracker(spec: str, norms: int | None) -> None:
    programs = zoo(spec)
    before = sum(kinds(program)["batch_norm"] for program in programs.values())
    assert before == norms or (norms is None and before > 0)
    outcome = apply(FoldBatchnorm(), programs)
    after = programs_in(outcome)
    assert sum(kinds(program)["batch_norm"] for program in after.values()) == 0
    assert {reason.origin for reason in outcome["step"].fired} >= {"field"} or not spec.startswith("nano")
    assert_same_numbers(programs, after, 1e-4)


@pytest.mark.slow
def test_a_tracker_without_norms_is_left_as_it_is() -> None:
    programs = zoo("correlation_filter")
    outcome = apply(FoldBatchnorm(), programs)
    assert all(outcome[name].program is programs[name] for name in programs)


def test_programs_that_share_weights_share_the_new_ones() -> None:
    """Together they come out as each would alone, and a layer that two have in common lies in memory once."""
    programs = zoo("nanotrack_v2")
    together = FoldBatchnorm().run_all(programs)
    assert list(together) == list(programs)
    for name, program in programs.items():
        alone, found = FoldBatchnorm().run(program), together[name]
        assert (found.fired, found.skipped) == (alone.fired, alone.skipped)
        assert str(found.program.module.graph) == str(alone.program.module.graph)
        wanted = dict(alone.program.module.named_buffers())
        for label, value in found.program.module.named_buffers():
            assert torch.equal(value, wanted.pop(label)), label
        assert not wanted
    places = [
        {value.data_ptr() for value in together[name].program.module.buffers() if value.ndim == 4}
        for name in ("init", "step")
    ]
    assert len(places[0] & places[1]) > 10, "the backbone is in both"
