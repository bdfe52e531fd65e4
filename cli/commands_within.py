"""A command that is another one where its first argument names that: `sotc eval SPEC`, and `sotc eval merge`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


class WithCommands(click.Command):
    """A command with arguments of its own, and others in it by name."""

    def __init__(self, *arguments: Any, within: Mapping[str, click.Command], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.within = within

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args and args[0] in self.within:
            return self.within[args[0]].make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)
