"""Frames as users give them, checked: RGB `uint8` [H, W, 3], numpy or tensor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import FrameError

if TYPE_CHECKING:
    from torch import Tensor

FrameLike: TypeAlias = "NDArray[np.uint8] | Tensor"


def checked_frame(frame: FrameLike) -> FrameLike:
    """The frame, contiguous, as it was given: an array, or a tensor on the device where it lies.

    It is not copied, unless its memory is not contiguous (a flipped or swapped view).

    Raises FrameError for anything else than RGB `uint8` [H, W, 3], naming the remedy.
    """
    if isinstance(frame, np.ndarray):
        check(frame.shape, str(frame.dtype), tensor=False)
        return frame if frame.flags.c_contiguous else np.ascontiguousarray(frame)
    if is_tensor(frame):
        check(tuple(frame.shape), str(frame.dtype).removeprefix("torch."), tensor=True)
        return frame.contiguous()
    raise FrameError(
        f"a frame must be a numpy array or a tensor, not {type(frame).__name__}",
        "read it first, for example: cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB), or np.asarray(image) "
        "of a PIL image in mode RGB",
    )


def is_tensor(value: Any) -> bool:
    """Whether this is a torch tensor; torch need not be there for it not to be one."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def host_pixels(frame: FrameLike) -> NDArray[np.uint8]:
    """A checked frame as an array; free where it lies on the CPU."""
    if isinstance(frame, np.ndarray):
        return frame
    pixels: NDArray[np.uint8] = frame.detach().cpu().numpy()
    return pixels


def check(shape: tuple[int, ...], dtype: str, *, tensor: bool) -> None:
    """Raises FrameError unless `shape` is [H, W, 3] with H, W > 0 and `dtype` is `uint8`."""
    found = f"a frame of shape {list(shape)}, {dtype}"
    if len(shape) != 3 or shape[2] != 3:
        raise FrameError(f"{found}, is not RGB [H, W, 3]", shape_remedy(shape, tensor=tensor))
    if shape[0] == 0 or shape[1] == 0:
        raise FrameError(f"{found}, is empty", "check that the frame was read")
    if dtype != "uint8":
        raise FrameError(f"{found}, is not uint8 (0..255)", dtype_remedy(dtype, tensor=tensor))


def shape_remedy(shape: tuple[int, ...], *, tensor: bool) -> str:
    """What to do about a frame that is not [H, W, 3]."""
    if len(shape) == 2:
        repeat = "frame[..., None].expand(-1, -1, 3)" if tensor else "cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB)"
        return f"it is grey: repeat it over three channels, {repeat}"
    if len(shape) == 3 and shape[2] == 1:
        repeat = "frame.expand(-1, -1, 3)" if tensor else "np.repeat(frame, 3, axis=2)"
        return f"it is grey: repeat it over three channels, {repeat}"
    if len(shape) == 3 and shape[2] == 4:
        return "it has four channels: drop the last (alpha), frame[..., :3]"
    if len(shape) == 3 and shape[0] == 3:
        order = "frame.permute(1, 2, 0)" if tensor else "frame.transpose(1, 2, 0)"
        return f"its channels come first: put them last, {order}"
    if len(shape) == 4:
        return "it is a batch: give one frame at a time, frame[0]; many targets share one frame"
    return "a frame is one RGB picture: height, width, three channels"


def dtype_remedy(dtype: str, *, tensor: bool) -> str:
    """What to do about a frame that is not `uint8`."""
    to_bytes = "to(torch.uint8)" if tensor else "astype(np.uint8)"
    if dtype.startswith(("float", "bfloat")):
        scaled, plain = f"(frame * 255).round().{to_bytes}", f"frame.round().{to_bytes}"
        return f"if its values are 0..1: {scaled}; if they are 0..255: {plain}"
    if dtype == "uint16":
        return f"bring its values to 0..255 and convert: (frame // 256).{to_bytes}"
    return f"bring its values to 0..255 and convert: frame.{to_bytes}"
