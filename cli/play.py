"""`sotc play`: boxes of one or several trackers over their video, with the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .count_bar import count_bar
from .eval_contest import data_option, root_option

if TYPE_CHECKING:
    from ..evaluation.report.scene import Scene

EXAMPLES = """
\b
Examples:
  sotc play results/NanoTrackV2/own cup -o cup.mp4
  sotc play results cup -o cup.mp4                            all trackers below a folder
  sotc play ours=results-1 theirs=results-2 cup -o pictures/  a folder of JPEG files
  sotc play results cup                                       in a window: space holds, right arrow steps, q ends

White corners are the truth; the legend tells each tracker's overlap with it, and its score.
"""


@click.command(epilog=EXAMPLES)
@click.argument("results", metavar="RESULTS...", nargs=-1, required=True)
@click.argument("sequence", metavar="SEQUENCE")
@data_option
@root_option
@click.option(
    "-o",
    "--output",
    metavar="FILE|FOLDER",
    help="Write a video (.mp4, .avi, .mkv, .webm), or pictures into a new folder.",
)
@click.option("--window", is_flag=True, help="Open a window (default, without -o).")
@click.option(
    "--rate",
    metavar="R",
    type=click.FloatRange(min=1, max=240),
    help="Frames a second (default: the video's, or 30).",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
def command(
    results: tuple[str, ...],
    sequence: str,
    data: str | None,
    root: str | None,
    output: str | None,
    window: bool,
    rate: float | None,
    quiet: bool,
) -> None:
    """Play the boxes that trackers gave in a SEQUENCE over its video, as a file or in a window."""
    from ..evaluation.report.play import rate_of
    from ..evaluation.report.window import show

    if window and output is not None:
        raise click.UsageError("--window and -o exclude each other")
    scene = opened_scene(results, sequence, data, root)
    rate = rate or rate_of(scene)
    if output is None:
        show(scene, rate)
        return
    write(scene, output, rate, quiet)
    if not quiet:
        names = ", ".join(player.name for player in scene.players)
        click.echo(f"wrote    {output}: {len(scene)} frames of {scene.sequence.name}, {names}")


def opened_scene(results: tuple[str, ...], sequence: str, data: str | None, root: str | None) -> Scene:
    """The sequence, by its name in the data set, with all trackers' boxes."""
    from ..evaluation.report.data import open_sequence_of
    from ..evaluation.report.entrant import open_entrants
    from ..evaluation.report.scene import scene_of

    entrants = open_entrants(results, data)
    return scene_of(entrants, open_sequence_of(entrants, sequence, data, root))


def write(scene: Scene, output: str, rate: float, quiet: bool) -> None:
    """A video, where the name ends as one's does; else pictures into a folder."""
    from ..evaluation.report.play import write_pictures, write_video

    path = Path(output)
    is_folder = output.endswith(("/", "\\")) or not path.suffix or path.is_dir()
    with count_bar("frames", len(scene), quiet) as on_frame:
        if is_folder:
            write_pictures(scene, path, on_frame)
        else:
            write_video(scene, path, rate, on_frame)
