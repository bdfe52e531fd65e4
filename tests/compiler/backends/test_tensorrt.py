"""The backend for TensorRT on a machine without it: what is lacking is said, and all that is ours runs on the CPU.

Only the provider itself is exchanged: the graphs, their weights, the halves and the padding are those of a GPU.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnxruntime

from sotc.compiler.backends import onnx as onnx_backend
from sotc.compiler.backends import tensorrt
from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import (
    BackendError,
    MissingBackendError,
    find_backend,
    refuse_missing,
    usable,
)
from sotc.compiler.backends.onnx_engine import CUDA, providers_of
from sotc.compiler.backends.onnx_session import ON_CPU, make_session

from .onnx_programs import found, net_inputs, net_program, plan_of, wanted

torch.set_num_threads(1)

NO_GPU = pytest.mark.skipif(
    CUDA in onnxruntime.get_available_providers(), reason="this ONNX Runtime is built for CUDA"
)


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorrt, "providers", lambda options: (ON_CPU,))
    monkeypatch.setattr("sotc.compiler.backends.onnx_engine.providers_of", lambda device: (ON_CPU,))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.usefixtures("on_cpu")
def test_the_halves_give_what_torch_gives(precision: str) -> None:
    program = net_program()
    options = BuildOptions(device="cuda", precision=precision)
    built = tensorrt.BACKEND.build({"step": program}, plan_of(program), options, print)
    assert set(built.members) == {
        "programs/step.network.onnx", "programs/step.tail.onnx", "programs/weights.safetensors"
    }  # fmt: skip
    for count in (1, 2, 3):
        inputs = net_inputs(count, seed=count)
        for got, want in zip(found(built.engine, "step", inputs), wanted(program, inputs), strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.usefixtures("on_cpu")
def test_batches_are_padded_to_few_sizes() -> None:
    program = net_program()
    for options, sizes in (
        (BuildOptions(device="cuda"), tensorrt.BUCKETS),
        (BuildOptions(device="cuda", targets=3), (3,)),
    ):
        engine = tensorrt.BACKEND.build({"step": program}, plan_of(program), options, print).engine
        assert (engine.buckets, engine.device, engine.backend) == (sizes, "cuda", "tensorrt")


def test_what_the_providers_are_told() -> None:
    first, second, last = tensorrt.providers(BuildOptions(device="cuda:1", precision="fp16"))
    assert first == ("TensorrtExecutionProvider", {"device_id": "1", "trt_fp16_enable": "1"})
    assert second == ("CUDAExecutionProvider", {"device_id": "1"})
    assert last == ("CPUExecutionProvider", {})
    assert providers_of("cuda")[0] == ("CUDAExecutionProvider", {"device_id": "0"})
    assert providers_of("cpu") == (ON_CPU,)


def test_on_the_cpu_it_is_of_no_use() -> None:
    assert "tensorrt" not in usable()
    with pytest.raises(MissingBackendError, match="it runs on cuda, not on `cpu`"):
        refuse_missing(find_backend("tensorrt"), BuildOptions())


@NO_GPU
@pytest.mark.parametrize("backend", [tensorrt.BACKEND, onnx_backend.BACKEND])
def test_without_its_provider_it_says_what_to_install(backend: object) -> None:
    with pytest.raises(MissingBackendError, match="ExecutionProvider") as caught:
        refuse_missing(backend, BuildOptions(device="cuda"))
    assert "pip install onnxruntime-gpu" in caught.value.remedy


@NO_GPU
def test_a_provider_that_does_not_start_is_an_error() -> None:
    program = net_program()
    members = onnx_backend.BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).members
    graph, weights = members["programs/step.onnx"], members["programs/weights.safetensors"]
    with pytest.raises(BackendError, match="cannot start its CUDAExecutionProvider"):
        make_session("step", graph, weights, 1, providers_of("cuda"))
