"""Programs that run in torch: what eager, inductor and aoti have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from ..plan import Signature
from ..programs import Programs
from .cuda_runner import Callee, CudaRunner
from .engine import Runner
from .run_errors import told_of_component

BUCKETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""At most half as many rows again as there are targets."""


@dataclass(frozen=True)
class TorchEngine:
    """Programs as callables of tensors, on one device."""

    backend: str
    device: str
    precision: str
    programs: Mapping[str, Callee]
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    """what the programs read and write; needed on a CUDA device"""
    graphs: bool = True
    """on a CUDA device, programs are captured as CUDA graphs; elsewhere it says nothing"""
    targets: int | None = None
    """the only number of targets that the programs run with; None for any"""
    notes: list[str] = field(default_factory=list, compare=False)
    """what ran otherwise than wanted, and why: once for each"""

    @property
    def buckets(self) -> tuple[int, ...] | None:
        """Numbers of targets that batches are best padded to: each number has a CUDA graph of its own."""
        if self.targets is not None:
            return (self.targets,)
        return BUCKETS if self.graphs and torch.device(self.device).type == "cuda" else None

    def runner(self) -> Runner:
        if torch.device(self.device).type == "cuda":
            return CudaRunner(self.programs, self.signatures, self.device, self._note, self.graphs)
        return PlainRunner(self.programs, self.device)

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


@dataclass(frozen=True)
class PlainRunner:
    """Programs called in turn. Every run makes new tensors, so that there is nothing to keep."""

    programs: Mapping[str, Callee]
    device: str

    def put(self, value: NDArray[Any] | Tensor) -> Tensor:
        tensor = value if isinstance(value, Tensor) else torch.from_numpy(writable(value))
        return tensor.to(self.device, non_blocking=True)

    def put_frame(self, pixels: NDArray[Any] | Tensor) -> Tensor:
        return self.put(pixels)

    def get(self, value: Tensor) -> NDArray[Any]:
        array: NDArray[Any] = value.detach().cpu().resolve_conj().resolve_neg().numpy()
        return array

    def read_later(self, values: Sequence[Tensor]) -> Callable[[], Sequence[NDArray[Any]]]:
        return lambda: [self.get(value) for value in values]

    def run(self, program: str, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        # no_grad, not inference_mode: results are ordinary tensors, which users may change in place and train
        # on; inference_mode would save 1 to 4 % of a small net's step (docs/benchmarks)
        callee = self.programs[program]
        try:
            with torch.no_grad():
                return callee(*inputs)
        except Exception as error:
            told = told_of_component(error, callee, program, inputs)
            if told is None:
                raise
            raise told from error

    def keep(self, values: Sequence[Tensor]) -> Sequence[Tensor]:
        return values

    def join(self, values: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(values))

    def take(self, value: Tensor, rows: Sequence[int]) -> Tensor:
        return value[list(rows)]


def writable(array: NDArray[Any]) -> NDArray[Any]:
    """Torch shares writable memory only."""
    return array if array.flags.writeable else array.copy()


def modules_on(programs: Programs, device: str) -> dict[str, torch.fx.GraphModule]:
    """The programs' modules with all constants on the device.

    Export leaves numbers that a component writes down (`torch.tensor([...])`) on the CPU: copying them over in
    every step would wait for the device.
    """
    return {name: program.module.to(device) for name, program in programs.items()}
