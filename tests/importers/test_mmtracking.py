"""MMTracking's configs as specs: they check clean, and are the trackers that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

import sotc
from sotc.importers.errors import ConfigError, NoEquivalentError, NotATrackerError
from sotc.importers.imported import Imported
from sotc.importers.mmtracking import import_mmtracking
from sotc.importers.notes import told

from .specs import checked, components, golden, shipped


@pytest.mark.parametrize(
    ("config", "stored"),
    [
        ("siamrpn/siamrpn.py", "siamrpn"),
        ("stark/stark_st2.py", "stark_st2"),
        ("stark_new/stark_st1.py", "stark_st1"),
        ("mixformer/mixformer.py", "mixformer"),
    ],
)
def test_the_spec_is_the_stored_one(configs: Path, config: str, stored: str) -> None:
    found = import_mmtracking(configs / config, "imported")
    assert found.text == golden(stored)


@pytest.mark.parametrize(
    ("config", "name"),
    [("siamrpn/siamrpn.py", "siamrpnpp_r50_mm"), ("stark_new/stark_st2.py", "stark_st50")],
)
def test_it_is_the_tracker_that_ships(configs: Path, tmp_path: Path, config: str, name: str) -> None:
    """The same parts with the same settings at the same places, so that its key map fits."""
    found = import_mmtracking(configs / config)
    assert components(checked(found.text, tmp_path)) == shipped(name)
    assert found.like == name


def test_both_versions_of_mmtracking_give_one_tracker(configs: Path) -> None:
    """0.x has all in the head, 1.x the transformer in the model; but for the notes the specs are equal."""
    texts = [import_mmtracking(configs / folder / "stark_st2.py").text for folder in ("stark", "stark_new")]
    old, new = (text.partition('"""')[2] for text in texts)
    assert old == new


def test_a_tracker_without_score_keeps_its_first_template_twice(configs: Path, tmp_path: Path) -> None:
    """As MMTracking does; with one template it is STARK-S50."""
    found = import_mmtracking(configs / "stark_new" / "stark_st1.py")
    assert "template online = AreaCrop { size = 128, factor = 2.0 }\n" in found.text
    assert any("without a cls_head" in line for line in told(found.notes))
    single = imported(
        tmp_path, f"_base_ = '{configs}/stark_new/stark_st1.py'\nmodel = dict(test_cfg=dict(num_templates=1))"
    )
    assert components(checked(single.text, tmp_path)) == shipped("stark_s50")
    assert single.like == "stark_st50", "whose key map reads MMTracking's names, too"


def test_a_base_is_changed_where_the_config_says(configs: Path) -> None:
    found = import_mmtracking(configs / "siamrpn" / "siamrpn_otb.py").text
    base = import_mmtracking(configs / "siamrpn" / "siamrpn.py").text
    changed = set(found.splitlines()) - set(base.splitlines())
    picks = [line for line in changed if "AnchorDecode" in line]
    assert len(picks) == 1 and "{ penalty = 0.4, window = 0.5, rate = 0.4, " in picks[0]


def test_mixformer_changes_the_params_of_the_spec_that_ships(configs: Path, tmp_path: Path) -> None:
    found = import_mmtracking(configs / "mixformer" / "mixformer.py")
    params = {param.name: param.value for param in checked(found.text, tmp_path).expect().program.params}
    assert (params["reach"], params["every"]) == (4.55, 10)
    assert [line.split("`")[1] for line in told(found.notes)[:2]] == [
        "model.test_cfg.online_size = [2]",
        "model.test_cfg.max_score_decay = [0.98]",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        "siamrpn/siamrpn.py",
        "siamrpn/siamrpn_otb.py",
        "stark/stark_st1.py",
        "stark/stark_st2.py",
        "stark_new/stark_st1.py",
        "stark_new/stark_st2.py",
        "mixformer/mixformer.py",
    ],
)
def test_every_imported_spec_is_built(configs: Path, tmp_path: Path, config: str) -> None:
    checked(import_mmtracking(configs / config).text, tmp_path)
    network = sotc.build(tmp_path / "imported.sot")
    assert sum(parameter.numel() for parameter in network.module.parameters()) > 10_000_000


# ---------------------------------------------------------------- what is told


def test_a_typo_that_mmtracking_swallows_is_told_with_its_line(configs: Path) -> None:
    found = import_mmtracking(configs / "stark" / "stark_st1.py")
    text = (configs / "stark" / "stark_st1.py").read_text()
    line = text.splitlines().index("        num_querys=1,") + 1
    assert told(found.notes)[0] == (
        f"{configs}/stark/stark_st1.py:{line}: `model.head.num_querys = 1`: StarkHead has no setting of this name;"
        " did you mean `num_query`?"
    )
    assert f"# - stark_st1.py:{line}: `model.head.num_querys = 1`" in found.text, "no path of this machine"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("test_cfg=dict(rpn=dict(penalty=0.1))", "penalty_k"),
        ("test_cfg=dict(center_sise=7)", "center_size"),
        ("backbone=dict(out_index=3)", "out_indices"),
        ("head=dict(weigthed_sum=True)", "weighted_sum"),
        ("neck=dict(kernel_sizes=1)", "kernel_size"),
    ],
)
def test_a_setting_that_does_not_exist_is_told_with_the_nearest(
    configs: Path, tmp_path: Path, change: str, name: str
) -> None:
    found = imported(tmp_path, f"_base_ = '{configs}/siamrpn/siamrpn.py'\nmodel = dict({change})")
    assert [note.kind for note in found.notes].count("unknown") == 1
    assert f"did you mean `{name}`" in told(found.notes)[0]


def test_what_has_no_place_in_a_spec_is_told_in_groups(configs: Path) -> None:
    found = import_mmtracking(configs / "siamrpn" / "siamrpn.py")
    assert told(found.notes)[1:] == [
        "initial weights, which a spec does not hold: model.backbone.init_cfg",
        "training, which a recipe holds: optim_wrapper, custom_hooks",
        "data, which a recipe holds: data_root, train_pipeline",
        "running and logging, which a spec does not hold: log_level, dist_params",
        "inferred from the shapes here: model.neck.in_channels, model.head.in_channels",
    ]


def test_a_mistyped_table_at_the_top_is_told(configs: Path, tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        f"_base_ = '{configs}/siamrpn/siamrpn.py'\noptimiser = dict(type='SGD')\nanchors_of = dict(a=1)",
    )
    assert [note.text for note in found.notes if note.kind == "unknown"] == [
        "`optimiser`: nothing reads a setting of this name; did you mean `optimizer`?"
    ]


# ---------------------------------------------------------------- components of one's own

OWN = """
_base_ = '{base}/siamrpn/siamrpn.py'
custom_imports = dict(imports=['my_net.py', 'my_head'], allow_failed_imports=False)
model = dict(
    backbone=dict(_delete_=True, type='MyNet', width=8, norm_cfg=dict(type='BN')),
    neck=dict(in_channels=[16, 16]),
    head=dict(
        _delete_=True, type='MyHead', names=['a', None, True],
        anchor_generator=dict(type='SiameseRPNAnchorGenerator', strides=[8], ratios=[1], scales=[8])))
"""

MY_NET = '''
from torch import Tensor, nn
from sotc import BACKBONES

@BACKBONES.register_module()
class MyNet(nn.Module):
    """An image [N, 3, H, W] -> two maps at stride 8."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 2 * width, 8, 8)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        found = self.layer(image)
        return found, found
'''

MY_HEAD = '''
from collections.abc import Sequence
from typing import NamedTuple
from torch import Tensor, nn
from sotc import HEADS

class Scored(NamedTuple):
    cls: Tensor
    loc: Tensor

@HEADS.register_module()
class MyHead(nn.Module):
    """Maps of both -> logits [N, 2, H, W] and offsets [N, 4, H, W]."""

    def __init__(self, in_channels: int = 256, names: Sequence[str | bool | None] = ()) -> None:
        super().__init__()
        self.cls, self.loc = nn.Conv2d(in_channels, 2, 1), nn.Conv2d(in_channels, 4, 1)

    def forward(self, kernels: Sequence[Tensor], fields: Sequence[Tensor]) -> Scored:
        found = fields[0] * kernels[0].mean(dim=(2, 3), keepdim=True)
        return Scored(self.cls(found), self.loc(found))
'''


def test_own_components_become_use_python_lines(
    configs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = imported(tmp_path, OWN.format(base=configs))
    assert "use python my_net { MyNet }\nuse python my_head { MyHead }\n" in found.text
    assert "backbone = MyNet { width = 8 }" in found.text
    assert 'head     = MyHead { names = ["a", none, true] }' in found.text
    assert found.like is None, "no key map fits"
    lines = told(found.notes)
    assert any("`my_net.py` is a file and no module; read as `my_net`" in line for line in lines)
    assert any("`model.backbone.norm_cfg = dict(type='BN', ...)`: is not passed on" in line for line in lines)


@pytest.mark.slow
def test_own_components_are_checked_where_python_is_allowed(configs: Path, tmp_path: Path) -> None:
    """In a process of its own, so that they are registered nowhere else."""
    import subprocess
    import sys

    text = imported(
        tmp_path, OWN.format(base=configs).replace(", True]", "]").replace("names=['a', None", "names=['a'")
    ).text
    for name, content in {"own.sot": text, "my_net.py": MY_NET, "my_head.py": MY_HEAD}.items():
        (tmp_path / name).write_text(content)
    done = subprocess.run(
        [sys.executable, "-c", "from sotc.cli import main; main()", "check", "own.sot", "--allow-python"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_missing_modules_stay_allowed(configs: Path, tmp_path: Path) -> None:
    text = OWN.format(base=configs).replace("allow_failed_imports=False", "allow_failed_imports=True")
    assert "use python? my_net { MyNet }" in imported(tmp_path, text).text


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        ("backbone=dict(type='SOTResNt')", "did you mean `SOTResNet`?"),
        ("backbone=dict(_delete_=True, depth=50)", "every part says which one it is"),
        ("backbone=dict(depth=34)", "`model.backbone.depth = 34` has no equivalent here"),
        (
            "backbone=dict(strides=(1, 2, 2, 1))",
            "`model.backbone.dilations = [1, 1, 2, 4]` has no equivalent",
        ),
        ("neck=dict(act_cfg=dict(type='ReLU'))", "set act_cfg=None"),
        ("neck=dict(norm_cfg=dict(type='GN', num_groups=32))", "norms are BN"),
        ("head=dict(loss_cls=dict(use_sigmoid=True))", "background and target are two classes"),
        ("head=dict(anchor_generator=dict(strides=[8, 16]))", "should be one stride"),
        ("test_cfg=dict(rpn=dict(lr='fast'))", "`model.test_cfg.rpn.lr = 'fast'` should be a number"),
        ("test_cfg=dict(search_size=True)", "should be a whole number"),
        ("data_preprocessor=dict(mean=[1.0, 2.0, 3.0])", "pixels are raw, or have ImageNet's"),
    ],
)
def test_a_setting_that_cannot_be_written_is_refused_with_its_place(
    configs: Path, tmp_path: Path, change: str, told_of: str
) -> None:
    with pytest.raises(NoEquivalentError) as caught:
        imported(tmp_path, f"_base_ = '{configs}/siamrpn/siamrpn.py'\nmodel = dict({change})")
    assert told_of in str(caught.value)
    assert ".py:" in caught.value.message


@pytest.mark.parametrize(
    ("change", "told_of"),
    [
        ("head=dict(num_query=2)", "one query finds one target"),
        ("head=dict(positional_encoding=dict(num_feats=64))", "half of the 256 channels"),
        ("head=dict(bbox_head=dict(feat_size=18))", "18 cells of 16 pixels are not 320"),
        ("backbone=dict(out_indices=[1, 2])", "Stark looks at one map"),
        (
            "head=dict(transformer=dict(encoder=dict(transformerlayers=dict(operation_order=('norm',)))))",
            "normalised",
        ),
    ],
)
def test_so_it_is_with_stark(configs: Path, tmp_path: Path, change: str, told_of: str) -> None:
    with pytest.raises(NoEquivalentError, match=told_of):
        imported(tmp_path, f"_base_ = '{configs}/stark/stark_st1.py'\nmodel = dict({change})")


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("modle = dict(type='SiamRPN')", "did you mean `modle`?"),
        ("x = 1", "there is no `model = dict"),
        ("model = [1]", "there is no `model = dict"),
        ("model = dict(backbone=dict())", "SiamRPN, Stark and MixFormer"),
        ("model = dict(type='SiamRpn')", "did you mean `SiamRPN`?"),
        ("model = dict(type='FasterRCNN')", "it is a detector"),
    ],
)
def test_what_is_no_tracker_is_refused(tmp_path: Path, text: str, told_of: str) -> None:
    with pytest.raises(NotATrackerError) as caught:
        imported(tmp_path, text)
    assert told_of in str(caught.value)


def test_other_models_are_refused_with_the_reason(configs: Path) -> None:
    with pytest.raises(NotATrackerError, match=r"PrDiMP.*optimised while it tracks"):
        import_mmtracking(configs / "prdimp" / "prdimp.py")
    with pytest.raises(NotATrackerError, match=r"DeepSORT.*many targets"):
        import_mmtracking(configs / "mot" / "deepsort.py")


def imported(folder: Path, text: str) -> Imported:
    path = folder / "config_of_mine.py"
    path.write_text(text, encoding="utf-8")
    return import_mmtracking(path)


# ---------------------------------------------------------------- what is not trained


def line(text: str, word: str) -> str:
    """The line of a spec that begins with a word; empty where none does."""
    return next((each.strip() for each in text.splitlines() if each.strip().startswith(word)), "")


BACKBONE = "_base_ = '{base}'\n{hook}model = dict(backbone=dict({change}))"


@pytest.mark.parametrize(
    ("change", "hook", "freeze", "norms"),
    [
        ("frozen_stages=4", "", "conv1 bn1 layer1 layer2 layer3 layer4", "kept"),
        ("frozen_stages=2", "", "conv1 bn1 layer1 layer2", "kept"),
        ("frozen_stages=0", "", "conv1 bn1", "kept"),
        ("frozen_stages=-1", "", "", "kept"),
        ("frozen_stages=-1, norm_eval=False", "", "", None),
        (
            "norm_cfg=dict(type='BN', requires_grad=False)",
            "",
            "conv1 bn1 layer1 layer2 layer3 layer4",
            "frozen",
        ),
        (
            "frozen_stages=4",
            "custom_hooks = [dict(type='B', backbone_train_layers=['layer4'])]\n",
            "conv1 bn1 layer1 layer2 layer3",
            None,
        ),
        (
            "frozen_stages=4, out_indices=(1, 2)",
            "optimizer_config = dict(backbone_train_layers=['layer2'])\n",
            "conv1 bn1 layer1 layer3",
            None,
        ),
    ],
)
def test_frozen_stages_and_norms_become_lines(
    configs: Path, tmp_path: Path, change: str, hook: str, freeze: str, norms: str | None
) -> None:
    hook = hook or "custom_hooks = []\n"
    base = f"{configs}/siamrpn/siamrpn.py"
    found = imported(tmp_path, BACKBONE.format(base=base, hook=hook, change=change)).text
    wanted = ", ".join(f"backbone.{name}" for name in freeze.split())
    assert line(found, "freeze") == (f"freeze {wanted}" if wanted else "")
    assert (f'norms = "{norms}"' in found) == (norms is not None) and ("norms" in found) == (
        norms is not None
    )


def test_frozen_modules_become_a_line_and_strange_ones_are_told(configs: Path, tmp_path: Path) -> None:
    text = f"_base_ = '{configs}/stark/stark_st2.py'\nmodel = dict(frozen_modules=['neck', 'brain'])"
    found = imported(tmp_path, text)
    assert line(found.text, "freeze") == (
        "freeze neck, encoder, decoder, corner, backbone.conv1, backbone.bn1, backbone.layer1"
    )
    assert any("`brain` is no part here" in note for note in told(found.notes))
    assert checked(found.text, tmp_path).diagnostics == ()


def test_frozen_modules_that_are_no_names_are_refused(configs: Path, tmp_path: Path) -> None:
    for value in ("[['neck']]", "5"):
        with pytest.raises(ConfigError, match=r"frozen_modules.*list of names"):
            imported(
                tmp_path, f"_base_ = '{configs}/stark/stark_st2.py'\nmodel = dict(frozen_modules={value})"
            )
