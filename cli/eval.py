"""`sotc eval`: a tracker run over a data set, or results that are there, scored as the field's toolkits score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .commands_within import WithCommands
from .eval_compare import compare_command
from .eval_merge import merge_command
from .eval_report import report_command
from .eval_request import Request
from .options import (
    crop_option,
    run_device_option,
    run_threads_option,
    spec_options,
    trust_option,
    weights_option,
)

EXAMPLES = """
\b
Examples:
  sotc eval correlation_filter --data own.csv
  sotc eval nanotrack_v2 --weights nanotrackv2.pth --data otb2015 --root OTB --jobs 4
  sotc eval tracker.sotx --data lasot --profile lasot --profile ostrack -o results
  sotc eval results/NanoTrackV2/otb2015 --profile otb
  sotc eval pysot/results/OTB100/SiamRPN --data otb2015 --root OTB
  sotc eval nanotrack_v2 --weights nanotrackv2.pth --data got10k:test --submit got10k -o upload.zip

\b
A run that was stopped, by whatever, goes on with the same command. Several machines share one:
  sotc eval SPEC --data lasot --shard 1/2       on one, with -o a folder that both see
  sotc eval SPEC --data lasot --shard 2/2       on the other
  torchrun --nproc-per-node 4 --no-python sotc eval SPEC --data lasot --device cuda
  sotc eval merge results-1 results-2           where each wrote to a folder of its own

\b
Results side by side:
  sotc eval report results -o report.html       tables, plots, the worst frames
  sotc eval compare results/A/own results/B/own is the difference more than chance?

Results are in OUT/TRACKER/DATASET: SEQ.txt (x,y,w,h a frame), SEQ_score.txt, SEQ_time.txt, manifest.json.
docs/guide/evaluate.md tells more; `sotc data list` names the data sets.
"""

WITHIN = {"merge": merge_command, "report": report_command, "compare": compare_command}
"""What may stand in the place of a spec."""


@click.command(cls=WithCommands, within=WITHIN, epilog=EXAMPLES)
@click.argument("subject", metavar="SPEC|ARTIFACT|RESULTS")
@click.option(
    "--data", metavar="DATA", help="A data set, NAME or NAME:SPLIT; or a manifest of your own sequences."
)
@click.option("--root", metavar="DIR", type=click.Path(file_okay=False), help="Where the data set lies.")
@click.option(
    "--profile",
    "profiles",
    metavar="P",
    multiple=True,
    help="Whose numbers: pysot, otb, lasot, got10k, ... (default: those usual for the data set).",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option(
    "--batch",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Run up to N sequences of one frame size as one batch, in each process.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="The folder of all results (default: results); with --submit: the zip.",
)
@click.option("--fresh", is_flag=True, help="Delete the results that are there, and begin anew.")
@click.option(
    "--repeat", metavar="K", type=click.IntRange(min=1), default=1, help="Run every sequence K times."
)
@click.option(
    "--shard", metavar="I/N", help="Run this share of the sequences (default: what torchrun says, or all)."
)
@click.option(
    "--int", "integers", is_flag=True, help="Score boxes cut to whole pixels, as pytracking saves them."
)
@click.option("--pad", is_flag=True, help="Let results be short: frames without a box get 0,0,0,0.")
@click.option(
    "--partial", is_flag=True, help="Score the sequences that there are, though others are missing."
)
@click.option(
    "--submit", type=click.Choice(("got10k", "trackingnet", "vots")), help="Write the zip for this server."
)
@click.option("--per-sequence", is_flag=True, help="A line for each sequence, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@weights_option
@click.option(
    "--backend",
    metavar="NAME",
    help="What runs a spec: eager (default), inductor, aoti, onnx, openvino; an artifact has its own.",
)
@click.option(
    "--precision", type=click.Choice(("fp32", "bf16", "fp16")), help="Of a spec's network (default: fp32)."
)
@run_device_option
@crop_option
@run_threads_option
@trust_option
@spec_options
def command(**options: Any) -> None:
    """Run a tracker over a data set, once, and score it; or score results that are there."""
    from .eval_score import score, submit

    request = Request(**options)
    request.refuse_nonsense()
    if request.is_results:
        folder, failed = Path(request.subject), False
    else:
        from .eval_run import run_request

        folder, failed = run_request(request)
    if request.submit is not None:
        submit(request, folder)
    else:
        score(request, folder)
    if failed:
        raise click.exceptions.Exit(1)
