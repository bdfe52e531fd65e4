"""OpenVINO runs the network, ONNX Runtime what must be exact; together they give torch's boxes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("openvino")

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.openvino import BACKEND
from sotc.compiler.backends.openvino_network import KEPT

from .onnx_programs import found, net_inputs, net_program, plan_of, wanted

torch.set_num_threads(1)


def test_boxes_are_those_of_torch_for_any_number_of_targets() -> None:
    program = net_program()
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    for count in (1, 2, 8, *range(3, 4 + KEPT), 1):
        inputs = net_inputs(count, seed=count)
        for got, want in zip(found(engine, "step", inputs), wanted(program, inputs), strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_threads_share_an_engine_and_get_their_own_results() -> None:
    program = net_program()
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine

    def followed(seed: int) -> None:
        for step in range(20):
            inputs = net_inputs(1 + (seed + step) % 2, seed=100 * seed + step)
            for got, want in zip(found(engine, "step", inputs), wanted(program, inputs), strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-5)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(followed, range(3)))


def test_results_stay_when_the_program_runs_again() -> None:
    program = net_program()
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    first, second = net_inputs(2, seed=1), net_inputs(2, seed=2)
    kept = found(engine, "step", first)
    found(engine, "step", second)
    for got, want in zip(kept, wanted(program, first), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)


def test_the_network_and_the_tail_are_files_of_their_own() -> None:
    program = net_program()
    members = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).members
    assert set(members) == {
        "programs/step.network.onnx", "programs/step.tail.onnx", "programs/weights.safetensors"
    }  # fmt: skip


def test_what_runs_once_for_a_target_is_not_computed_in_bfloat16() -> None:
    options = BuildOptions(precision="bf16")
    if BACKEND.missing(options):
        pytest.skip("this CPU has no bfloat16")
    programs = {name: net_program(name) for name in ("init", "step")}
    engine = BACKEND.build(programs, plan_of(*programs.values()), options, print).engine
    inputs = net_inputs(2)
    errors = {
        name: np.abs(found(engine, name, inputs)[-1] - wanted(program, inputs)[-1]).max()
        for name, program in programs.items()
    }
    assert errors["init"] < 1e-5 < errors["step"]


def test_exact_numbers_stay_exact_in_bfloat16() -> None:
    """Windows of millions: the network gives only the head's bias, and the rest is not reckoned in bfloat16."""
    options = BuildOptions(precision="bf16")
    if BACKEND.missing(options):
        pytest.skip("this CPU has no bfloat16")
    program = net_program()
    program.module.get_buffer("head_weight").zero_()
    engine = BACKEND.build({"step": program}, plan_of(program), options, print).engine
    pixels, target = net_inputs(2)
    target = target * 1e6 / 7
    exact = slice(4)  # all but the score, which is the network's
    results = zip(found(engine, "step", (pixels, target)), wanted(program, (pixels, target)), strict=True)
    for got, want in list(results)[exact]:
        np.testing.assert_allclose(got, want, rtol=1e-3)
