"""Files that are no specs, and specs that lead nowhere: each is a finding with its place, as it is in an editor."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import BAD, GOOD

DEEP = "tracker A {\n    x = " + "(" * 5000 + "1" + ")" * 5000 + "\n}\n"
FILES = {
    "binary garbage": (b"\x00\xff\xfe\x80tracker {[(", "SOT801", "it is not UTF-8 text (line 1)"),
    "control characters": (b"\x00\x01\x02{[(\x07", "SOT102", ""),
    "five megabytes": (b"# " + b"x" * 5_000_000 + b"\n", "SOT128", "1,000,000"),
    "more than any spec": (b"# " + b"x" * 17_000_000 + b"\n", "SOT801", "it is larger than 16 MB"),
    "deep nesting": (DEEP.encode(), "SOT129", ""),
    "nothing": (b"", "SOT328", "declares no tracker"),
}


def findings(sotc: Callable[..., Any], spec: str, *more: str) -> list[dict[str, Any]]:
    found = json.loads(sotc("check", spec, "--format", "json", *more, code=1).stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_spec_is_a_finding(sotc: Any, folder: Path, kind: str) -> None:
    content, code, said = FILES[kind]
    (folder / "odd.sot").write_bytes(content)
    found = findings(sotc, "odd.sot")
    assert code in {each["code"] for each in found}
    assert all(each["file"] == "odd.sot" and each["line"] >= 1 for each in found)
    assert said in " ".join(each["message"] for each in found)


def test_cycles_are_named(sotc: Any, folder: Path) -> None:
    (folder / "a.sot").write_text('use "b.sot" { B }\n\ntracker A extends B {\n}\n')
    (folder / "b.sot").write_text('use "a.sot" { A }\n\ntracker B extends A {\n}\n')
    (cycle,) = [each for each in findings(sotc, "a.sot") if each["code"] == "SOT322"]
    assert "a.sot" in str(cycle) and "b.sot" in str(cycle)
    (folder / "c.sot").write_text("tracker A extends B {\n}\n\ntracker B extends A {\n}\n")
    (cycle,) = [each for each in findings(sotc, "c.sot") if each["code"] == "SOT321"]
    assert "`A`" in cycle["message"] and "`B`" in cycle["message"]


def test_a_file_that_cannot_be_read_is_told_at_its_use_and_the_rest_is_checked(
    sotc: Any, folder: Path
) -> None:
    (folder / "user.sot").write_text('use "gone.sot" { Twice }\n' + BAD)
    found = findings(sotc, "user.sot")
    assert [(each["code"], each["line"]) for each in found] == [("SOT801", 1), ("SOT402", 5), ("SOT401", 8)]
    (folder / "gone.sot").mkdir()
    assert "it is a folder" in findings(sotc, "user.sot")[0]["message"]
    (folder / "gone.sot").rmdir()
    (folder / "gone.sot").write_text("tracker Twice {\n}\n")
    (folder / "gone.sot").chmod(0)
    if not os.access(folder / "gone.sot", os.R_OK):  # the superuser may read everything
        assert "no permission" in findings(sotc, "user.sot")[0]["message"]


@pytest.mark.parametrize("raises", ["raise RuntimeError('no luck')", "import sys; sys.exit(3)", "1 / 0"])
def test_a_component_whose_import_raises_is_told_at_its_use_and_the_rest_is_checked(
    sotc: Any, folder: Path, raises: str
) -> None:
    name = f"raising_{abs(hash((raises, folder))) % 10**9}"
    (folder / f"{name}.py").write_text(f"{raises}\n")
    spec = f"use python {name} {{ Odd }}\n" + BAD.replace("field, kernel)", "field, kernel) -> Odd")
    (folder / "user.sot").write_text(spec)
    found = findings(sotc, "user.sot", "--allow-python")
    assert [(each["code"], each["line"]) for each in found] == [("SOT411", 1), ("SOT402", 5), ("SOT401", 8)]


def test_a_good_spec_beside_bad_ones_is_still_checked(sotc: Any, folder: Path) -> None:
    (folder / "odd.sot").write_bytes(b"\xff")
    said = sotc("check", ".", code=1).output
    assert "3 specs, 2 with errors" in said and "good.sot: no errors" in said
    assert (folder / "good.sot").read_text() == GOOD
