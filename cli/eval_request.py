"""What `sotc eval` was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from ..compiler.compiled import CropChoice, Precision

OUTPUT = "results"
"""Where results go, unless another folder is named."""


@dataclass(frozen=True)
class Request:
    """The options, by their names."""

    subject: str
    data: str | None = None
    root: str | None = None
    profiles: tuple[str, ...] = ()
    jobs: int = 1
    batch: int = 1
    output: str | None = None
    fresh: bool = False
    repeat: int = 1
    shard: str | None = None
    integers: bool = False
    pad: bool = False
    partial: bool = False
    submit: Literal["got10k", "trackingnet", "vots"] | None = None
    per_sequence: bool = False
    as_json: bool = False
    quiet: bool = False
    weights: str | None = None
    backend: str | None = None
    precision: Precision | None = None
    device: str | None = None
    crop: CropChoice = "auto"
    threads: int | None = None
    trust: bool = False
    params: dict[str, str] = field(default_factory=dict)
    tracker: str | None = None
    allow_python: bool = False

    @property
    def is_results(self) -> bool:
        """Whether results are to be scored, and nothing run: a folder is named."""
        return Path(self.subject).is_dir()

    @property
    def folder(self) -> Path:
        """Where results go: OUT."""
        return Path(OUTPUT if self.output is None or self.submit is not None else self.output)

    def refuse_nonsense(self) -> None:
        """Raises UsageError for options that have no meaning together."""
        from ..compiler.archive import is_artifact

        if self.submit is not None:
            from ..evaluation.runs.submission import refuse_name

            if self.output is None:
                raise click.UsageError("--submit needs -o FILE.zip, the file to send")
            refuse_name(Path(self.output))
        if self.is_results:
            self._refuse("goes with a tracker: results are there already", *self._of_runs())
        elif self.data is None and "/" in self.subject and not Path(self.subject).exists():
            raise click.UsageError(f"there is no folder of results and no spec `{self.subject}`")
        elif self.data is None:
            raise click.UsageError(
                "--data says on what: the name of a data set, or a manifest of your own sequences"
            )
        if is_artifact(self.subject):
            self._refuse("goes with a spec: an artifact has its own", "backend", "precision")

    def _of_runs(self) -> tuple[str, ...]:
        running = (
            "weights",
            "fresh",
            "shard",
            "backend",
            "precision",
            "device",
            "trust",
            "params",
            "tracker",
        )
        return (*running, "jobs", "batch", "repeat", "crop", "threads", "allow_python")

    def _refuse(self, reason: str, *names: str) -> None:
        usual = Request(self.subject)
        option = next((name for name in names if getattr(self, name) != getattr(usual, name)), None)
        if option is not None:
            raise click.UsageError(f"--{'set' if option == 'params' else option.replace('_', '-')} {reason}")
