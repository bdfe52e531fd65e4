"""`sotc demo`: a first tracker at work, on a clip that it makes by itself, or on a video of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..runtime.source import FrameSource

SPEC = "correlation_filter"
"""The tracker of the demo: it needs no trained weights."""

EXAMPLES = """
\b
Examples:
  sotc demo                                  on a clip that it makes
  sotc demo clip.mp4 --box 120,80,40,60      on yours, given the target in the first frame
  sotc demo --spec nanotrack_v2 --weights nanotrackv2.pth

It writes boxes.txt, tracked.mp4 and graph.svg, and of its own clip clip.mp4 and truth.txt, too.
"""


@click.command(epilog=EXAMPLES)
@click.argument("video", required=False)
@click.option("--box", metavar="X,Y,W,H", help="The target in the first frame of VIDEO.")
@click.option(
    "--spec", default=SPEC, show_default=True, help="Another tracker: a path, or the name of one that ships."
)
@click.option("--weights", metavar="FILE", help="The checkpoint of a tracker that has weights.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Where to write.",
)
@click.option(
    "--frames", type=click.IntRange(min=2), default=150, show_default=True, help="Length of its own clip."
)
def command(
    video: str | None, box: str | None, spec: str, weights: str | None, out: Path, frames: int
) -> None:
    """Compile a tracker, follow a target, and write the boxes, the video and a picture of the graph."""
    if (video is None) is not (box is None):
        raise click.UsageError(
            "a video and the box of its target go together: sotc demo clip.mp4 --box 120,80,40,60"
        )
    from ..runtime.boxes import parse_box
    from ..runtime.success import success_auc
    from ..runtime.track import track_sequence
    from ..runtime.video import open_source
    from .track import progress_bar, told
    from .tracker import Choices, opened

    truth = None
    if video is None or box is None:
        click.echo(f"making a clip of {frames} frames")
        source, truth = own_clip(frames, out)
        target = tuple(truth[0].tolist())
    else:
        source, target = open_source(video), parse_box(box)
    click.echo(f"compiling {spec}")
    tracker = opened(spec, Choices(weights=weights))
    picture = draw_graph(spec, out / "graph.svg")
    boxes, tracked = out / "boxes.txt", out / "tracked.mp4"
    with progress_bar(quiet=False) as on_progress:
        result = track_sequence(tracker, source, target, save=boxes, render=tracked, on_progress=on_progress)
    for line in told(result, [str(path) for path in (boxes, tracked, picture)]):
        click.echo(line)
    if truth is not None:
        click.echo(f"success  AUC {success_auc(result.boxes[:, 0], truth):.3f} against the clip's own boxes")


def own_clip(frames: int, out: Path) -> tuple[FrameSource, NDArray[np.float64]]:
    """The clip as it is made, to be tracked, and its boxes; both are also written for the user to use."""
    from ..compiler.writing import write_text
    from ..runtime.boxes import format_box
    from ..runtime.demo_clip import make_clip
    from ..runtime.render import video_beside
    from ..runtime.source import MemorySource

    clip, truth = make_clip(frames)
    with video_beside(out / "clip.mp4") as file:
        for frame in clip:
            file.write(frame)
    write_text(out / "truth.txt", "".join(f"{format_box(box)}\n" for box in truth.tolist()))
    return MemorySource(tuple(clip), "its own clip", len(clip)), truth


def draw_graph(spec: str, path: Path) -> Path:
    from .. import api
    from ..compiler.writing import write_text
    from ..view.picture import picture
    from ..view.svg import svg

    write_text(path, svg(picture(api.check(spec).expect())))
    return path
