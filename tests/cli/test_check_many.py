"""`sotc check` of folders, in parallel, again and again, and in the forms that other programs read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sotc.cli import check_watch

BLOCKS = "block Twice(features) {\n    return features + features\n}\n"


def test_a_folder_stands_for_its_specs(sotc: Any, folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "good.sot").rename(folder / "deep" / "fine.sot")
    (folder / "deep" / "blocks.sot").write_text(BLOCKS)
    lines = sotc("check", ".", code=1).output.splitlines()
    assert lines[-2] == "deep/fine.sot: no errors"
    assert lines[-1] == "2 specs, 1 with errors: bad.sot", "blocks alone are no spec"
    assert "SOT328" in sotc("check", "deep/blocks.sot", code=1).output, "named itself, it is one"


def test_processes_say_the_same_in_the_same_order(sotc: Any, folder: Path) -> None:
    named = ("bad.sot", "good.sot", "no_such_spec", "good.sot")
    alone = sotc("check", *named, "--jobs", "1", code=1)
    assert sotc("check", *named, "--jobs", "2", code=1).output == alone.output
    assert alone.output.splitlines()[-1] == "3 specs, 2 with errors: bad.sot, no_such_spec"


def test_a_folder_without_specs_is_said(sotc: Any, folder: Path) -> None:
    (folder / "empty").mkdir()
    assert "error[SOT874]: there is no .sot file in `empty`" in sotc("check", "empty", code=1).output


def test_watching_checks_again_after_a_change(
    sotc: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait stands for a person: one mends the file, one adds another, one has seen enough."""
    good = (folder / "good.sot").read_text()
    (folder / "trackers").mkdir()
    broken = folder / "trackers" / "a.sot"
    broken.write_text(good.replace("size = 255", "size = 255, siz = 3"))

    def enough() -> None:
        raise KeyboardInterrupt

    acts = iter(
        [
            lambda: None,
            lambda: broken.write_text(good),
            lambda: (folder / "trackers" / "b.sot").write_text(good),
            enough,
        ]
    )
    monkeypatch.setattr(check_watch.time, "sleep", lambda _: next(acts)())
    output = sotc("check", "trackers", "--watch", code=130).output
    said = [line for line in output.splitlines() if line.startswith(("trackers/", "2 specs"))]
    assert said == [
        "trackers/a.sot: 1 error; `sotc explain CODE` says more",
        "trackers/a.sot: no errors",
        "trackers/a.sot: no errors",
        "trackers/b.sot: no errors",
        "2 specs, no errors",
    ]


def test_watching_prints_for_a_reader(sotc: Any) -> None:
    assert "--watch" in sotc("check", "good.sot", "--watch", "--format", "json", code=2).output


def test_sarif_has_what_the_standard_requires(sotc: Any, folder: Path) -> None:
    (folder / "my specs").mkdir()
    (folder / "bad.sot").rename(folder / "my specs" / "bad.sot")
    log = json.loads(sotc("check", "my specs", "no_such_spec", "--format", "sarif", code=1).stdout)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "sotc"
    assert [rule["id"] for rule in rules] == ["SOT401", "SOT402", "SOT802"]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    setting, component, nowhere = run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["message"]["text"]
    place = setting["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20specs/bad.sot"
    assert place["region"] == {"startLine": 4, "startColumn": 30, "endLine": 4, "endColumn": 33}
    assert run["columnKind"] == "unicodeCodePoints"
    assert "locations" not in nowhere
    (change,) = component["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"]["text"] == "MobileNetV3"
    assert change["artifactLocation"] == {"uri": "my%20specs/bad.sot"}


def test_github_shows_findings_at_their_lines(sotc: Any) -> None:
    first, second = sotc("check", "bad.sot", "--format", "github", code=1).stdout.splitlines()
    assert re.match(
        r"::error file=bad\.sot,line=4,endLine=4,col=30,endColumn=33,title=SOT402::`SiameseCrop` has", first
    )
    assert "%0Ahelp: did you mean `MobileNetV3`?" in second
    assert sotc("check", "good.sot", "--format", "github").stdout == ""
