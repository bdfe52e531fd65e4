"""The command group: each command by name and one line; its file is imported only when used."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Mapping
from types import MappingProxyType

import click

from .failure import failure_of

SECTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Write a spec": {
            "new": "Start a spec from a commented template.",
            "import": "Make a spec of a config of MMTracking or PySOT.",
            "check": "Say what is wrong with a spec, before anything runs.",
            "fmt": "Lay specs out the one way that all are laid out.",
            "lsp": "Answer an editor: the language server.",
            "components": "List what a spec can be composed of.",
            "fix": "Mend what is certain to be meant, and show it first.",
            "explain": "Say more about an error code, with an example mended.",
        },
        "Look inside": {
            "graph": "Draw the graph of a tracker.",
            "summary": "Tell what each part of a tracker costs.",
            "diff": "Tell in what two trackers differ.",
            "show": "Print what a step of the compiler made of a spec.",
            "weights": "Read a checkpoint: convert it, or propose a key map.",
            "inspect": "Tell what is in a compiled tracker, and how it was tried.",
        },
        "Run it": {
            "track": "Follow targets through a video or a folder of frames.",
            "compile": "Write a spec and its weights as one file.",
            "verify": "Compare a spec with what its original gave.",
            "bench": "Measure how fast a tracker is, beside other ways to run it.",
            "demo": "Make a clip, track it, and write the video and the graph.",
        },
        "Evaluate it": {
            "eval": "Run a tracker over a data set, and score it as the toolkits do.",
            "play": "Play the boxes of results over their video.",
            "tune": "Search the settings of a tracker for those that score best.",
            "data": "Find data sets, describe your own, and tell what is wrong.",
            "metrics": "Score boxes against a truth, exactly as a toolkit does.",
            "vot": "Answer the VOT toolkit, or enter a tracker into its registry.",
        },
    }
)
"""Command names and their one-line help, as `sotc --help` shows them; the file of a command has its name."""

EXAMPLES = """
\b
Examples:
  sotc demo                                  a first tracker at work; writes out/demo
  sotc track correlation_filter clip.mp4 --box 120,80,40,60 --render tracked.mp4
  sotc new my_tracker && sotc check my_tracker.sot
  sotc graph nanotrack_v2 -o graph.svg

A SPEC is a path, or the name of a spec that ships. `sotc COMMAND --help` shows a command's own examples.
"""


class CommandGroup(click.Group):
    """Finds commands in files of this folder, lazily, and turns a user's mistake into a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        found = importlib.import_module(f".{module}", __package__).command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            ctx.fail(unknown_command(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()), col_max=12)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
            raise failure from error


INTERRUPTED = 130
"""128 + SIGINT, as a shell has it."""


def unknown_command(name: str, commands: list[str]) -> str:
    """What to say of a command that there is not."""
    from ..dsl.suggest import did_you_mean, nearest

    meant = did_you_mean(nearest(name, commands))
    return f"there is no command `{name}`; {meant or 'sotc --help lists them'}"


def print_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"sotc {version('sotc')}")
    ctx.exit()


@click.group(
    cls=CommandGroup,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version.",
)
def main() -> None:
    """Describe a single-object tracker in a page of text, check it, and run it on video."""
