"""What a benchmark found: plain data, and the fields of `sotc bench --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1
"""Of the JSON; a field that goes or changes its meaning makes it another one."""


@dataclass(frozen=True)
class Machine:
    """Where it was measured, and what this machine can do at best, measured in the same run."""

    device: str
    """`cpu` or `cuda:0`"""
    device_name: str
    threads: int
    cores: int
    versions: Mapping[str, str]
    clocks_mhz: Mapping[str, float]
    """`before` and `after` the measurement, where the system tells them"""
    load: tuple[float, ...]
    """the system's load averages over 1 minute, before and after; more than `cores` means that others ran, too"""
    gemm_gflops: Mapping[str, float]
    """by precision: 10^9 operations a second in the best of several large products of matrices, by PyTorch; on one
    CPU thread by processor time, so that a busy machine does not lower it. A precision that the machine cannot
    multiply in, or only slowly by emulation, stands there with what it gives"""
    copy_gbs: float
    """10^9 bytes a second, read plus written, in the best of several large copies"""


@dataclass(frozen=True)
class Footage:
    """The frames that were stepped over. They are decoded beforehand: no time says anything of decoding."""

    name: str
    frames: int
    width: int
    height: int


@dataclass(frozen=True)
class Row:
    """One way to run the tracker, for one number of targets."""

    name: str
    """as named on the command line: `openvino:bf16`, `by-hand`"""
    targets: int
    backend: str = ""
    precision: str = ""
    passes: str | None = None
    """the pipeline that was asked for; None for what suits the backend"""
    steps: int = 0
    rounds: int = 0
    p50_ms: float | None = None
    """of a step, from the decoded frame to the boxes on the host"""
    p95_ms: float | None = None
    """None with fewer than 20 steps"""
    p99_ms: float | None = None
    """None with fewer than 100 steps"""
    frames_per_second: float | None = None
    """1 over the median step: every frame's boxes are waited for"""
    targets_per_second: float | None = None
    """frames_per_second times targets"""
    streamed_frames_per_second: float | None = None
    """on a CUDA device: boxes are read one frame later, so that nothing waits for the device; None elsewhere"""
    ratio: float | None = None
    """how many times as fast as the report's `baseline` with as many targets: the median over the rounds"""
    ratio_low: float | None = None
    ratio_high: float | None = None
    """the lower and upper quartile of the rounds' ratios"""
    processor_ms: float | None = None
    """mean processor time of a step, over all threads: others on the machine weigh on it far less than on the rest"""
    processor_share: float | None = None
    """processor time of this process over the time that passed: with one thread, what is missing to 1 others took"""
    parts_ms: Mapping[str, float] = field(default_factory=dict)
    """medians of a pass of its own over the same frames with instruments in: `upload`, `crop`, `network` (of a
    compiled tracker it decodes, too), `decode` (by hand only), `refresh`, `state`, `read`, `other`; `step` is that
    pass's whole step"""
    step_gflop: float | None = None
    """10^9 operations of a step's products, convolutions and attention, an addition being one, too"""
    gemm_share: float | None = None
    """of `machine.gemm_gflops` in the row's precision, at the median step"""
    step_megabytes: float | None = None
    """10^6 bytes that a step must move at least: its weights, what it reads and what it gives, once each"""
    copy_share: float | None = None
    """of `machine.copy_gbs`"""
    build_seconds: float | None = None
    gate: str | None = None
    """what the parity gate said: `passed`, or the first limit that was broken; None where it was not run"""
    notes: tuple[str, ...] = ()
    error: str | None = None
    """why there are no figures"""


@dataclass(frozen=True)
class Report:
    tracker: str
    spec: str
    weights: str
    """`random`, `checkpoint`, `none` where the tracker has none, or `artifact`"""
    machine: Machine
    footage: Footage
    baseline: str | None
    """the row that `ratio` is against: the first of --against that could be measured"""
    rows: tuple[Row, ...]
    finished: bool = True
    """False where it was interrupted"""
    decoding: bool = False
    """whether times hold the decoding of frames: they never do"""
    check_seconds: float | None = None
    """from the spec to the programs that all backends start from; None for an artifact"""

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}
