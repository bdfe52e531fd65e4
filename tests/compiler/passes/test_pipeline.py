"""Pipelines as text, and what running one gives."""

from __future__ import annotations

import pytest

from sotc.compiler.passes.find import PASSES, UnknownPassError, find_pass
from sotc.compiler.passes.fold_constants import FoldConstants
from sotc.compiler.passes.pipeline import PipelineError, parse_pipeline, run_pipeline, spelled
from sotc.compiler.passes.precision import Precision

from .programs import kinds, zoo


@pytest.mark.parametrize("name", PASSES)
def test_every_pass_is_found_by_its_name(name: str) -> None:
    assert find_pass(name).name == name
    assert [made.name for made in parse_pipeline(name)] == [name]


def test_options_are_read_as_their_types() -> None:
    passes = parse_pipeline(" fold-constants{ limit = 100 } ,precision{dtype=fp16,last=low},fold-constants{}")
    assert passes == (FoldConstants(100), Precision("fp16", "low"), FoldConstants())


@pytest.mark.parametrize(
    "text", ["fold-constants", "fold-constants{limit=3}", "precision{dtype=fp16,last=low}"]
)
def test_a_pass_is_written_as_it_is_read(text: str) -> None:
    assert [spelled(made) for made in parse_pipeline(text)] == [text]


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_pipeline_has_no_pass(text: str) -> None:
    assert parse_pipeline(text) == ()


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("precision{dtpe=bf16}", 11, "`precision` has no option `dtpe`"),
        ("fold-constants,precision{dtype=bf17}", 32, "`dtype` cannot be `bf17`"),
        ("fold-constants{limit=many}", 22, "`limit` cannot be `many`"),
        ("fold-constants,,precision", 16, "the name of a pass was expected"),
        ("fold-constants,", 16, "the name of a pass was expected"),
        ("fold-constants precision", 16, "a comma was expected between passes"),
        ("precision{dtype}", 16, "`=` and a value were expected after `dtype`"),
        ("precision{dtype=}", 17, "a value for `dtype` was expected"),
        ("precision{dtype=bf16", 21, "`,` or `}` was expected after an option"),
        ("precision{dtype=bf16,dtype=fp16}", 22, "the option `dtype` is given twice"),
        ("precision{", 11, "the name of an option, or `}`, was expected"),
    ],
)
def test_a_slip_is_told_with_its_place(text: str, column: int, said: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_pipeline(text)
    message, written, mark = caught.value.message.split("\n")
    assert message == f"{said}, at column {column} of the pipeline"
    assert written == f"  | {text}"
    assert mark.index("^") == len("  | ") + column - 1
    assert caught.value.code == "SOT614"


def test_remedies_name_what_there_is() -> None:
    with pytest.raises(PipelineError, match="did you mean `dtype`"):
        parse_pipeline("precision{dtpe=bf16}")
    with pytest.raises(PipelineError, match="choose one of bf16, fp16"):
        parse_pipeline("precision{dtype=int3}")
    with pytest.raises(PipelineError, match="it has none"):
        parse_pipeline("fold-batchnorm{x=1}")
    with pytest.raises(UnknownPassError, match=r"did you mean `fold-constants`\? there are: eliminate-dead"):
        parse_pipeline("fold-constant")
    with pytest.raises(UnknownPassError, match="there are: eliminate-dead, fold-constants"):
        parse_pipeline("wxyz")


def test_a_pipeline_runs_over_every_program_and_tells_of_it() -> None:
    programs = zoo("nanotrack_v2")
    after, reports = run_pipeline("fold-constants,fold-batchnorm", programs)
    assert list(after) == list(programs)
    assert [(report.name, report.program) for report in reports] == [
        (name, program) for name in ("fold-constants", "fold-batchnorm") for program in programs
    ]
    step = next(report for report in reports if report.name == "fold-batchnorm" and report.program == "step")
    assert step.before - step.after == 38 == len(step.result.fired)
    assert kinds(programs["step"])["batch_norm"] == 38


def test_without_passes_the_programs_are_the_very_same() -> None:
    programs = zoo("nanotrack_v2")
    assert run_pipeline("", programs) == (programs, ())


def test_two_runs_give_the_same_graphs_and_names() -> None:
    programs = zoo("nanotrack_v2")
    first, second = (
        run_pipeline("eliminate-dead,fold-constants,fold-batchnorm", programs)[0] for _ in range(2)
    )
    for name in programs:
        assert str(first[name].module.graph) == str(second[name].module.graph)
        assert list(dict(first[name].module.named_buffers())) == list(
            dict(second[name].module.named_buffers())
        )
