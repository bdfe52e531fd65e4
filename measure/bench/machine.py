"""The machine: its name, its clocks, and what it can do at best, measured here and now."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..cache import model_name, versions
from .report import Machine

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
SIDES = {"cpu": (1024, 2048), "cuda": (4096, 8192)}
"""The larger one is the faster on an idle machine; on a busy one the smaller may fit between what others do."""

COPY_BYTES = {"cpu": 2**26, "cuda": 2**30}
SECONDS = 0.6
"""At the least, for each rate; the best is taken: what is missing to it, others took."""


def machine_of(device: str, threads: int, precisions: Iterable[str]) -> Machine:
    """Rates are measured for these precisions. Clocks and load are those before."""
    kind = torch.device(device).type
    rates = {name: rate for name in sorted(set(precisions)) if (rate := gemm_rate(name, device)) is not None}
    name = torch.cuda.get_device_name(device) if kind == "cuda" else model_name()
    return Machine(
        device=device,
        device_name=name,
        threads=threads,
        cores=os.cpu_count() or 1,
        versions=all_versions(),
        clocks_mhz={key: value for key, value in (("before", clock_mhz(device)),) if value is not None},
        load=load(),
        gemm_gflops={name: round(rate / 1e9, 1) for name, rate in rates.items()},
        copy_gbs=round(copy_rate(device) / 1e9, 2),
    )


def afterwards(machine: Machine) -> Machine:
    """The same with clocks and load of now added."""
    clock = clock_mhz(machine.device)
    clocks = {**machine.clocks_mhz, **({"after": clock} if clock is not None else {})}
    return replace(machine, clocks_mhz=clocks, load=(*machine.load, *load()))


def all_versions() -> dict[str, str]:
    found = versions()
    if torch.version.cuda:
        found["cuda"] = torch.version.cuda
    return {**found, "system": f"{platform.system()} {platform.machine()}"}


def load() -> tuple[float, ...]:
    with suppress(OSError, AttributeError):
        return (round(os.getloadavg()[0], 2),)
    return ()


# ---------------------------------------------------------------- clocks


def clock_mhz(device: str) -> float | None:
    """The clock now, as far as the system tells it."""
    return gpu_clock(device) if device.startswith("cuda") else cpu_clock()


def cpu_clock() -> float | None:
    """The highest of the cores' clocks: the one at work."""
    scaling = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_cur_freq")
    with suppress(OSError, ValueError):
        found = [float(path.read_text()) / 1e3 for path in scaling]
        if found:
            return max(found)
    with suppress(OSError, ValueError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        found = [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]
        return max(found, default=None)
    return None


def gpu_clock(device: str) -> float | None:
    index = torch.device(device).index or 0
    command = ["nvidia-smi", f"--id={index}", "--query-gpu=clocks.sm", "--format=csv,noheader,nounits"]
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        return float(subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout)
    return None


# ---------------------------------------------------------------- rates


def gemm_rate(precision: str, device: str) -> float | None:
    """Operations a second in large products of matrices; None where PyTorch has none for this precision."""
    sides = SIDES[torch.device(device).type]
    try:
        return max(2 * side**3 / best(product(precision, side, device), device) for side in sides)
    except RuntimeError:
        return None


def product(precision: str, side: int, device: str) -> Callable[[], object]:
    if precision == "int8":
        whole = [torch.randint(-100, 100, (side, side), dtype=torch.int8, device=device) for _ in range(2)]
        return lambda: torch._int_mm(*whole)
    left, right = (torch.randn(side, side, device=device).to(TYPES[precision]) for _ in range(2))
    return lambda: left @ right


def copy_rate(device: str) -> float:
    """Bytes a second, read plus written."""
    source = torch.ones(COPY_BYTES[torch.device(device).type] // 4, device=device)
    target = torch.empty_like(source)
    return 2 * source.numel() * source.element_size() / best(lambda: target.copy_(source), device)


def best(work: Callable[[], Any], device: str) -> float:
    """The least of the times of several calls, in seconds.

    On one CPU thread it is processor time, of which others on the machine take nothing.
    """
    times: list[float] = []
    wait: Callable[[], object] = torch.cuda.synchronize if device.startswith("cuda") else (lambda: None)
    alone = device == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if alone else time.perf_counter
    work()
    wait()
    end = time.perf_counter() + SECONDS
    while len(times) < 4 or time.perf_counter() < end:
        began = clock()
        work()
        wait()
        times.append(clock() - began)
    return min(times)
