"""Devices by name: what is refused, and what is offered in its place."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from sotc.runtime import devices
from sotc.runtime.devices import device_name, device_of, devices_here
from sotc.runtime.errors import DeviceError


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two, as PyTorch would tell of it; nothing can be put there."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:11"])
def test_names_that_there_are(name: str) -> None:
    assert device_name(name) == name
    assert device_name(torch.device(name)) == name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gpu", "`cuda`"),
        ("GPU:1", "`cuda:1`"),
        ("nvidia", "`cuda`"),
        ("CUDA", "`cuda`"),
        ("cuda1", "`cuda`"),
        ("cudda:3", "`cuda:3`"),
        ("1", "`cuda:1`"),
        ("cpuu", "`cpu`"),
        ("CPU:2", "`cpu`"),
        ("host", "`cpu`"),
        ("cuda:x", "`cuda`"),
        ("cuda:-1", "`cuda`"),
        (" cpu", "`cpu`"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(DeviceError, match="none of this name") as caught:
        device_name(name)
    assert f"did you mean {meant}?" in caught.value.remedy
    assert "Here is: cpu" in caught.value.remedy
    assert "privateuseone" not in str(caught.value), "PyTorch's own list helps nobody"


@pytest.mark.parametrize("name", ["mps", "", "geforce", "openvino", "vulkan", "²"])
def test_what_is_like_nothing_has_no_guess(name: str) -> None:
    with pytest.raises(DeviceError) as caught:
        device_name(name)
    assert "did you mean" not in caught.value.remedy and "cpu" in caught.value.remedy


def test_a_device_beyond_those_that_are_here(two_gpus: None) -> None:
    assert devices_here() == ("cpu", "cuda:0 (Card 0)", "cuda:1 (Card 1)")
    with pytest.raises(DeviceError, match="the CUDA devices here are 2, counted from 0") as caught:
        device_of("cuda:2")
    assert caught.value.remedy == "here is: cpu, cuda:0 (Card 0), cuda:1 (Card 1)"


@pytest.mark.parametrize(("built", "told"), [("13.0", "no CUDA device is here"), (None, "without CUDA")])
def test_no_gpu_and_no_build_for_one_are_told_apart(
    built: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built)
    monkeypatch.setattr(torch.version, "hip", None)
    with pytest.raises(DeviceError, match=told) as caught:
        device_of("cuda")
    assert caught.value.remedy == "here is: cpu"


def test_a_driver_that_fails_is_told_in_its_first_line(
    two_gpus: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*size: int, **options: Any) -> None:
        raise RuntimeError("the driver is too old\nC++ stack of forty lines")

    monkeypatch.setattr(torch, "empty", broken)
    with pytest.raises(DeviceError, match="cannot be used: the driver is too old") as caught:
        device_of("cuda:1")
    assert "stack" not in str(caught.value)


def test_without_pytorch_names_are_refused_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DeviceError) as caught:
        device_name("gpu")
    assert caught.value.remedy == "did you mean `cuda`? Choose cpu, cuda, or one of several: cuda:1"


def test_a_right_name_costs_no_import() -> None:
    named = f"from {devices.__name__} import device_name; device_name('cuda')"
    subprocess.run(
        [sys.executable, "-c", f"{named}; import sys; assert 'torch' not in sys.modules"], check=True
    )
