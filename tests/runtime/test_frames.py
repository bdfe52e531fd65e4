"""Frames are checked at the door, and each wrong one is told its remedy, which works."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from sotc.compiler.backends.torch_engine import PlainRunner
from sotc.runtime.errors import FrameError
from sotc.runtime.frames import checked_frame

TORCH = PlainRunner({}, "cpu")

RGB = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_a_numpy_frame_is_shared() -> None:
    frame = RGB.copy()
    assert checked_frame(frame) is frame
    assert TORCH.put_frame(frame).numpy().ctypes.data == frame.ctypes.data


def test_a_tensor_is_taken_as_it_is() -> None:
    frame = torch.from_numpy(RGB.copy())
    assert checked_frame(frame).data_ptr() == frame.data_ptr()


def read_only() -> np.ndarray:
    frame = RGB.copy()
    frame.flags.writeable = False
    return frame


@pytest.mark.parametrize(
    "frame",
    [RGB[..., ::-1], RGB[::-1], RGB[:, ::2], read_only(), np.asfortranarray(RGB)],
    ids=["swapped", "flipped", "every-second", "read-only", "fortran"],
)
def test_views_and_read_only_frames_are_copied_without_a_warning(frame: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checked = checked_frame(frame)
        tensor = TORCH.put_frame(checked)
    assert checked.flags.c_contiguous
    assert np.array_equal(checked, frame)
    assert np.array_equal(tensor.numpy(), frame)


def test_a_permuted_tensor_becomes_contiguous() -> None:
    planes = torch.from_numpy(RGB.copy()).permute(2, 0, 1).contiguous()
    tensor = checked_frame(planes.permute(1, 2, 0))
    assert tensor.is_contiguous()
    assert np.array_equal(tensor.numpy(), RGB)


@pytest.mark.parametrize("kind", ["numpy", "tensor"])
@pytest.mark.parametrize(
    ("shape", "dtype", "message", "remedy"),
    [
        ((4, 6), "uint8", r"shape \[4, 6\]", "it is grey"),
        ((4, 6, 1), "uint8", r"shape \[4, 6, 1\]", "it is grey"),
        ((4, 6, 4), "uint8", r"shape \[4, 6, 4\]", "alpha"),
        ((3, 4, 6), "uint8", r"shape \[3, 4, 6\]", "channels come first"),
        ((1, 4, 6, 3), "uint8", r"shape \[1, 4, 6, 3\]", "it is a batch"),
        ((4,), "uint8", r"shape \[4\]", "three channels"),
        ((4, 6, 2), "uint8", r"shape \[4, 6, 2\]", "three channels"),
        ((0, 6, 3), "uint8", "is empty", "was read"),
        ((4, 6, 3), "float32", "float32, is not uint8", "255"),
        ((4, 6, 3), "float64", "float64, is not uint8", "255"),
        ((4, 6, 3), "uint16", "uint16, is not uint8", "// 256"),
        ((4, 6, 3), "int64", "int64, is not uint8", "0..255"),
        ((4, 6, 3), "bool", "bool, is not uint8", "0..255"),
    ],
)
def test_wrong_frames(kind: str, shape: tuple[int, ...], dtype: str, message: str, remedy: str) -> None:
    frame = np.zeros(shape, dtype) if kind == "numpy" else torch.zeros(shape, dtype=getattr(torch, dtype))
    with pytest.raises(FrameError, match=message) as caught:
        checked_frame(frame)
    assert remedy in caught.value.remedy
    assert str(caught.value).startswith("error[SOT810]: a frame of shape ")
    assert "\n  = help: " in str(caught.value)


@pytest.mark.parametrize("kind", ["numpy", "tensor"])
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((4, 6), "uint8"),
        ((4, 6, 1), "uint8"),
        ((4, 6, 4), "uint8"),
        ((3, 4, 6), "uint8"),
        ((4, 6, 3), "float32"),
    ],
)
def test_the_remedy_works(kind: str, shape: tuple[int, ...], dtype: str) -> None:
    """The expression that the help proposes, evaluated, gives a frame that is accepted."""
    import cv2

    frame = np.zeros(shape, dtype) if kind == "numpy" else torch.zeros(shape, dtype=getattr(torch, dtype))
    with pytest.raises(FrameError) as caught:
        checked_frame(frame)
    expression = "".join(
        caught.value.remedy.rpartition(": ")[2] if dtype == "float32" else proposal(caught.value)
    )
    mended = eval(expression, {"frame": frame, "np": np, "cv2": cv2, "torch": torch})
    assert checked_frame(mended).shape == (4, 6, 3)


def proposal(error: FrameError) -> str:
    """`it is grey: repeat it over three channels, EXPRESSION`."""
    return error.remedy.split(", ", 1)[1]


@pytest.mark.parametrize("thing", ["frame.jpg", None, [[1, 2, 3]], 7, b"\xff\xd8"])
def test_things_that_are_no_frame(thing: object) -> None:
    with pytest.raises(FrameError, match=f"not {type(thing).__name__}") as caught:
        checked_frame(thing)  # type: ignore[arg-type]
    assert "cv2.imread" in caught.value.remedy
