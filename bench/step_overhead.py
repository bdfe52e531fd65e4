"""The eager step of NanoTrack v2 against its modules called by hand: one thread, in turns, in one process."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

import numpy as np
import torch
from by_hand import ByHand
from common import Figure, clip, median, show, weights_of

import sotc
from sotc.compiler.network import Network

SPEC = "nanotrack_v2"
STEPS = 16
"""in a row by each, so that a turn is long against the clock and short against what else the machine does"""
ROUNDS = 30


def measure(rounds: int = ROUNDS) -> list[Figure]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    weights = weights_of("nanotrackv2")
    frames, box = clip(STEPS * 7)
    network = sotc.build(SPEC, weights)
    tracker, graph_tracker = sotc.compile(SPEC, weights), sotc.compile(SPEC, weights, crop="graph")
    by_hand, modules = ByHand(network), ByHand(network, decode=False)
    for one in (by_hand, modules):
        one.start(frames[0], np.array(box))
    session, in_graph, inferring = (one.start(frames[0], box) for one in (tracker, graph_tracker, tracker))
    search = by_hand.crop(frames[0], 255)

    def network_alone(frame: np.ndarray) -> None:
        with torch.no_grad():
            by_hand.network(search)

    def inference_step(frame: np.ndarray) -> None:
        with torch.inference_mode():
            inferring.step(frame)

    variants = {
        "session": session.step,
        "by hand": by_hand.step,
        "modules": modules.step,
        "network": network_alone,
        "in graph": in_graph.step,
        "inference": inference_step,
    }
    seconds = in_turns(variants, frames, rounds)
    return figures(seconds, agreement(tracker, network, frames, box), weights is not None)


def in_turns(variants: dict, frames: list, rounds: int) -> dict[str, list[float]]:
    """Seconds a step of each variant, a number a round."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for turn in range(rounds + 2):
        part = [frames[(turn * STEPS + index) % len(frames)] for index in range(STEPS)]
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            step = variants[name]
            began = time.perf_counter()
            for frame in part:
                step(frame)
            if turn >= 2:
                seconds[name].append((time.perf_counter() - began) / STEPS)
    return seconds


def agreement(tracker: sotc.Tracker, network: Network, frames: list, box: list) -> float:
    """The largest difference of the two trackers' boxes over the clip, in pixels: they do the same work."""
    by_hand = ByHand(network)
    by_hand.start(frames[0], np.array(box))
    session = tracker.start(frames[0], box)
    return max(
        float(np.abs(session.step(frame).boxes[0].numpy() - by_hand.step(frame)).max())
        for frame in frames[1:]
    )


def figures(seconds: dict[str, list[float]], apart: float, trained: bool) -> list[Figure]:
    def ratio(one: str, other: str) -> float:
        return median([a / b for a, b in zip(seconds[one], seconds[other], strict=True)])

    def milliseconds(name: str) -> str:
        return f"{1000 * median(seconds[name]):.2f} ms"

    against_hand, against_modules = ratio("session", "by hand"), ratio("session", "modules")
    overhead = 1 - ratio("network", "session")
    weights = "trained weights" if trained else "random weights"
    return [
        Figure(
            f"NanoTrack v2 step, eager, CPU, 1 thread ({weights})",
            f"{milliseconds('session')}, {1 / median(seconds['session']):.0f} frames/s",
        ),
        Figure(
            "the same against a tracker by hand (modules, OpenCV crop, numpy decoding)",
            f"{against_hand:.3f}x of {milliseconds('by hand')}",
            "at most 1.1x",
            against_hand <= 1.1,
        ),
        Figure(
            "the same against modules by hand with an OpenCV crop, without decoding",
            f"{against_modules:.3f}x of {milliseconds('modules')}",
        ),
        Figure(
            "share of the step outside the network (crop, decoding, session)",
            f"{100 * overhead:.1f} %",
            "below 15 %",
            overhead < 0.15,
        ),
        Figure(
            "boxes of the two trackers differ by at most", f"{apart:.1e} px", "below 1e-3 px", apart < 1e-3
        ),
        Figure(
            "step with the crop in the graph", f"{ratio('in graph', 'session'):.3f}x of the OpenCV crop's"
        ),
        Figure(
            "step under `torch.inference_mode` instead of `no_grad`",
            f"{ratio('inference', 'session'):.3f}x",
        ),
    ]


if __name__ == "__main__":
    show(measure())
