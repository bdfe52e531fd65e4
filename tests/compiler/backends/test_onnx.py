"""ONNX Runtime runs programs without torch, from files, and gives torch's boxes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import BackendError, MissingBackendError, find_backend, refuse_missing
from sotc.compiler.backends.onnx import BACKEND

from .onnx_programs import found, net_inputs, net_program, plan_of, wanted

torch.set_num_threads(1)


def stored(members: Mapping[str, bytes], folder: Path) -> dict[str, Path]:
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {name: folder / name for name in members}


def test_files_give_the_engine_again(tmp_path: Path) -> None:
    program = net_program()
    built = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print)
    engine = BACKEND.open(plan_of(program), stored(built.members, tmp_path), BuildOptions())
    for count in (1, 3, 8):
        inputs = net_inputs(count, seed=count)
        for got, want in zip(found(engine, "step", inputs), wanted(program, inputs), strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_weights_that_two_programs_share_are_stored_once() -> None:
    first, second = net_program("init"), net_program("step")
    one = BACKEND.build({"init": first}, plan_of(first), BuildOptions(), print).members
    both = BACKEND.build(
        {"init": first, "step": second}, plan_of(first, second), BuildOptions(), print
    ).members
    assert both["programs/weights.safetensors"] == one["programs/weights.safetensors"]


def test_a_graph_opens_beside_its_weights_by_itself(tmp_path: Path) -> None:
    """It is plain ONNX: other tools read `programs/step.onnx` and find the weights' file beside it."""
    import onnxruntime

    program = net_program()
    built = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print)
    files = stored(built.members, tmp_path)
    session = onnxruntime.InferenceSession(files["programs/step.onnx"])
    inputs = net_inputs(2)
    got = session.run(None, {"in.0": inputs[0].numpy(), "in.1": inputs[1].numpy()})
    np.testing.assert_allclose(got[0], wanted(program, inputs)[0], rtol=1e-5)


def test_a_box_of_no_numbers_is_held() -> None:
    program = net_program()
    engine = BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).engine
    pixels, target = net_inputs(2)
    target[1, 2] = float("nan")
    held = found(engine, "step", (pixels, target))[2]
    assert held.tolist() == [False, True]


RUN = """
import pickle, sys
from pathlib import Path
import numpy as np
from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import find_backend
backend, folder = sys.argv[1], Path(sys.argv[2])
plan, pixels, target = pickle.loads((folder / "plan").read_bytes())
members = {str(path.relative_to(folder)): path for path in (folder / "programs").iterdir()}
engine = find_backend(backend).open(plan, members, BuildOptions())
result = engine.runner().run("step", [pixels, target])
print("torch" in sys.modules, "onnx" in sys.modules, result[0].tolist())
"""


@pytest.mark.parametrize("backend", ["onnx", "openvino"])
def test_it_runs_without_torch_and_onnx(backend: str, tmp_path: Path) -> None:
    pytest.importorskip(backend)
    program = net_program()
    pixels, target = (value.numpy() for value in net_inputs(1))
    stored(
        find_backend(backend).build({"step": program}, plan_of(program), BuildOptions(), print).members,
        tmp_path,
    )
    (tmp_path / "plan").write_bytes(pickle.dumps((plan_of(program), pixels, target)))
    run = subprocess.run(
        [sys.executable, "-c", RUN, backend, str(tmp_path)], capture_output=True, text=True, check=True
    )
    torch_there, onnx_there, moved = run.stdout.split(" ", 2)
    assert (torch_there, onnx_there) == ("False", "False")
    np.testing.assert_allclose(eval(moved), wanted(program, net_inputs(1))[0], rtol=1e-5)


def test_a_missing_member_is_told() -> None:
    program = net_program()
    members = dict.fromkeys(("programs/weights.safetensors",), Path("nowhere"))
    with pytest.raises(BackendError, match=r"no member `programs/step.onnx`"):
        BACKEND.open(plan_of(program), members, BuildOptions())


def test_a_damaged_graph_is_told(tmp_path: Path) -> None:
    program = net_program()
    members = dict(BACKEND.build({"step": program}, plan_of(program), BuildOptions(), print).members)
    members["programs/step.onnx"] = members["programs/step.onnx"][:500]
    engine = BACKEND.open(plan_of(program), stored(members, tmp_path), BuildOptions())
    with pytest.raises(BackendError, match="refuses the program `step`"):
        found(engine, "step", net_inputs(1))


@pytest.mark.parametrize(
    ("options", "reason"),
    [(BuildOptions(device="mps"), "runs on cpu or cuda"), (BuildOptions(precision="bf16"), "bf16")],
)
def test_what_it_cannot_do_is_said_beforehand(options: BuildOptions, reason: str) -> None:
    with pytest.raises(MissingBackendError, match=reason):
        refuse_missing(BACKEND, options)
