"""What would end a workflow command early is escaped."""

from __future__ import annotations

from sotc.dsl.render_github import line


def test_signs_with_a_meaning_are_escaped() -> None:
    entry = {
        "code": "SOT301",
        "severity": "warning",
        "message": "100 % of\nit",
        "file": "a,b:c.sot",
        "line": 1,
        "endLine": 2,
        "column": 3,
        "endColumn": 4,
        "help": None,
    }
    assert line(entry) == "::warning file=a%2Cb%3Ac.sot,line=1,endLine=2,title=SOT301::100 %25 of%0Ait"


def test_a_finding_without_a_file_has_no_place() -> None:
    entry = {"code": "SOT802", "severity": "error", "message": "none", "file": None, "help": "name one"}
    assert line(entry) == "::error title=SOT802::none%0Ahelp: name one"
