"""What an editor asks about a place or a file, and what it hears."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .test_server import GOOD

pytestmark = pytest.mark.asyncio(loop_scope="session")

VARIANT = """use "base.sot" { First }

tracker Wide extends First {
    override width = 128
    extra = kernel -> backbone
}
"""


async def checked(document: Any) -> Any:
    """Once the whole check is done, which hovers and hints tell of."""
    for _ in range(300):
        if await document.hints():
            return document
        await asyncio.sleep(0.02)
    raise AssertionError("the check never came")


# ---------------------------------------------------------------- hover


async def test_a_component_is_described_with_what_was_inferred_here(spec: Any) -> None:
    document = await checked(spec(GOOD))
    said = await document.hover(document.place("classify = Separable|Head"))
    assert "**SeparableHead** · head" in said
    assert "`out_channels`: a whole number" in said
    assert "in_channels = 48" in said and "channels of `" in said
    assert "line 12" not in said and "line 14" in said  # settled where the head is applied


async def test_a_wire_is_told_with_shape_type_stage_and_maker(spec: Any) -> None:
    document = await checked(spec(GOOD))
    said = await document.hover(document.place("XCorrDepthwise(search -> backbone, ker|nel)"))
    assert "**kernel** · wire" in said
    assert "`[b 48 4 4]` float32" in said
    assert "init" in said and "CenterCrop" in said and "no weights" in said
    said = await document.hover(document.place("like|ness = "))
    assert "in every frame (step)" in said
    said = await document.hover(document.place("= pick.b|ox"))
    assert "PointDecode" in said and "b 4 float64" in said


async def test_a_wire_is_told_with_what_making_it_takes(spec: Any) -> None:
    """The operations by hand: a map of `out` channels out of `into`, 2 for each weight of a 3 x 3 window and place."""
    part = "    part smooth = ConvBNReLU { out_channels = 10, kernel_size = 3 }\n"
    text = GOOD.replace("    pick =", part + "    pattern = likeness -> smooth\n    pick =")
    document = await checked(spec(text.replace("likeness -> classify", "pattern -> classify")))
    said = await document.hover(document.place("pat|tern = "))
    side = 13  # of `likeness`: 16 - 4 + 1
    assert f"`[b 10 {side} {side}]`" in said
    assert f"{2 * 48 * 10 * 9 * side * side:,} FLOPs" in said
    assert "4,340 parameters" in said  # 48 * 10 * 9 of the convolution, 2 * 10 of the norm


async def test_a_part_a_param_and_a_setting(spec: Any) -> None:
    document = await checked(spec(GOOD))
    part = await document.hover(document.place("head class|ify"))
    assert "weights below `classify.`" in part and "parameters" in part
    assert "`width = 96`" in await document.hover(document.place("param wid|th"))
    setting = await document.hover(document.place("{ bl|ocks = 8"))
    assert "setting of MobileNetV3" in setting and "a whole number" in setting


async def test_a_finding_and_a_code_show_their_page(spec: Any) -> None:
    document = spec(GOOD.replace("blocks = 8", "bloks = 8  # SOT214"), on_disk=False)
    await document.found(lambda found: any(each.code == "SOT402" for each in found))
    assert "# SOT402" in await document.hover(document.place("{ blo|ks"))
    assert "# SOT214" in await document.hover(document.place("# SOT|214"))
    assert await document.hover(document.place("tracker First |{")) == ""


# ---------------------------------------------------------------- completion


@pytest.mark.parametrize(
    ("old", "new", "wanted", "unwanted"),
    [
        (
            "backbone      = MobileNetV3 { blocks = 8 }",
            "backbone = |",
            {"ResNet", "MobileNetV3"},
            {"SiameseCrop", "PointDecode"},
        ),
        ("template = SiameseCrop { size = 127 }", "template = |", {"SiameseCrop", "AreaCrop"}, {"ResNet"}),
        ("{ size = 127 }", "{ | }", {"size", "context"}, {"kernel"}),
        ("{ size = 127 }", "{ size = 127, | }", {"context"}, {"size"}),
        ("{ size = 127 }", "{ size = 127, color = | }", {'"bgr"', '"rgb"'}, set()),
        ("{ size = 127 }", '{ size = 127, color = "| }', {"bgr", "rgb"}, set()),
        ("channels = width }\n    head regress", "channels = | }\n    head regress", {"width"}, {"kernel"}),
        ("= pick.score", "= pick.|", {"box", "score"}, {"kernel"}),
        ("search.view)", "search.|)", {"view"}, {"box"}),
        ("backbone, kernel)", "backbone, |)", {"kernel", "template", "kernel ="}, {"pick"} - {"pick"}),
        ("-> regress -> Exp", "-> regress -> |", {"Exp", "classify", "backbone"}, {"kernel", "SiameseCrop"}),
        (
            "    output box   = pick.box",
            "    |",
            {"param", "head", "output", "state"},
            {"override", "return"},
        ),
        ("param width: int", "param width: |", {"int", "float"}, {"kernel"}),
        ('"""A first tracker."""', "|", {"tracker", "block", "use"}, {"head"}),
    ],
)
async def test_completion_offers_what_may_stand_there(
    spec: Any, old: str, new: str, wanted: set[str], unwanted: set[str]
) -> None:
    assert GOOD.count(old) == 1
    before, _, after = GOOD.partition(old)
    text = before + new.replace("|", "") + after
    document = spec(text, on_disk=False)
    offered = await document.complete(document.end(len(before) + new.index("|")))
    assert wanted <= set(offered)
    assert not unwanted & set(offered)


async def test_required_settings_come_first_and_snippets_hold_them(spec: Any) -> None:
    document = spec("tracker A {\n    part judge = TrackState {  }\n}\n", on_disk=False)
    offered = await document.complete(document.place("TrackState { | }"))
    first = sorted(offered.values(), key=lambda item: item.sort_text or "")[:2]
    assert {item.label for item in first} == {"uncertain", "lost"}
    assert "required" in (offered["uncertain"].detail or "")
    parts = spec("tracker A {\n    part judge = \n}\n", "b.sot", on_disk=False)
    item = (await parts.complete(parts.place("part judge = |")))["TrackState"]
    assert item.insert_text_format == types.InsertTextFormat.Snippet
    assert item.text_edit is not None
    assert item.text_edit.new_text == "TrackState { uncertain = ${1:1}, lost = ${2:1} }"


async def test_documentation_of_a_component_comes_when_it_is_looked_at(spec: Any, client: Any) -> None:
    document = spec("tracker A {\n    backbone = \n}\n", on_disk=False)
    item = (await document.complete(document.place("backbone = |")))["ResNet"]
    resolved = await client.completion_item_resolve_async(item)
    assert "**ResNet** · backbone" in resolved.documentation.value


async def test_names_of_the_base_and_trackers_and_files(spec: Any, tmp_path: Path) -> None:
    spec(GOOD, "base.sot")
    document = spec(VARIANT.replace("override width = 128", "override "), "wide.sot")
    offered = set(await document.complete(document.place("override |")))
    assert {"param width", "head classify", "kernel", "backbone"} <= offered
    document.write(VARIANT.replace("override width = 128", "remove "))
    assert "classify" in await document.complete(document.place("remove |"))
    document.write(VARIANT.replace("extends First", "extends "))
    assert "First" in await document.complete(document.place("extends |"))
    document.write(VARIANT.replace('"base.sot"', '"'))
    files = await document.complete(document.place('use "|'))
    assert {"base.sot", "blocks/", "nanotrack_v2.sot"} <= set(files)
    document.write(VARIANT.replace("{ First }", "{  }"))
    assert "First" in await document.complete(document.place("{ | }"))
    document.write(VARIANT.replace("kernel -> backbone", "ker"))
    assert "kernel" in await document.complete(document.place("extra = ker|"))


async def test_what_other_files_declare_is_offered_with_the_line_that_takes_it(spec: Any) -> None:
    spec(GOOD, "base.sot")
    document = spec("tracker Wide extends F {\n}\n", "wide.sot")
    offered = await document.complete(document.place("extends F|"))
    assert offered["NanoTrackV2"].detail == "tracker of nanotrack_v2.sot"
    (edit,) = offered["First"].additional_text_edits
    document.apply(types.WorkspaceEdit(changes={document.uri: [edit, offered["First"].text_edit]}))
    assert document.text == 'use "base.sot" { First }\n\ntracker Wide extends First {\n}\n'
    assert await document.codes() == set()
    document.write('use "blocks/siamrpn.sot" { DepthwiseRPN }\n\ntracker A {\n    part more = \n}\n')
    offered = await document.complete(document.place("part more = |"))
    assert offered["DepthwiseRPN"].additional_text_edits is None
    (edit,) = offered["EarlyConvolutions"].additional_text_edits
    assert edit.new_text == 'use "blocks/stem.sot" { EarlyConvolutions }\n'


async def test_a_file_of_blocks_needs_no_tracker_and_is_looked_into(spec: Any) -> None:
    document = spec("block Twice(field) {\n    return field -> Unknown\n}\n")
    await document.codes("SOT401")


async def test_a_list_goes_on_with_for_and_a_param_stands_for_a_setting(spec: Any) -> None:
    text = "tracker A {\n    param size: int = 127\n    template = SiameseCrop {  }\n    b = [template ]\n}\n"
    document = spec(text, on_disk=False)
    assert "for" in await document.complete(document.place("[template |]"))
    offered = await document.complete(document.place("SiameseCrop { | }"))
    assert offered["size"].text_edit.new_text == "size"
    assert offered["size ="].text_edit.new_text.startswith("size = ")
    document.write(text.replace("[template ]", "[template for each ]"))
    assert set(await document.complete(document.place("for each |]"))) == {"in"}
    document.write(text.replace("[template ]", "[template. ]"))
    assert "view" in await document.complete(document.place("[template.| ]"))


# ---------------------------------------------------------------- going there


async def test_definitions_lead_to_specs_and_to_python(spec: Any, tmp_path: Path) -> None:
    from sotc.components.crops.siamese_crop import SiameseCrop

    base = spec(GOOD, "base.sot")
    document = spec(VARIANT, "wide.sot")
    found = await document.definition(document.place("extra = ker|nel"))
    assert (found.uri, found.range.start) == (base.uri, base.place("|kernel   ="))
    found = await document.definition(document.place("extends Fi|rst"))
    assert (found.uri, found.range.start) == (base.uri, base.place("tracker |First"))
    assert (await document.definition(document.place('use "ba|se.sot"'))).uri == base.uri
    found = await base.definition(base.place("template = Siamese|Crop"))
    assert found.uri == Path(inspect.getsourcefile(SiameseCrop) or "").as_uri()
    assert found.range.start.line == inspect.getsourcelines(SiameseCrop)[1] - 1


async def test_references_are_all_places_in_all_files(spec: Any) -> None:
    base = spec(GOOD, "base.sot")
    document = spec(VARIANT, "wide.sot")
    found = await base.references(base.place("|kernel   ="))
    places = {(each.uri, each.range.start.line) for each in found}
    lines = [number for number, line in enumerate(GOOD.split("\n")) if "kernel" in line]
    assert places == {*((base.uri, line) for line in lines), (document.uri, 4)}


async def test_renaming_a_part_changes_all_places_and_warns_of_its_weights(spec: Any) -> None:
    base = spec(GOOD, "base.sot")
    document = spec(VARIANT, "wide.sot")
    edit = await base.rename(base.place("|backbone      ="), "trunk")
    (note,) = edit.change_annotations.values()
    assert note.needs_confirmation and "`backbone.`" in note.description and "`trunk.`" in note.description
    base.apply(edit)
    document.apply(edit)
    assert "backbone trunk      = MobileNetV3" in base.text
    assert base.text.count("trunk") == 3 and base.text.count("backbone") == 1
    assert "extra = kernel -> trunk" in document.text
    assert await base.codes() == set()


async def test_renaming_a_wire_says_nothing_of_weights_and_refuses_what_cannot_be(spec: Any) -> None:
    document = spec(GOOD)
    edit = await document.rename(document.place("|kernel   ="), "pattern")
    assert edit.change_annotations is None
    for place, name in (
        ("|kernel   =", "likeness"),
        ("|kernel   =", "Big"),
        ("|kernel   =", "if"),
        ("Separable|Head { out_channels = 2", "Other"),
    ):
        with pytest.raises(JsonRpcException, match="SOT870"):
            await document.rename(document.place(place), name)
    document.apply(edit)
    assert await document.codes() == set()


async def test_renaming_a_param_keeps_settings_of_its_name(spec: Any) -> None:
    text = GOOD.replace("param width", "param out_channels").replace(
        "out_channels = 2, channels = width", "out_channels"
    )
    document = spec(text.replace("channels = width", "channels = 96"))
    document.apply(await document.rename(document.place("param |out_channels"), "width"))
    assert "SeparableHead { out_channels = width }" in document.text
    assert "param width: int" in document.text


# ---------------------------------------------------------------- whole files


async def test_the_outline_names_what_is_declared(spec: Any, client: Any) -> None:
    document = spec(GOOD)
    (tracker,) = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(document.identifier)
    )
    assert (tracker.name, tracker.detail) == ("First", "tracker")
    names = [child.name for child in tracker.children]
    assert names == [
        "width",
        "template",
        "search",
        "backbone",
        "classify",
        "regress",
        "kernel",
        "likeness",
        "pick",
        "box",
        "score",
    ]
    assert tracker.children[4].detail == "head SeparableHead"
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("likeli"))
    assert found == []
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("Likeness"))
    assert [(each.name, each.container_name) for each in found] == [("likeness", "First")]


async def test_formatting_gives_the_canonical_text_and_leaves_what_does_not_parse(
    spec: Any, client: Any
) -> None:
    options = types.FormattingOptions(tab_size=4, insert_spaces=True)
    document = spec(GOOD.replace("    kernel   =", "  # 🎯\n  kernel="), on_disk=False)
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document.identifier, options)
    )
    document.apply(types.WorkspaceEdit(changes={document.uri: edits}))
    assert document.text == GOOD.replace("    kernel   =", "    # 🎯\n    kernel   =")
    document.write(GOOD.replace("kernel   =", "kernel = ="))
    asked = types.DocumentFormattingParams(document.identifier, options)
    assert not await client.text_document_formatting_async(asked)


async def test_hints_show_shapes_stages_and_inferred_settings_and_can_be_turned_off(
    spec: Any, client: Any
) -> None:
    document = await checked(spec(GOOD))
    labels = {str(each.label) for each in await document.hints()}
    assert {": b 48 4 4", " @init", " @step", ", in_channels = 48"} <= labels
    for name, kept in (("shapes", "@"), ("stages", ":"), ("inferred", "@")):
        client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(
                {"sotc": {"hints": {name: False}, "delay": 0.05, "stageIcons": True}}
            )
        )
        labels = {str(each.label) for each in await document.hints()}
        gone = {"shapes": ": ", "stages": " @", "inferred": ", in_"}[name]
        assert not any(label.startswith(gone) for label in labels) and any(kept in label for label in labels)
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"sotc": {"delay": 0.05, "stageIcons": True}})
    )


async def test_colours_lie_where_the_words_are(spec: Any, client: Any) -> None:
    document = spec(GOOD.replace("A first tracker.", "A 🎯 tracker,\nof two lines."))
    found = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document.identifier)
    )
    words = decoded(document.text, found.data)
    assert ("tracker", "keyword") in words and ("First", "class") in words and ("kernel", "variable") in words
    assert (
        ("classify", "function") in words
        and ("width", "parameter") in words
        and ("blocks", "property") in words
    )
    assert ('"""A 🎯 tracker,', "string") in words and ('of two lines."""', "string") in words
    assert ("127", "number") in words and ("backbone", "keyword") in words and ("int", "type") in words


def decoded(text: str, data: Any, modifiers: bool = False) -> list[tuple[str, str]]:
    """Each word with its type, or with its modifiers."""
    from sotc.server.tokens import MODIFIERS, TYPES

    lines = text.split("\n")
    line = column = 0
    found = []
    for index in range(0, len(data), 5):
        down, right, length, kind, flags = data[index : index + 5]
        line, column = line + down, right if down else column + right
        units = lines[line].encode("utf-16-le")[2 * column : 2 * (column + length)]
        named = " ".join(name for bit, name in enumerate(MODIFIERS) if flags >> bit & 1)
        found.append((units.decode("utf-16-le"), named if modifiers else TYPES[kind]))
    return found


async def test_colours_tell_when_a_wire_is_known(spec: Any, client: Any) -> None:
    document = await checked(spec(GOOD))
    asked = types.SemanticTokensParams(document.identifier)
    found = decoded(document.text, (await client.text_document_semantic_tokens_full_async(asked)).data, True)
    of_kernel = {modifiers for word, modifiers in found if word == "kernel"}
    assert of_kernel == {"declaration init", "init"}
    assert {modifiers for word, modifiers in found if word == "likeness"} == {"declaration step", "step"}
    assert {modifiers for word, modifiers in found if word == "classify"} == {"declaration", ""}


async def test_lines_are_marked_with_when_their_values_are_known(spec: Any, client: Any) -> None:
    document = await checked(spec(GOOD))
    for _ in range(300):
        if document.uri in client.stages:
            break
        await asyncio.sleep(0.02)
    lines = GOOD.split("\n")
    marked = {lines[line].split()[0]: stage for line, stage in client.stages[document.uri].items()}
    assert marked == {
        "template": "init",
        "search": "step",
        "kernel": "init",
        "likeness": "step",
        "pick": "step",
    }


async def test_folds_and_signatures(spec: Any, client: Any) -> None:
    document = spec(GOOD)
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document.identifier))
    assert (1, 16) in {(fold.start_line, fold.end_line) for fold in folds}
    signature = await document.signature(document.place("search -> backbone, |kernel)"))
    assert signature.signatures[0].label.startswith("XCorrDepthwise(")
    assert signature.active_parameter == 1
    signature = await document.signature(document.place("SeparableHead { out_channels = 2, |"))
    assert signature.signatures[0].label.startswith("SeparableHead { ")
    assert await document.signature(document.place("tracker |First")) is None


async def test_an_unchanged_text_is_not_read_again(spec: Any) -> None:
    from sotc.server import desk as desks

    desk = desks.Desk()
    desk.texts["a.sot"] = GOOD
    once = desk.reading("a.sot")
    desk.texts["a.sot"] = GOOD + "\n"
    assert desk.reading("a.sot") is not once
    desk.texts["a.sot"] = GOOD
    assert desk.reading("a.sot") is once


# ---------------------------------------------------------------- who applies what

CALLS = """use "base.sot" { First }

tracker Tall extends First {
    fn squeezed(value) = value -> twice -> Sigmoid
    part twice = Twice
    extra = squeezed(kernel)
    more, rest = squeezed(search -> twice)
}

block Twice(field) {
    part conv = ConvBNReLU { out_channels = 8, kernel_size = 3 }
    return field -> conv
}
"""


async def test_the_hierarchy_of_calls(spec: Any, client: Any) -> None:
    base = spec(GOOD, "base.sot")
    document = spec(CALLS, "tall.sot")

    async def item(owner: Any, place: types.Position) -> types.CallHierarchyItem:
        asked = types.CallHierarchyPrepareParams(owner.identifier, place)
        (found,) = await client.text_document_prepare_call_hierarchy_async(asked)
        return found

    async def callers(of: types.CallHierarchyItem) -> dict[str, int]:
        found = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(of))
        return {each.from_.name: len(each.from_ranges) for each in found}

    async def called(by: types.CallHierarchyItem) -> dict[str, int]:
        found = await client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(by))
        return {each.to.name: len(each.from_ranges) for each in found}

    function = await item(document, document.place("extra = squee|zed"))
    assert (function.kind, function.selection_range.start) == (
        types.SymbolKind.Function,
        document.place("fn |squeezed"),
    )
    assert await callers(function) == {"extra": 1, "more": 1}
    assert await called(function) == {"twice": 1, "Sigmoid": 1}
    block = await item(document, document.place("block Tw|ice"))
    assert (await callers(block), await called(block)) == ({"twice": 1}, {"ConvBNReLU": 1})
    part = await item(base, base.place("|backbone      ="))
    assert await callers(part) == {"kernel": 1, "likeness": 1}
    tracker = await item(base, base.place("tracker Fi|rst"))
    assert await callers(tracker) == {"Tall": 1}
    component = await item(base, base.place("Center|Crop"))
    assert component.uri.endswith(".py") and "kernel" in await callers(component)
    asked = types.CallHierarchyPrepareParams(base.identifier, base.place("par|am width"))
    assert not await client.text_document_prepare_call_hierarchy_async(asked)
