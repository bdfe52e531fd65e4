"""Several videos in one batch: each stream gives what a session of its own gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import sotc
from sotc.runtime.errors import FrameError, StreamError

LOWERINGS = ("host", "graph")


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_streams_equal_sessions(make_tracker, make_clip, lowering: str) -> None:
    """They come, pause, gain and lose targets, and go; refreshes come due for some of them at a time."""
    clips = [make_clip(14, seed) for seed in (0, 1, 2)]
    tracker = make_tracker(lowering, refresh_every=3)
    streams = tracker.streams()
    open_streams = {}
    for frame in range(12):
        for number, (frames, truth) in enumerate(clips):
            if frame == 2 * number:
                opened = streams.open(frames[0], [truth[0], truth[0] + 3])
                open_streams[opened] = (tracker.start(frames[0], [truth[0], truth[0] + 3]), frames, truth)
        given = {
            stream: frames[single.frame_index + 1]
            for index, (stream, (single, frames, _)) in enumerate(open_streams.items())
            if (frame + index) % 4
        }
        results = streams.step(given)
        assert list(results) == list(given)
        for stream, pixels in given.items():
            single, _, truth = open_streams[stream]
            expected = single.step(pixels)
            assert results[stream].ids == expected.ids
            torch.testing.assert_close(results[stream].boxes, expected.boxes, rtol=0, atol=1e-6)
            torch.testing.assert_close(results[stream].scores, expected.scores, rtol=0, atol=1e-5)
            torch.testing.assert_close(stream.state["mean"], single.state["mean"], rtol=0, atol=1e-5)
            torch.testing.assert_close(stream.boxes, single.boxes, rtol=0, atol=1e-6)
            if single.frame_index == 2:
                assert stream.add(truth[2]) == single.add(truth[2]) == 2
            if single.frame_index == 4:
                stream.remove(0)
                single.remove(0)
        if frame == 9:
            gone = next(iter(open_streams))
            gone.close()
            del open_streams[gone]
            assert len(streams) == 2


def test_the_targets_of_all_streams_are_one_batch(make_tracker, make_clip) -> None:
    calls: list[str] = []
    (one, truth), (other, _) = make_clip(3, 0), make_clip(3, 2)
    streams = make_tracker("host", calls=calls).streams()
    left, right = streams.open(one[0], truth[0]), streams.open(other[0], [truth[0], truth[0]])
    del calls[:]
    results = streams.step({left: one[1], right: other[1]})
    assert calls == ["step", "next"]
    assert [result.boxes.shape[0] for result in results.values()] == [1, 2]


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_frames_of_several_sizes(make_tracker, make_clip, lowering: str) -> None:
    """Streams of two sizes from the start, and one that changes its size on the way."""
    small, truth = make_clip(5, 0)
    large, _ = make_clip(5, 0, (240, 180))
    tracker = make_tracker(lowering)
    streams = tracker.streams()
    videos = [small, [*small[:3], *large[3:]], large]
    pairs = [(streams.open(video[0], truth[0]), tracker.start(video[0], truth[0])) for video in videos]
    for index in range(1, 5):
        results = streams.step(
            {stream: video[index] for (stream, _), video in zip(pairs, videos, strict=True)}
        )
        for (stream, single), video in zip(pairs, videos, strict=True):
            assert torch.equal(results[stream].boxes, single.step(video[index]).boxes)


def test_a_mistake_moves_no_stream(make_tracker, make_clip) -> None:
    frames, truth = make_clip(3)
    tracker = make_tracker("host")
    streams, others = tracker.streams(), tracker.streams()
    one, two = streams.open(frames[0], truth[0]), streams.open(frames[0], truth[0])
    foreign = others.open(frames[0], truth[0])
    with pytest.raises(StreamError, match="belongs to other streams"):
        streams.step({one: frames[1], foreign: frames[1]})
    with pytest.raises(FrameError, match="grey"):
        streams.step({one: frames[1], two: frames[1][..., 0]})
    two.close()
    with pytest.raises(StreamError, match="was closed") as caught:
        streams.step({one: frames[1], two: frames[1]})
    assert caught.value.code == "SOT817"
    assert one.frame_index == 0
    assert torch.equal(streams.step({one: frames[1]})[one].boxes, foreign.step(frames[1]).boxes)


def test_streams_without_targets_and_without_frames(make_tracker, make_clip) -> None:
    frames, truth = make_clip(3)
    streams = make_tracker("host").streams()
    assert streams.step({}) == {}
    stream = streams.open(frames[0], truth[0])
    stream.remove(0)
    assert streams.step({stream: frames[1]})[stream].ids == ()
    streams.close()
    assert len(streams) == 0


def test_what_lies_beyond_is_each_streams_own() -> None:
    """A crop with a border of the first frame's mean colour, over the edge of a dark and of a bright video."""
    spec = """
    tracker Beyond {
        template = SiameseCrop { size = 127 }
        search   = SiameseCrop { size = 255 }
        head classify = SeparableHead { out_channels = 2 }
        head regress  = SeparableHead { out_channels = 4 }
        backbone = MobileNetV3 { blocks = 8 }
        likeness = XCorrDepthwise(search -> backbone, template -> backbone -> CenterCrop { size = 4 })
        pick = PointDecode { stride = 16 }(likeness -> classify, likeness -> regress -> Exp, search.view)
        output box   = pick.box
        output score = pick.score
    }
    """
    torch.manual_seed(0)
    tracker = compiled_text(spec)
    random = np.random.default_rng(0)
    dark, bright = (random.integers(low, low + 80, (3, 120, 160, 3), dtype=np.uint8) for low in (0, 170))
    streams, box = tracker.streams(), (1.0, 2.0, 40.0, 30.0)
    pairs = [(streams.open(video[0], box), tracker.start(video[0], box), video) for video in (dark, bright)]
    for index in (1, 2):
        results = streams.step({stream: video[index] for stream, _, video in pairs})
        for stream, single, video in pairs:
            expected = single.step(video[index])
            torch.testing.assert_close(results[stream].boxes, expected.boxes, rtol=0, atol=1e-3)
            torch.testing.assert_close(results[stream].scores, expected.scores, rtol=0, atol=1e-5)


def compiled_text(spec: str) -> sotc.Tracker:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "beyond.sot"
        path.write_text(spec)
        return sotc.compile(path, crop="host")
