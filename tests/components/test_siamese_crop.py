"""The crop of the SiamFC family: against the originals' stored crops, and against padding the whole frame."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sotc.components.crops.host_patch import LARGEST_PATCH
from sotc.components.crops.siamese_crop import SiameseCrop

torch.set_num_threads(1)


def stored_clip(folder: Path) -> list[np.ndarray]:
    """The frames of the fixtures, as RGB. They were fed to the originals as BGR."""
    sys.path.insert(0, str(folder))
    try:
        import clip
    finally:
        sys.path.pop(0)
    return [np.ascontiguousarray(frame[:, :, ::-1]) for frame in clip.make_clip()[0]]


def centred(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], 1)


def whole_frame_crop(frame: np.ndarray, target: np.ndarray, border: np.ndarray, size: int) -> np.ndarray:
    """The rule spelled out for one target, by padding the whole frame: `uint8` [3, size, size]."""
    x, y, width, height = (float(value) for value in target)
    template_side = math.sqrt((width + 0.5 * (width + height)) * (height + 0.5 * (width + height)))
    side = round(template_side * (size / 127))
    left, top = math.floor(x - (side + 1) / 2 + 0.5), math.floor(y - (side + 1) / 2 + 0.5)
    before = max(0, -left, -top, left + side - frame.shape[1], top + side - frame.shape[0]) + side
    padded = np.empty((frame.shape[0] + 2 * before, frame.shape[1] + 2 * before, 3), np.uint8)
    padded[:] = border
    padded[before : before + frame.shape[0], before : before + frame.shape[1]] = frame
    patch = padded[top + before : top + before + side, left + before : left + before + side]
    return np.ascontiguousarray(cv2.resize(patch, (size, size)).transpose(2, 0, 1))


def textured(height: int, width: int, seed: int) -> np.ndarray:
    """A frame with edges of all kinds."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def both(crop: SiameseCrop, frame: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    border = crop.border(torch.from_numpy(frame))
    host = crop.sample_host(frame, target, border.numpy())
    graph = crop.sample(torch.from_numpy(frame), torch.from_numpy(target), border).numpy()
    return host, graph


@pytest.mark.parametrize("version", [1, 2, 3])
def test_crops_are_those_of_the_originals(parity_folder: Path, version: int) -> None:
    frames = stored_clip(parity_folder)
    stored = np.load(parity_folder / f"nanotrack_v{version}_track.npz")
    meta = json.loads((parity_folder / f"nanotrack_v{version}.json").read_text())["inference"]
    template = SiameseCrop(meta["exemplar_size"], meta["context_amount"], color="bgr")
    search = SiameseCrop(meta["instance_size"], meta["context_amount"], color="bgr")
    border = template.border(torch.from_numpy(frames[0]))
    first = template.start(torch.from_numpy(stored["boxes"][:1]))
    last = torch.from_numpy(centred(stored["boxes"][-2:-1]))
    for crop, frame, target, name in (
        (template, frames[0], first, "template_crop"),
        (search, frames[1], first, "search_crop_1"),
        (search, frames[-1], last, "search_crop_last"),
    ):
        pixels = crop.sample_host(frame, target.numpy(), border.numpy())
        assert np.array_equal(crop(torch.from_numpy(pixels)).numpy(), stored[name]), name
        in_graph = crop.sample(torch.from_numpy(frame), target, border)
        assert np.array_equal(crop(in_graph).numpy(), stored[name]), name


@pytest.mark.parametrize("size", [127, 255, 64])
@pytest.mark.parametrize(("height", "width"), [(240, 320), (97, 61)])
def test_both_lowerings_are_the_rule(size: int, height: int, width: int) -> None:
    frame = textured(height, width, size)
    rng = np.random.default_rng(size + height)
    centre = rng.uniform(-0.3, 1.3, (24, 2)) * (width, height)
    target = np.concatenate([centre, np.exp(rng.uniform(0.7, 5.3, (24, 2)))], 1)
    crop = SiameseCrop(size)
    border = crop.border(torch.from_numpy(frame)).numpy()
    host, graph = both(crop, frame, target)
    for index, one in enumerate(target):
        assert np.array_equal(host[index], whole_frame_crop(frame, one, border, size)), one
    assert np.array_equal(host, graph)


def test_exact_halving_and_no_resizing() -> None:
    """Where OpenCV takes other ways: averaging at exactly 2, a copy at 1."""
    frame = textured(400, 400, 3)
    crop = SiameseCrop(100, context=0.0, template_size=100)
    target = np.array([[200.3, 190.7, 200.0, 200.0], [200.0, 190.0, 100.0, 100.0]])
    host, graph = both(crop, frame, target)
    assert np.array_equal(host, graph)
    assert np.array_equal(graph[1], frame[140:240, 150:250].transpose(2, 0, 1))


@pytest.mark.parametrize(
    "target",
    [
        [-500.0, -400.0, 20.0, 20.0],
        [1e9, 50.0, 20.0, 20.0],
        [50.0, -1e300, 20.0, 20.0],
        [float("nan"), 50.0, 20.0, 20.0],
        [50.0, 50.0, float("nan"), 20.0],
        [float("inf"), 50.0, 20.0, float("inf")],
        [50.0, 50.0, 0.0, 0.0],
        [50.0, 50.0, 1e-9, 1e5],
        [50.0, 50.0, 3e5, 3e5],
        [50.0, 50.0, 1e200, 1e200],
    ],
)
def test_any_target_gives_a_patch(target: list[float]) -> None:
    """Outside, nowhere, of no size and of any size: no crash, and both lowerings agree."""
    host, graph = both(SiameseCrop(127), textured(48, 64, 5), np.array([target]))
    assert host.shape == (1, 3, 127, 127)
    assert np.array_equal(host, graph)


def test_wholly_outside_is_the_border() -> None:
    frame = textured(60, 80, 6)
    crop = SiameseCrop(32)
    host, graph = both(crop, frame, np.array([[500.0, 500.0, 10.0, 10.0]]))
    mean = frame.reshape(-1, 3).mean(0).astype(np.uint8)
    assert np.array_equal(host[0], np.broadcast_to(mean[:, None, None], (3, 32, 32)))
    assert np.array_equal(graph, host)


def test_the_largest_patch_is_built_as_a_larger_one_is_fetched() -> None:
    """On both sides of the limit the host follows the rule; beyond it no patch of that size is built."""
    frame = textured(40, 50, 7)
    crop = SiameseCrop(64, context=0.0, template_size=64)
    for side in (LARGEST_PATCH, LARGEST_PATCH + 1):
        target = np.array([[20.0, 22.0, float(side), float(side)]])
        host, graph = both(crop, frame, target)
        border = crop.border(torch.from_numpy(frame)).numpy()
        patch = np.empty((side, side, 3), np.uint8)
        patch[:] = border
        left, top = math.floor(20 - (side + 1) / 2 + 0.5), math.floor(22 - (side + 1) / 2 + 0.5)
        patch[-top : 40 - top, -left : 50 - left] = frame
        expected = cv2.resize(patch, (64, 64)).transpose(2, 0, 1)
        assert np.array_equal(host[0], expected)
        assert np.array_equal(graph[0], expected)


def test_a_batch_is_its_targets_one_by_one() -> None:
    frame = textured(120, 160, 8)
    target = np.array([[30.0, 40, 20, 30], [150, 110, 40, 10], [80, 60, 15, 15]])
    crop = SiameseCrop(96)
    whole = both(crop, frame, target)
    for index in range(3):
        for lowering, one in zip(whole, both(crop, frame, target[index : index + 1]), strict=True):
            assert np.array_equal(lowering[index : index + 1], one)


def test_conventions() -> None:
    crop = SiameseCrop(255, color="bgr")
    start = crop.start(torch.tensor([[10.0, 20.0, 31.0, 41.0]]))
    assert start.tolist() == [[25.0, 40.0, 31.0, 41.0]]
    assert start.dtype == torch.float64
    frame = torch.tensor([[[0, 1, 255], [1, 2, 255]]], dtype=torch.uint8)
    assert crop.border(frame).tolist() == [0, 1, 255]
    view = crop.view(start, torch.tensor([640.0, 480.0], dtype=torch.float64))
    side = math.sqrt((31 + 36) * (41 + 36))
    assert torch.allclose(view.scale, torch.full((1, 2), 127 / side, dtype=torch.float64), rtol=1e-15)
    pixels = torch.arange(3, dtype=torch.uint8).reshape(1, 3, 1, 1)
    assert crop(pixels).flatten().tolist() == [2.0, 1.0, 0.0]
    assert SiameseCrop(255)(pixels).flatten().tolist() == [0.0, 1.0, 2.0]


def test_exports_with_dynamic_batch_and_frame() -> None:
    crop = SiameseCrop(127)

    class Sample(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.crop = crop

        def forward(self, frame: torch.Tensor, target: torch.Tensor, border: torch.Tensor) -> torch.Tensor:
            return self.crop(self.crop.sample(frame, target, border))

    dynamic = torch.export.Dim.DYNAMIC
    exported = torch.export.export(
        Sample(),
        (torch.from_numpy(textured(48, 64, 1)), torch.ones(2, 4, dtype=torch.float64), torch.zeros(3).byte()),
        dynamic_shapes=({0: dynamic, 1: dynamic}, {0: dynamic}, None),
    )
    frame, target = textured(90, 71, 2), np.array([[30.0, 40, 20, 30], [70, 80, 9, 9], [1, 2, 30, 3]])
    border = crop.border(torch.from_numpy(frame))
    expected = crop(torch.from_numpy(crop.sample_host(frame, target, border.numpy())))
    got = exported.module()(torch.from_numpy(frame), torch.from_numpy(target), border)
    assert torch.equal(got, expected)


def test_real_frames_agree_everywhere(data_folder: Path) -> None:
    """Boxes of every kind on frames of real video: inside, over each edge, outside, tiny and huge."""
    rng = np.random.default_rng(0)
    for sequence in ("Crossing", "bag", "Human3", "Basketball"):
        images = sorted((data_folder / "sequences" / sequence / "img").iterdir())
        frame = cv2.cvtColor(cv2.imread(str(images[len(images) // 2])), cv2.COLOR_BGR2RGB)
        height, width = frame.shape[:2]
        centre = rng.uniform(-0.4, 1.4, (20, 2)) * (width, height)
        target = np.concatenate([centre, np.exp(rng.uniform(0.0, 6.2, (20, 2)))], 1)
        for size in (127, 255):
            host, graph = both(SiameseCrop(size), frame, target)
            assert np.array_equal(host, graph), sequence


def centred_rule(
    frame: np.ndarray, centre: np.ndarray, side: int, border: np.ndarray, size: int
) -> np.ndarray:
    """A window whose first pixel is the rounded (half to even) centre - (side - 1) / 2, by padding the frame."""
    left, top = (int(np.round(value - (side - 1) / 2)) for value in centre)
    before = max(0, -left, -top, left + side - frame.shape[1], top + side - frame.shape[0])
    padded = cv2.copyMakeBorder(frame, *[before] * 4, cv2.BORDER_CONSTANT, value=border.tolist())
    patch = padded[top + before : top + before + side, left + before : left + before + side]
    return np.ascontiguousarray(cv2.resize(patch, (size, size)).transpose(2, 0, 1))


def test_scales_are_windows_of_their_own() -> None:
    """SiamFC's: each scale's side is rounded by itself, the border is the mean, not cut to a whole level."""
    frame, crop = textured(90, 120, 9), SiameseCrop(64, convention="siamfc", scales=3, step=1.1)
    boxes = torch.tensor([[30.0, 41.0, 20.0, 31.0], [100.0, -5.0, 24.0, 24.0]])
    host, graph = both(crop, frame, crop.start(boxes).numpy())
    assert host.shape == (2, 3, 3, 64, 64)
    assert np.array_equal(host, graph)
    border = np.round(frame.reshape(-1, 3).mean(0))
    assert crop.border(torch.from_numpy(frame)).tolist() == border.tolist()
    view = crop.view(crop.start(boxes), torch.tensor([120.0, 90.0], dtype=torch.float64))
    for index, (x, y, width, height) in enumerate(boxes.tolist()):
        template_side = math.sqrt((1.5 * width + 0.5 * height) * (1.5 * height + 0.5 * width))
        for scale in range(3):
            side = template_side * 64 / 127 * 1.1 ** (scale - 1)
            centre = np.array(
                [x + (width - 1) / 2, y + (height - 1) / 2]
            )  # pixels are counted by their centres
            expected = centred_rule(frame, centre, round(side), border, 64)
            assert np.array_equal(host[index, scale], expected)
            assert view.scale[index, scale].tolist() == pytest.approx([64 / side] * 2, rel=1e-12)


def test_pixels_may_be_normalised() -> None:
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 3, 1, 1)
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    rgb = [(value - m) / d for value, m, d in zip((0.0, 0.2, 1.0), mean, deviation, strict=True)]
    found = SiameseCrop(127, pixels="imagenet")(pixels)
    assert found.flatten().tolist() == pytest.approx(rgb, rel=1e-6)
    bgr = SiameseCrop(127, pixels="imagenet", color="bgr")(pixels)
    assert bgr.flatten().tolist() == pytest.approx(rgb[::-1], rel=1e-6)


@pytest.mark.parametrize("wrong", [{"scales": 2}, {"scales": 0}, {"step": 1.0}])
def test_scales_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SiameseCrop(127, **wrong)  # type: ignore[arg-type]


def test_mmtrackings_windows_are_a_pixel_wider() -> None:
    """A target of 30 x 20 at (50.7, 40.2): the template's side is sqrt(55 * 45), 50 when rounded; from 50.7 - 25 to
    50.7 + 25 and from 40.2 - 25 to 40.2 + 25, cut, both pixels included. Left of the frame an end is cut the other
    way: from 20.7 - 25 to 20.7 + 25."""
    crop = SiameseCrop(127, convention="mmtracking")
    boxes = torch.tensor([[35.7, 30.2, 30.0, 20.0], [5.7, 30.2, 30.0, 20.0]], dtype=torch.float64)
    target = crop.start(boxes)
    assert target[0].tolist() == [50.7, 40.2, 30.0, 20.0]
    assert crop.windows(target).tolist() == [[25, 15, 51, 51], [-4, 15, 50, 51]]


def mmtrackings_crop(frame: np.ndarray, target: np.ndarray, size: int) -> torch.Tensor:
    """As its `get_cropped_img` is published: the frame padded by what is beyond it, cut, and resized in floats."""
    x, y, width, height = (float(value) for value in target)
    template_side = math.sqrt((1.5 * width + 0.5 * height) * (1.5 * height + 0.5 * width))
    side = round(template_side * (size / 127))
    ends = [int(middle + half) for middle in (x, y) for half in (-side / 2, side / 2)]
    (left, right), (top, bottom) = ends[:2], ends[2:]
    before = (max(0, -left), max(0, -top))
    behind = (max(0, right - frame.shape[1]), max(0, bottom - frame.shape[0]))
    image = torch.from_numpy(frame).permute(2, 0, 1)[None].to(torch.float64)
    padded = torch.nn.functional.pad(image, (before[0], behind[0], before[1], behind[1]), value=float("nan"))
    padded = padded.where(~padded.isnan(), image.mean((2, 3), keepdim=True))
    rows, columns = (
        slice(low + b, high + b + 1) for low, high, b in ((top, bottom, before[1]), (left, right, before[0]))
    )
    cut = padded[:, :, rows, columns]
    return torch.nn.functional.interpolate(cut, size=(size, size), mode="bilinear", align_corners=False)[0]


def test_mmtrackings_patches_are_its_own_within_a_grey_level() -> None:
    """Also beyond each side of the frame, where its windows are a pixel narrower or lower."""
    frame, crop = textured(90, 120, 17), SiameseCrop(96, convention="mmtracking")
    rng = np.random.default_rng(18)
    target = np.concatenate([rng.uniform((0, 0), (120, 90), (40, 2)), rng.uniform(4, 80, (40, 2))], 1)
    target[0] = (110.0, 85.0, 20.0, 20.0)  # its window ends at whole numbers
    host, graph = both(crop, frame, target)
    assert np.array_equal(host, graph)
    seen = {"inside": 0, "left": 0, "above": 0, "right": 0, "below": 0}
    for patch, one, window in zip(host, target, crop.windows(torch.from_numpy(target)).tolist(), strict=True):
        error = np.abs(patch - mmtrackings_crop(frame, one, 96).numpy())
        assert (error <= 1).mean() >= 0.999 and error.max() < 1.25
        beyond = {"left": window[0] < 0, "above": window[1] < 0}
        beyond |= {"right": window[0] + window[2] > 120, "below": window[1] + window[3] > 90}
        seen |= {side: seen[side] + out for side, out in beyond.items()} | {
            "inside": seen["inside"] + (not any(beyond.values()))
        }
    assert min(seen.values()) > 2, seen
