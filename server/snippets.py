"""Whole declarations to begin with, for the words that begin them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dsl import tree

if TYPE_CHECKING:
    from ..components.registry import ComponentType

TOP = {
    "tracker": (
        "tracker ${1:Name} {\n"
        "    template = SiameseCrop { size = 127 }\n"
        "    search   = SiameseCrop { size = 255 }\n\n"
        "    $0\n\n"
        "    output box = ${2:pick.box}\n"
        "}",
        "a tracker",
    ),
    "tracker extends": ("tracker ${1:Name} extends ${2:Base} {\n    $0\n}", "a variant of a tracker"),
    "block": (
        "block ${1:Name}(${2:field}) {\n    $0\n    return ${3:field}\n}",
        "a piece with weights at each use",
    ),
    "use": ('use "${1:blocks/file.sot}" { ${2:Name} }', "trackers and blocks of another file"),
    "use python": ("use python ${1:module} { ${2:Class} }", "components of your own, in Python"),
}

STATEMENTS = {
    "param": ("param ${1:name}: ${2:int} = ${3:1}", "a number that variants may change"),
    "template": ("template = ${1:SiameseCrop} { size = ${2:127} }", "the target, known at the first frame"),
    "template online": (
        "template ${1:online} = ${2:SiameseCrop} { size = ${3:127} } "
        "refresh every ${4:200} when ${5:score} > ${6:0.5}",
        "a template that is cut anew",
    ),
    "search": ("search = ${1:SiameseCrop} { size = ${2:255} }", "the region around it, in every frame"),
    "truth": ("truth ${1:gt}: ${2:Box}", "what is known in training only"),
    "backbone": ("backbone = ${1:ResNet}", "a part: features of an image"),
    "neck": ("neck = ${1:ChannelMapper}", "a part between backbone and head"),
    "head": ("head ${1:name} = ${2:Component}", "a part that answers"),
    "part": ("part ${1:name} = ${2:Component}", "a part with weights, of any other kind"),
    "loss": ("loss ${1:name} = ${2:Component}($3)", "a term of what is trained for"),
    "output": ("output ${1:box} = ${2:pick.box}", "what the tracker gives"),
    "state": (
        "state ${1:name} = ${2:first}\nnext ${1:name} = ${3:new}",
        "a value carried into the next frame",
    ),
    "next": ("next ${1:name} = ${2:new}", "what a state becomes"),
    "fn": ("fn ${1:name}(${2:image}) = ${2:image} -> $0", "a name for some steps"),
    "return": ("return $0", "what a block gives"),
    "if": ("if ${1:condition} {\n    $0\n}", "decided when it is compiled"),
    "freeze": ("freeze ${1:backbone}", "weights that training leaves as they are"),
    "override": ("override $0", "change what the base declares"),
    "remove": ("remove $0", "take out what the base declares"),
}


def configured(component: ComponentType) -> str:
    """`Conv2d { out_channels = ${1:1} }`: with the settings that must be written."""
    from ..compiler.bind import example_value, rule_of

    needed = [spec for spec in component.settings if spec.required and rule_of(spec, component) is None]
    fields = (
        f"{spec.name} = {stop(number, example_value(spec.annotation))}"
        for number, spec in enumerate(needed, 1)
    )
    inner = ", ".join(fields)
    return f"{component.name} {{ {inner} }}" if inner else component.name


def configured_block(block: tree.BlockDecl) -> str:
    """`Twice { out = ${1:...} }`: with the params that have no default."""
    params = (each for each in block.body if isinstance(each, tree.ParamDecl) and each.default is None)
    fields = ", ".join(f"{each.name.text} = {stop(number, '...')}" for number, each in enumerate(params, 1))
    return f"{block.name.text} {{ {fields} }}" if fields else block.name.text


def stop(number: int, text: str) -> str:
    """A place to fill in."""
    return f"${{{number}:{escaped(text)}}}"


def escaped(text: str) -> str:
    for sign in ("\\", "$", "}"):
        text = text.replace(sign, f"\\{sign}")
    return text
