"""The server as an editor meets it: over stdio, with a real client."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from .conftest import COMMAND

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD = '''"""A first tracker."""
tracker First {
    param width: int = 96
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }

    backbone      = MobileNetV3 { blocks = 8 }
    head classify = SeparableHead { out_channels = 2, channels = width }
    head regress  = SeparableHead { out_channels = 4, channels = width }

    kernel   = template -> backbone -> CenterCrop { size = 4 }
    likeness = XCorrDepthwise(search -> backbone, kernel)

    pick = PointDecode { stride = 16 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
'''


async def test_a_good_spec_has_no_findings(spec: Any) -> None:
    assert await spec(GOOD).codes() == set()


async def test_names_and_shapes_are_told_with_what_belongs_to_them(spec: Any) -> None:
    document = spec(GOOD)
    await document.codes()
    document.replace("likeness -> classify", "likeness -> clasify")
    found = await document.found(lambda found: any(each.code == "SOT301" for each in found))
    (unknown,) = [each for each in found if each.code == "SOT301"]
    assert unknown.range.start == document.place("likeness -> |clasify")
    assert "`clasify`" in unknown.message and "classify" in unknown.message
    (unused,) = [each for each in found if each.code == "SOT304"] or [None]
    assert unused is None or unused.tags == (types.DiagnosticTag.Unnecessary,)


async def test_what_is_unused_is_faded_and_taken_out_by_a_fix(spec: Any) -> None:
    document = spec(GOOD.replace("    kernel   =", "    spare = search -> backbone\n    kernel   ="))
    (found,) = await document.found(lambda found: [each.code for each in found] == ["SOT901"])
    assert found.tags == (types.DiagnosticTag.Unnecessary,)
    actions = await document.actions(found.range)
    (fix,) = [each for each in actions if each.kind == types.CodeActionKind.QuickFix]
    assert fix.is_preferred
    document.apply(fix.edit)
    assert document.text == GOOD
    assert await document.codes() == set()


async def test_a_shape_mistake_comes_with_the_places_that_explain_it(spec: Any) -> None:
    document = spec(GOOD.replace("search -> backbone, kernel", "search -> backbone, template"))
    found = await document.found(lambda found: any(each.code == "SOT214" for each in found))
    (mismatch,) = [each for each in found if each.code == "SOT214"]
    assert mismatch.related_information
    assert all(each.location.uri == document.uri for each in mismatch.related_information)


async def test_a_misspelt_setting_is_mended_by_its_action(spec: Any) -> None:
    document = spec(GOOD.replace("blocks = 8", "bloks = 8"))
    (found,) = await document.found(lambda found: [each.code for each in found] == ["SOT402"])
    assert found.range == types.Range(document.place("{ |bloks"), document.place("bloks| = 8"))
    (fix,) = [
        each for each in await document.actions(found.range) if each.kind == types.CodeActionKind.QuickFix
    ]
    document.apply(fix.edit)
    assert document.text == GOOD


async def test_fixing_all_mends_several_at_once(spec: Any) -> None:
    document = spec(GOOD.replace("blocks = 8", "bloks = 8").replace("size = 4", "siz = 4"))
    found = await document.found(lambda found: [each.code for each in found] == ["SOT402"] * 2)
    every = await document.actions(found[0].range)
    (all_fixes,) = [each for each in every if each.kind == "source.fixAll.sotc"]
    document.apply(all_fixes.edit)
    assert document.text == GOOD


async def test_findings_of_shapes_move_with_the_text_until_the_next_check(spec: Any) -> None:
    document = spec(
        GOOD.replace("bloks", "blocks").replace("search -> backbone, kernel", "search -> backbone, template")
    )
    await document.found(lambda found: any(each.code == "SOT214" for each in found))
    document.replace("tracker First", "# a line\n\n# and one more\ntracker First")
    found = await document.found(
        lambda found: any(
            each.code == "SOT214" and each.range.start == document.place("likeness = |XCorr")
            for each in found
        )
    )
    assert found


# ---------------------------------------------------------------- edits


async def test_edits_behind_letters_of_two_units_hit_their_place(spec: Any) -> None:
    document = spec(
        GOOD.replace("known", "known").replace("    kernel   =", "    # 🎯 größe ✓ 目标 🎯\n    kernel   =")
    )
    await document.codes()
    document.replace("🎯 größe", "🎯🎯 maß")
    document.replace("✓ 目标 🎯", "𝛼 → β 🎯")
    document.replace("size = 4 }", 'size = 4, x = "🎯" }')
    found = await document.found(lambda found: bool(found))
    (unknown,) = [each for each in found if each.code == "SOT402"]
    assert unknown.range == types.Range(document.place("4, |x ="), document.place("4, x| ="))
    document.replace(', x = "🎯"', "")
    assert await document.codes() == set()


async def test_columns_behind_letters_of_two_units_count_units(spec: Any) -> None:
    document = spec(GOOD.replace("size = 127 }", 'size = 127, color = "🎯🎯", siz = 3 }'))
    found = await document.found(lambda found: any(each.code == "SOT402" for each in found))
    (unknown,) = [each for each in found if each.code == "SOT402"]
    assert unknown.range.start == document.place('", |siz')
    assert unknown.range.start.character == 4 + len(
        'template = SiameseCrop { size = 127, color = "'
    ) + 4 + len('", ')


@pytest.mark.parametrize("sign", ["\u2028", "\x0c", "\x85", "\x0b"])
async def test_what_only_python_takes_for_a_line_end_is_none(spec: Any, sign: str) -> None:
    document = spec(GOOD.replace("    kernel   =", f"    # a{sign}b\n    kernel   ="))
    await document.codes()
    document.replace("size = 4", "siz = 4")
    (found,) = await document.found(lambda found: [each.code for each in found] == ["SOT402"])
    assert found.range.start == document.place("{ |siz = 4")


async def test_lines_of_windows(spec: Any) -> None:
    document = spec(GOOD.replace("\n", "\r\n"))
    assert await document.codes() == set()
    document.replace("siz", "si")  # in `size = 127`
    (found,) = [each for each in await document.found(bool) if each.code == "SOT402"]
    assert found.range.start == document.place("{ |sie = 127")


async def test_two_hundred_rapid_edits_end_with_what_the_last_text_says(spec: Any) -> None:
    document = spec(GOOD)
    for number in range(200):
        document.write(GOOD.replace("size = 4", f"size = {number % 9 + 1}"))
    document.write(GOOD.replace("size = 4", "siz = 4"))
    found = await document.found(lambda found: any(each.code == "SOT402" for each in found))
    assert [each.range.start for each in found if each.code == "SOT402"] == [document.place("{ |siz = 4")]
    document.write(GOOD)
    assert await document.codes() == set()


# ---------------------------------------------------------------- bad input


async def test_a_file_that_does_not_parse_keeps_its_other_findings(spec: Any) -> None:
    document = spec(
        GOOD.replace("kernel   = template", "kernel   = = template").replace("blocks = 8", "bloks = 8")
    )
    found = await document.found(lambda found: any(each.code == "SOT402" for each in found))
    assert {each.code for each in found if each.code.startswith("SOT1")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01\x02\ufffd\ufffd{[(",
        "\ud800 lone",
        "}" * 50,
        "((((" * 400,
        '"""',
        "tracker",
        "\ufefftracker A {}",
    ],
)
async def test_garbage_is_told_of_and_survived(spec: Any, text: str) -> None:
    document = spec(text, on_disk=False)
    await document.found()
    for offset in {0, len(text)}:
        place = document.end(offset)
        await document.complete(place)
        await document.hover(place)
    await document.everything()


async def test_a_spec_of_five_megabytes_is_refused_with_the_limit(spec: Any) -> None:
    document = spec("# " + "x" * 5_000_000 + "\n", on_disk=False)
    (found,) = await document.found(bool)
    assert found.code == "SOT128"
    assert "1,000,000" in found.message


async def test_deep_nesting_has_a_limit(spec: Any) -> None:
    document = spec("tracker A {\n    x = " + "(" * 5000 + "1" + ")" * 5000 + "\n}\n")
    found = await document.found(bool)
    assert "SOT129" in {each.code for each in found}


async def test_a_cycle_of_files_is_named(spec: Any) -> None:
    spec('use "b.sot" { B }\n\ntracker A extends B {\n}\n', "a.sot")
    document = spec('use "a.sot" { A }\n\ntracker B extends A {\n}\n', "b.sot")
    found = await document.found(lambda found: any(each.code == "SOT322" for each in found))
    (cycle,) = [each for each in found if each.code == "SOT322"]
    assert "a.sot" in cycle.message and "b.sot" in cycle.message


async def test_a_cycle_of_trackers_is_named(spec: Any) -> None:
    document = spec("tracker A extends B {\n}\n\ntracker B extends A {\n}\n")
    found = await document.found(lambda found: any(each.code == "SOT321" for each in found))
    assert any("`A`" in each.message and "`B`" in each.message for each in found if each.code == "SOT321")


async def test_a_file_deleted_under_it_is_told_and_comes_back(spec: Any, tmp_path: Any) -> None:
    block = (
        "block Twice(field) {\n    part conv = ConvBNReLU { out_channels = 96, kernel_size = 3 }\n"
        "    return field -> conv -> conv\n}\n"
    )
    (tmp_path / "blocks.sot").write_text(block)
    text = 'use "blocks.sot" { Twice }\n\n' + GOOD.replace("kernel)", "kernel) -> Twice")
    document = spec(text)
    assert await document.codes() == set()
    (tmp_path / "blocks.sot").unlink()
    document.disk_changed(tmp_path / "blocks.sot", types.FileChangeType.Deleted)
    found = await document.found(lambda found: any(each.code == "SOT801" for each in found))
    assert found[0].range.start == document.place('use |"blocks.sot"')
    (tmp_path / "blocks.sot").write_text(block)
    document.disk_changed(tmp_path / "blocks.sot", types.FileChangeType.Created)
    assert await document.codes() == set()
    document.path.unlink()  # the open text is what counts
    document.replace("size = 4", "siz = 4")
    await document.found(lambda found: any(each.code == "SOT402" for each in found))


async def test_a_mistake_in_a_used_file_stands_at_the_use(spec: Any, tmp_path: Any) -> None:
    (tmp_path / "blocks.sot").write_text("block Twice(field) {\n    return field -> nothing\n}\n")
    document = spec('use "blocks.sot" { Twice }\n\n' + GOOD.replace("kernel)", "kernel) -> Twice"))
    found = await document.found(lambda found: any(each.code == "SOT301" for each in found))
    (wrong,) = [each for each in found if each.code == "SOT301"]
    assert wrong.range.start == document.place('use |"blocks.sot"')
    assert "blocks.sot, line 2" in wrong.message
    assert wrong.related_information[0].location.uri == (tmp_path / "blocks.sot").as_uri()


@pytest.mark.parametrize(
    "raises", ["raise RuntimeError('no luck')", "import sys; sys.exit(3)", "print('hello'); 1 / 0"]
)
async def test_a_component_whose_import_raises_is_told_at_its_use(
    spec: Any, tmp_path: Any, raises: str
) -> None:
    name = f"broken_{abs(hash(raises)) % 10**8}"
    (tmp_path / f"{name}.py").write_text(raises + "\n")
    text = f"use python {name} {{ Odd }}\n\n" + GOOD.replace("blocks = 8", "bloks = 8").replace(
        "kernel)", "kernel) -> Odd"
    )
    document = spec(text)
    found = await document.found(lambda found: {"SOT411", "SOT402"} <= {each.code for each in found})
    (failed,) = [each for each in found if each.code == "SOT411"]
    assert failed.range.start == document.place(f"use python |{name}")
    assert "SOT401" not in {each.code for each in found}


async def test_two_files_see_each_other_before_they_are_saved(spec: Any) -> None:
    base = spec(GOOD, "base.sot")
    variant = spec(
        'use "base.sot" { First }\n\ntracker Wide extends First {\n    override core = template -> backbone\n}\n',
        "wide.sot",
    )
    await variant.found(lambda found: "SOT323" in {each.code for each in found})
    base.write(GOOD.replace("kernel", "core"))
    found = await variant.found(lambda found: "SOT323" not in {each.code for each in found})
    assert "SOT323" not in {each.code for each in found}
    base.write(GOOD)
    await variant.found(lambda found: "SOT323" in {each.code for each in found})


async def test_it_ends_at_an_interrupt_while_it_waits_for_the_client() -> None:
    asked = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}}
    )
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe)
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(f"Content-Length: {len(asked)}\r\n\r\n{asked}".encode())
    await server.stdout.readline()  # it listens
    server.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(server.wait(), 60) == -signal.SIGINT
    server.stdin.close()


@pytest.mark.slow
async def test_memory_is_flat_over_ten_thousand_edits(spec: Any, client: Any) -> None:
    """Resident memory of the server, after the first edits and at the end."""
    process = client._server
    document = spec(GOOD)
    early = 0
    for number in range(10_000):
        document.write(GOOD.replace("size = 4", f"size = {number % 7 + 1}").replace("A first", f"{number}"))
        if number % 50 == 0:
            await document.hover(document.place("|kernel   ="))
        if number % 250 == 0:  # a whole check, and its findings gone again
            document.write(GOOD.replace("blocks = 8", f"blocks = 8, x{number} = 1"))
            await document.codes("SOT402")
            document.write(GOOD.replace("A first", f"{number}"))
            await document.codes()
        if number == 2_000:
            early = resident(process.pid)
    late = resident(process.pid)
    assert late < early + 16 * 2**20, (
        f"{early / 2**20:.0f} MB after 2,000 edits, {late / 2**20:.0f} MB after 10,000"
    )


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
