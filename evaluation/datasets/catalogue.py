"""The data sets that are known: layouts, splits, names, and the protocols that they are reported under.

Layouts, ranges and counts are those that the data sets are published with; sequence lists are in `tables/`
(OTB: the tracker benchmark's sequence configurations; UAV123 and UAV20L: their configSeqs; LaSOT: its testing
set). A name in `[data]` of sotc.toml may be any of a data set's names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from .files import BoxFormat, Surplus
from .layout import Layout, Row, table

FROM_ONE = "boxes as published: pixels count from 1"
FROM_ZERO = "boxes as published: pixels count from 0"
BOUNDS = "axis-aligned bounds of the published boxes, polygons or masks; the regions themselves are kept"


@dataclass(frozen=True)
class Split:
    """A part of a data set, in one of several layouts, the first with a sequence being taken."""

    name: str
    layouts: tuple[Layout, ...]
    expected: int
    """how many sequences there should be; 0 where that is not fixed"""


@dataclass(frozen=True)
class KnownDataset:
    """A data set by name. The first split is the default."""

    name: str
    title: str
    splits: tuple[Split, ...]
    profiles: tuple[str, ...]
    """whose numbers are reported, the default first"""
    aliases: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """usual names of its folder, below a folder that holds all data"""
    coordinates: str = FROM_ONE
    note: str = ""
    """the protocol, and the licence where one is stated"""

    @property
    def first_pixel(self) -> int:
        """The number that its boxes have for the first column and row."""
        return 1 if self.coordinates == FROM_ONE else 0


FAMILY = ("pysot", "ostrack")
"""OTB, UAV123, NfS, TC128, DTB70: the tables of the SiamRPN papers and those of the transformer papers"""

UAV_ATTRIBUTES = ("SV", "ARC", "LR", "FM", "FOC", "POC", "OV", "BC", "IV", "VC", "CM", "SOB")
DTB70_ATTRIBUTES = ("SV", "ARV", "OCC", "DEF", "FCM", "IPR", "OPR", "OV", "BC", "SOA", "MB")
"""The authors' script names ten of them; the last is the motion blur of their paper's table."""
LASOT_ATTRIBUTES = ("IV", "POC", "DEF", "MB", "CM", "ROT", "BC", "VC", "SV", "FOC", "FM", "OV", "LR", "ARC")
TNL2K_ATTRIBUTES = (
    *("CM", "ROT", "DEF", "FOC", "IV", "OV", "POC", "VC", "SV", "BC", "MB", "ARC", "LR", "FM"),
    *("AS", "TC", "MS"),  # adversarial samples, thermal crossover, modality switch
)


def otb_rows(version: str) -> tuple[Row, ...]:
    """The sequences of OTB-2013, TB-50 or OTB-2015; some begin late or end early."""
    rows = []
    for row in table("otb"):
        if version not in row["sets"].split():
            continue
        folder, dot, target = row["name"].partition(".")
        fields = (("folder", folder), ("target", dot + target), ("copy", f"{folder}-{target}"))
        numbers = (int(row["first"]), int(row["last"]))
        rows.append(Row(row["name"], fields, numbers, tuple(row["attributes"].split())))
    return tuple(rows)


def uav_rows(version: str) -> tuple[Row, ...]:
    """The sequences of UAV123 or UAV20L; several are ranges of one folder."""
    return tuple(
        Row(row["name"], (("folder", row["folder"]),), (int(row["first"]), int(row["last"])))
        for row in table("uav")
        if row["set"] == version
    )


def lasot_rows() -> tuple[Row, ...]:
    """The 280 sequences of LaSOT's testing set (its protocol II)."""
    return tuple(
        Row(f"{row['class']}-{number}", (("group", row["class"]),))
        for row in table("lasot_test")
        for number in row["numbers"].split()
    )


def otb(version: str) -> Layout:
    # some toolkits have a copy of the folder for each target: Jogging-1, Jogging-2
    return Layout(
        frames=("{folder}/img", "{copy}/img"),
        boxes=(
            "{folder}/groundtruth_rect{target}.txt",
            "{copy}/groundtruth_rect{target}.txt",
            "{copy}/groundtruth_rect.txt",
        ),
        names=partial(otb_rows, version),
    )


def uav(version: str) -> Layout:
    return Layout(
        frames=("data_seq/UAV123/{folder}",),
        boxes=(f"anno/{version}/{{name}}.txt",),
        names=partial(uav_rows, version),
        attribute_flags=(f"anno/{version}/att/{{name}}.txt",),
        attribute_names=UAV_ATTRIBUTES,
    )


def lasot(
    names: Callable[[], tuple[Row, ...]] | None = None, excluded: Callable[[], tuple[Row, ...]] | None = None
) -> tuple[Layout, ...]:
    """Classes with sequences in them; or all sequences in one folder, as some copies have it."""
    return tuple(
        Layout(
            frames=(f"{folder}/img",),
            boxes=(f"{folder}/groundtruth.txt",),
            names=names,
            excluded=excluded,
            absent=(
                (f"{folder}/full_occlusion.txt", f"{folder}/out_of_view.txt"),
                ("annos/absent/{name}.txt",),
            ),
            attribute_flags=("annos/att/{name}.txt", "att/{name}.txt"),
            attribute_names=LASOT_ATTRIBUTES,
            cut=("monkey-17",),
        )
        for folder in ("{group}/{name}", "{name}")
    )


def got10k(split: str) -> Layout:
    return Layout(
        frames=(f"{split}/{{name}}",),
        boxes=(f"{split}/{{name}}/groundtruth.txt",),
        listed=f"{split}/list.txt",
        absent=((f"{split}/{{name}}/absence.label",),),
        cover=f"{split}/{{name}}/cover.label",
        information=f"{split}/{{name}}/meta_info.ini",
        sized=True,
        described=("root_class", "motion_class"),
        first_only=split == "test",
    )


def trackingnet(folder: str, first_only: bool = False) -> Layout:
    return Layout(
        frames=(f"{folder}/frames/{{name}}",), boxes=(f"{folder}/anno/{{name}}.txt",), first_only=first_only
    )


def nfs(rate: int) -> tuple[Layout, ...]:
    """As published, with boxes for each of the 240 frames a second; or with files of x, y, w, h for 30 of them."""
    published = Layout(
        frames=(f"{{name}}/{rate}/{{name}}",),
        boxes=(f"{{name}}/{rate}/{{name}}.txt",),
        format=BoxFormat.NFS,
        surplus=Surplus.ONE_CUT,
    )
    rewritten = Layout(frames=("sequences/{name}",), boxes=("anno/nfs_{name}.txt", "anno/{name}.txt"))
    return (published, rewritten) if rate == 30 else (published,)


def tnl2k(*folders: str) -> tuple[Layout, ...]:
    return tuple(
        Layout(
            frames=(f"{folder}{{name}}/imgs",),
            boxes=(f"{folder}{{name}}/groundtruth.txt",),
            absent=(("annos/absent/{name}.txt",), ("absent/{name}.txt",), (f"{folder}{{name}}/absent.txt",)),
            attribute_flags=("annos/att/{name}_attribute.txt", "att/{name}_attribute.txt"),
            attribute_names=TNL2K_ATTRIBUTES,
        )
        for folder in folders
    )


TC128 = Layout(
    frames=("{name}/img",),
    boxes=("{name}/{name}_gt.txt",),
    range_file="{name}/{name}_frames.txt",
    attribute_words=("{name}/{name}_att.txt",),
)

DTB70 = Layout(
    frames=("{name}/img",),
    boxes=("{name}/groundtruth_rect.txt",),
    attribute_flags=("att/{name}.txt", "anno/att/{name}.txt", "experiments/anno/att/{name}.txt"),
    attribute_names=DTB70_ATTRIBUTES,
)
"""Flags are in `experiments/anno/att` of the authors' repository, flyers/drone-tracking."""

AVIST = Layout(
    frames=("sequences/{name}",),
    boxes=("anno/{name}.txt",),
    absent=(("full_occlusion/{name}_full_occlusion.txt", "out_of_view/{name}_out_of_view.txt"),),
)

ITB = Layout(
    frames=("{group}/{name}",),
    boxes=("{group}/{name}/groundtruth.txt", "{group}/{name}/groundtruth_rect.txt"),
    group_is_attribute=True,
)

VOT = tuple(
    Layout(
        frames=(f"{folder}{{name}}/color", f"{folder}{{name}}"),
        boxes=(f"{folder}{{name}}/groundtruth.txt", f"{folder}{{name}}/groundtruth_{{target}}.txt"),
        listed=f"{folder}list.txt",
        format=BoxFormat.REGIONS,
        information=f"{folder}{{name}}/sequence",
        sized=True,
        tags=f"{folder}{{name}}",
    )
    for folder in ("sequences/", "")
)
"""A workspace of the VOT toolkit, or the folder of its sequences."""

VOTS = tuple(replace(layout, first_only=True) for layout in VOT)


def vot(
    name: str, title: str, expected: int, note: str, *aliases: str, layouts: tuple[Layout, ...] = VOT
) -> KnownDataset:
    folders = tuple(f"{prefix}{name.removeprefix('vot')}" for prefix in ("vot", "VOT", "VOT-"))
    split = Split("all", layouts, expected)
    return KnownDataset(name, title, (split,), vot_profiles(name, note), aliases, folders, BOUNDS, note)


def vot_profiles(name: str, note: str) -> tuple[str, ...]:
    """Those of the year's protocol, and of the lengths that its expected overlap is taken over."""
    of_note = {
        MULTISTART: "vot-toolkit:vot2020",
        LONG_TERM: "vot-toolkit:longterm",
        SERVER: "vot-toolkit:vots",
    }
    if note in of_note:
        return (of_note[note],)
    year = f":{name}" if name in ("vot2016", "vot2019") else ""  # 2017's is 2018's, which is the default
    return f"vot-toolkit{year}", f"pysot-vot{year}"


SUPERVISED = "supervised: EAO, accuracy, robustness with re-initialisation. CC BY-NC-SA 4.0"
MULTISTART = "multistart from anchors: EAO, accuracy, robustness"
LONG_TERM = "long-term: precision, recall, F"
SERVER = "the truth has the first frame only: results go to the server"

DATASETS = (
    KnownDataset(
        "otb2015",
        "OTB-2015 (TB-100)",
        (Split("all", (otb("2015"),), 100),),
        FAMILY,
        ("otb", "otb100", "otb-100", "otb-2015", "tb100"),
        ("OTB100", "OTB2015", "OTB-100", "OTB", "otb"),
        note="one pass: AUC, precision at 20 px. For research",
    ),
    KnownDataset(
        "otb2013",
        "OTB-2013 (CVPR13)",
        (Split("all", (otb("2013"),), 51),),
        FAMILY,
        ("otb51", "cvpr13", "otb-2013"),
        ("OTB2013", "OTB100", "OTB2015", "OTB-100", "OTB", "otb"),
        note="one pass: AUC, precision at 20 px. For research",
    ),
    KnownDataset(
        "tb50",
        "TB-50 (the harder half of OTB-2015)",
        (Split("all", (otb("50"),), 50),),
        FAMILY,
        ("otb50", "otb-50", "tb-50"),
        ("OTB50", "OTB100", "OTB2015", "OTB-100", "OTB", "otb"),
        note="one pass: AUC, precision at 20 px. For research",
    ),
    KnownDataset(
        "lasot",
        "LaSOT",
        (
            Split("test", lasot(names=lasot_rows), 280),
            Split("train", lasot(excluded=lasot_rows), 1120),
            Split("all", lasot(), 1400),
        ),
        ("lasot", "ostrack"),
        folders=("LaSOT", "LaSOTBenchmark", "LaSOTTest", "lasot"),
        note="AUC, precision, normalised precision; the target absent is a miss. Non-commercial",
    ),
    KnownDataset(
        "lasot_extension",
        "LaSOT extension",
        (Split("test", lasot(), 150),),
        ("lasot", "ostrack"),
        ("lasot-ext", "lasot_ext", "lasotext", "lasot_extension_subset", "lasot-extension"),
        ("LaSOT_Ext", "LaSOText", "LaSOT_extension_subset", "lasot_extension_subset", "LaSOT-ext"),
        note="as LaSOT; 15 further classes",
    ),
    KnownDataset(
        "got10k",
        "GOT-10k",
        (
            Split("val", (got10k("val"),), 180),
            Split("test", (got10k("test"),), 180),
            Split("train", (got10k("train"),), 9335),
        ),
        ("got10k",),
        ("got-10k", "got"),
        ("GOT-10k", "GOT10k", "GOT10K", "got10k", "got-10k"),
        note=f"AO, SR50, SR75; test: {SERVER}. CC BY-NC-SA 4.0",
    ),
    KnownDataset(
        "trackingnet",
        "TrackingNet",
        (
            Split("test", (trackingnet("TEST", first_only=True),), 511),
            Split("train", (trackingnet("TRAIN_{group}"),), 30132),
        ),
        ("trackingnet",),
        ("tracking-net", "tn"),
        ("TrackingNet", "trackingnet", "TRACKINGNET"),
        FROM_ZERO,
        f"success, precision, normalised precision; test: {SERVER}. Annotations Apache-2.0",
    ),
    KnownDataset(
        "uav123",
        "UAV123",
        (Split("all", (uav("UAV123"),), 123),),
        (*FAMILY, "got10k-uav"),
        ("uav", "uav-123"),
        ("UAV123", "uav123", "UAV", "Dataset_UAV123/UAV123"),
        note="one pass: AUC, precision at 20 px",
    ),
    KnownDataset(
        "uav20l",
        "UAV20L (long sequences of UAV123)",
        (Split("all", (uav("UAV20L"),), 20),),
        (*FAMILY, "got10k-uav"),
        ("uav20", "uav-20l"),
        ("UAV20L", "UAV123", "uav123", "UAV", "Dataset_UAV123/UAV123"),
        note="one pass: AUC, precision at 20 px",
    ),
    KnownDataset(
        "nfs30",
        "Need for Speed, 30 frames a second",
        (Split("all", nfs(30), 100),),
        FAMILY,
        ("nfs", "nfs-30"),
        ("NfS30", "NFS30", "NfS", "NFS", "nfs"),
        FROM_ZERO,
        "one pass: AUC",
    ),
    KnownDataset(
        "nfs240",
        "Need for Speed, 240 frames a second",
        (Split("all", nfs(240), 100),),
        FAMILY,
        ("nfs-240",),
        ("NfS240", "NFS240", "NfS", "NFS", "nfs"),
        FROM_ZERO,
        "one pass: AUC",
    ),
    KnownDataset(
        "tnl2k",
        "TNL2K",
        (
            Split("test", tnl2k("TNL2K_test_subset/", "TNL2K_test/", "test/", ""), 700),
            Split("train", tnl2k("TNL2K_train_subset/", "TNL2K_train/", "train/", ""), 1300),
        ),
        ("lasot", "ostrack"),
        folders=("TNL2K", "TNL2k", "tnl2k"),
        coordinates=FROM_ZERO,
        note="AUC, precision, normalised precision; the official toolkit takes frames without the target out",
    ),
    KnownDataset(
        "tc128",
        "Temple Color 128",
        (Split("all", (TC128,), 128),),
        FAMILY,
        ("tcolor128", "tcl128", "templecolor128", "temple-color-128"),
        ("Temple-color-128", "TColor128", "TC128", "tc128", "TempleColor128"),
        note="one pass: AUC, precision at 20 px. For research",
    ),
    KnownDataset(
        "dtb70",
        "DTB70 (drones)",
        (Split("all", (DTB70,), 70),),
        FAMILY,
        ("dtb",),
        ("DTB70", "dtb70"),
        note="one pass: AUC, precision at 20 px",
    ),
    KnownDataset(
        "avist",
        "AVisT (adverse visibility)",
        (Split("all", (AVIST,), 120),),
        ("pytracking", "ostrack"),
        (),
        ("AVisT", "avist", "AVIST"),
        FROM_ZERO,
        "AUC, OP50, OP75. For research",
    ),
    KnownDataset(
        "itb",
        "ITB (informative tracking benchmark)",
        (Split("all", (ITB,), 180),),
        ("ostrack", "pysot"),
        (),
        ("ITB", "itb"),
        note="AUC",
    ),
    vot("vot2016", "VOT 2016 short-term", 60, SUPERVISED, "vot-2016"),
    vot("vot2017", "VOT 2017 short-term", 60, SUPERVISED, "vot-2017"),
    vot("vot2018", "VOT 2018 short-term", 60, SUPERVISED, "vot-2018"),
    vot("vot2018-lt", "VOT 2018 long-term", 35, LONG_TERM, "votlt", "vot-lt", "vot2018lt", "votlt2018"),
    vot("vot2019", "VOT 2019 short-term", 60, SUPERVISED, "vot-2019"),
    vot("vot2019-lt", "VOT 2019 long-term", 50, LONG_TERM, "vot2019lt", "votlt2019"),
    vot("vot2020", "VOT 2020 short-term", 60, MULTISTART, "vot-2020"),
    vot("vot2022", "VOT 2022 short-term, masks", 62, MULTISTART, "vot2022-sts", "vot2022st", "vot-2022"),
    vot("vot2022-stb", "VOT 2022 short-term, boxes", 62, MULTISTART, "vot2022stb", "vot2022-b"),
    vot("vots", "VOTS 2023 and later", 144, SERVER, "vots2023", "vots2024", "vots2025", layouts=VOTS),
)


@lru_cache
def by_name() -> dict[str, KnownDataset]:
    """Every name and alias, in small letters."""
    return {name: known for known in DATASETS for name in (known.name, *known.aliases)}


def every_name() -> tuple[str, ...]:
    """All names and aliases, sorted."""
    return tuple(sorted(by_name()))
