"""Names of sequences that make files, and those that make none or leave the folder."""

from __future__ import annotations

import pytest

from sotc.evaluation.runs.errors import ResultsError
from sotc.evaluation.runs.names import refuse_names


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "a_time"], "would write the same file `a_time.txt`"),
        (["a", "b", "a"], "would write the same file `a.txt`"),
        (["../a"], "names no file"),
        (["/a"], "names no file"),
        (["a\\b"], "names no file"),
        ([""], "names no file"),
    ],
)
def test_names_that_make_no_files_are_refused(names: list[str], said: str) -> None:
    with pytest.raises(ResultsError, match=r".") as raised:
        refuse_names(names)
    assert said in str(raised.value)


def test_names_in_folders_are_fine() -> None:
    refuse_names(["street/car", "street/bus", "car", "größe eins"])
