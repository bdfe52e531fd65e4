"""What a hostile or hurried user gives: each is told, nothing is run, nothing is lost."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

import sotc
from sotc.compiler.checkpoint import load_checkpoint
from sotc.compiler.driver import CropChoiceError
from sotc.compiler.modules import TooLargeError
from sotc.compiler.network import InputError, Network, UnknownWireError
from sotc.compiler.weight_errors import UnsafeWeightsError, WeightsError
from sotc.runtime.errors import DeviceError, WriteError
from sotc.runtime.track import track_sequence
from sotc.specs import UnknownSpecError, locate


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return sotc.build("nanotrack_v1")


def images(**changed: Any) -> dict[str, Any]:
    return {"template": torch.zeros(1, 3, 127, 127), "search": torch.zeros(1, 3, 255, 255), **changed}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (images(search=torch.zeros(1, 3, 255, 255, dtype=torch.uint8)), "uint8, not float32"),
        (images(search=torch.zeros(3, 3, 255, 255)), "same number of targets"),
        ([torch.zeros(1, 3, 127, 127)], "by name"),
    ],
)
def test_a_network_tells_what_inputs_it_wants(network: Network, inputs: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        network.run(inputs, ["cls"])


def test_arrays_double_precision_and_one_name_are_taken(network: Network) -> None:
    plain = network.run(images(), ["cls"])["cls"]
    arrays = {name: value.numpy().astype(np.float64) for name, value in images().items()}
    assert torch.equal(network.run(arrays, "cls")["cls"], plain)
    with pytest.raises(UnknownWireError, match="by its name"):
        network.run(images(), [3])  # type: ignore[list-item]


def test_weights_in_memory_are_unwrapped_and_checked(network: Network) -> None:
    state = network.module.state_dict()
    sotc.build("nanotrack_v1", {"state_dict": state})  # type: ignore[dict-item]
    wrong: list[Mapping[Any, Any]] = [
        {"state_dict": {"a": "b"}},
        {**state, "classify.predict.weight": state["classify.predict.weight"].to(torch.int64)},
        {**state, "classify.predict.weight": state["classify.predict.weight"].to("meta")},
        {},
    ]
    for weights in wrong:
        with pytest.raises(WeightsError):
            sotc.build("nanotrack_v1", weights)


class Runs:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.mark}",))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_plain_pickle_is_refused_as_unsafe(protocol: int, tmp_path: Path) -> None:
    mark, path = tmp_path / "ran", tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Runs(mark), protocol=protocol))
    with pytest.raises(UnsafeWeightsError):
        load_checkpoint(path)
    assert not mark.exists()


def test_checkpoints_of_old_torch_still_load(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save({"weight": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    assert torch.equal(load_checkpoint(path)["weight"], torch.ones(2))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(WeightsError, match="damaged"):
        load_checkpoint(path)


def test_choices_that_there_are_not(tmp_path: Path) -> None:
    with pytest.raises(CropChoiceError, match="auto, host, graph"):
        sotc.compile("nanotrack_v1", crop="foo")  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match="no values"):
        sotc.compile("nanotrack_v1", device="meta")
    with pytest.raises(UnknownSpecError, match="is an artifact"):
        locate("tracker.sotx")


@pytest.mark.parametrize("count", [0, -1, "2", 1.5])
@pytest.mark.parametrize("name", ["targets", "threads"])
def test_counts_that_are_none(name: str, count: Any) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is .*: a whole number from 1 on is needed"):
        sotc.compile("correlation_filter", **{name: count})


def test_weights_beyond_memory_are_told(tmp_path: Path) -> None:
    text = """
tracker Huge {
    template = SiameseCrop { size = 32 }
    search   = SiameseCrop { size = 64 }

    part huge     = Conv2d { out_channels = 99999999999, kernel_size = 1 }
    head classify = SeparableHead { out_channels = 2 }
    head regress  = SeparableHead { out_channels = 4 }

    field = XCorrDepthwise(search -> huge, template -> huge)
    output box = PointDecode(field -> classify, field -> regress -> Exp, search.view).box
}
"""
    path = tmp_path / "huge.sot"
    path.write_text(text)
    with pytest.raises(TooLargeError, match="GiB"):
        sotc.compile(path)


def test_tracking_never_writes_over_what_it_reads(tmp_path: Path) -> None:
    for index in range(3):
        cv2.imwrite(str(tmp_path / f"{index:04d}.png"), np.full((60, 80, 3), 90, np.uint8))
    first = (tmp_path / "0000.png").read_bytes()
    tracker = sotc.compile("correlation_filter")
    with pytest.raises(WriteError, match="not replaced"):
        track_sequence(tracker, tmp_path, [20.0, 20.0, 20.0, 20.0], save=tmp_path / "0000.png")
    assert (tmp_path / "0000.png").read_bytes() == first
