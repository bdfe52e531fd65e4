"""`sotc metrics`: what boxes score against a truth, by the convention of a named toolkit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .count_bar import count_bar

if TYPE_CHECKING:
    from ..evaluation.metrics.folders import Beside, Pairs
    from ..evaluation.metrics.rules import Profile
    from ..evaluation.metrics.vot_profile import VotProfile
    from .metrics_output import Findings

EXAMPLES = """
\b
Examples:
  sotc metrics truth.txt boxes.txt --profile pysot
  sotc metrics anno/ results/my_tracker/ --profile lasot --absent absent/ --json
  sotc metrics val/ results/ --profile got10k --cover val/ --size 1920x1080
  sotc metrics sequences/ results/my_tracker/ --profile vot-toolkit
  sotc metrics --profiles

\b
Files have a line x,y,w,h a frame, with commas, tabs, spaces or semicolons. In folders names are matched:
  truth    NAME.txt, NAME_gt.txt, NAME/groundtruth.txt
  boxes    NAME.txt, NAME_pred.txt, NAME/NAME_001.txt
  flags    NAME.txt, NAME_absent.txt, NAME/absence.label; NAME_cover.txt, NAME/cover.label
  VOT      NAME/groundtruth.txt; [baseline/]NAME/NAME_001.txt, NAME/NAME_00000050.txt (from an anchor)

\b
--json prints, with fractions between 0 and 1, and null where there is no number:
  {"profile": "pysot", "sequences": {"NAME": {"success": 0.85, "precision": 1.0, ...}, ...},
   "overall": {"success": 0.58, ...}}
Measures are those of the profile: success, precision, norm_precision, op50, op75, ao, sr50, sr75, ...
With --curves each also has "curves", "counts" (frames within each threshold) and "counted" (of how many).
"""


def as_size(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[int, int] | Path | None:
    """`640x480`, or a file of sizes."""
    if text is None:
        return None
    if Path(text).is_file():
        return Path(text)
    from ..evaluation.sequence import is_frame_size

    try:
        width, height = (int(piece) for piece in text.lower().split("x"))
    except ValueError:
        width = height = 0
    if not is_frame_size(width, height):
        raise click.BadParameter(f"`{text}` is no size such as 640x480", ctx=context, param=option)
    return width, height


def print_profiles(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from .metrics_output import show_profiles

    show_profiles()
    context.exit()


existing = click.Path(path_type=Path)


@click.command(epilog=EXAMPLES)
@click.argument("truth", metavar="GT", type=existing)
@click.argument("boxes", metavar="PRED", type=existing)
@click.option("--profile", metavar="NAME", required=True, help="Whose convention; --profiles lists them.")
@click.option(
    "--profiles",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_profiles,
    help="List profiles.",
)
@click.option(
    "--absent", metavar="FILE", type=existing, help="Flags, 1: the target is not there. Or a folder."
)
@click.option("--cover", metavar="FILE", type=existing, help="0..8, how much is seen (GOT-10k). Or a folder.")
@click.option(
    "--size", metavar="WxH", callback=as_size, help='Size of the frames; or a JSON file {"NAME": [w, h]}.'
)
@click.option(
    "--attributes",
    metavar="FILE",
    type=existing,
    help='Also score each attribute: lines NAME,occlusion,... or JSON {"NAME": ["occlusion"]}.',
)
@click.option(
    "--intervals", is_flag=True, help="Also give 95 % intervals (bootstrap over sequences, seeded)."
)
@click.option("--pad", is_flag=True, help="Fill results that are too short with 0,0,0,0.")
@click.option("--polygons", is_flag=True, help="Take the boxes around polygons; otherwise they are refused.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes for large folders (default: one a core).",
)
@click.option("--curves", is_flag=True, help="With --json: curves and counts, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def command(
    truth: Path,
    boxes: Path,
    profile: str,
    absent: Path | None,
    cover: Path | None,
    size: tuple[int, int] | Path | None,
    attributes: Path | None,
    intervals: bool,
    pad: bool,
    polygons: bool,
    jobs: int | None,
    curves: bool,
    as_json: bool,
) -> None:
    """Score boxes against a truth, exactly as a toolkit of the field does.

    GT and PRED are two files, or two folders whose names match.
    """
    from ..evaluation.metrics.folders import pair_up
    from ..evaluation.metrics.profile import find_profile
    from ..evaluation.metrics.vot_profile import VOT_ALIASES, VOT_PROFILES, find_vot_profile
    from .metrics_output import Wanted, show

    wanted = Wanted(attributes, intervals, curves, as_json)
    if profile in VOT_PROFILES or profile in VOT_ALIASES:
        show(regions_graded(find_vot_profile(profile), truth, boxes, size), wanted)
        return
    found = find_profile(profile)
    pairs = pair_up(truth, boxes, beside(absent, cover, size))
    if absent is not None and not found.reads_flags:
        click.echo(f"note: {found.name} does not look at flags `absent`", err=True)
    show(boxes_graded(found, pairs, polygons, pad, jobs or os.cpu_count() or 1), wanted)


def beside(absent: Path | None, cover: Path | None, size: tuple[int, int] | Path | None) -> Beside:
    """What the options say of the sequences. Raises BoxFileError."""
    from ..evaluation.metrics.folders import Beside
    from ..evaluation.metrics.lists import read_sizes

    if isinstance(size, Path):
        return Beside(absent, cover, sizes=read_sizes(size))
    return Beside(absent, cover, size)


def boxes_graded(profile: Profile, pairs: Pairs, polygons: bool, pad: bool, jobs: int) -> Findings:
    """Grade all pairs. Raises the UserError of the first that cannot be, which names the others."""
    from ..evaluation.metrics.grade import overall
    from ..evaluation.metrics.many import Task, grade_many, told_together
    from .metrics_output import Findings

    tasks = [Task(profile, {"": pair}, "bounds" if polygons else "refuse", pad) for pair in pairs.pairs]
    with count_bar("grading", len(tasks)) as on_done:
        graded = list(grade_many(tasks, jobs, on_done))
    wrong = told_together(graded)
    if wrong is not None:
        raise wrong
    scores = {one.name: one.scores[""] for one in graded}
    remarks = [remark for one in graded for remark in one.remarks]
    remarks += [f"not graded, there are no boxes: {name}" for name in pairs.only_truth]
    remarks += [f"not graded, there is no truth: {name}" for name in pairs.only_boxes]
    return Findings(profile, overall(profile, scores), scores, tuple(remarks))


def regions_graded(
    profile: VotProfile, truth: Path, results: Path, size: tuple[int, int] | Path | None
) -> Findings:
    """Grade runs in VOT's layout."""
    from ..evaluation.metrics.vot_files import read_vot
    from ..evaluation.metrics.vot_grade import grade_vot
    from .metrics_output import Findings

    if isinstance(size, Path):
        raise click.UsageError("VOT's sequences say their own sizes; --size is WxH there")
    sequences, missing = read_vot(profile, truth, results, size)
    score = grade_vot(profile, sequences)
    remarks = tuple(f"not graded, there are no results: {name}" for name in missing)
    return Findings(profile, score, score.sequences, remarks)
