"""The flat spec as text, and where each line came from."""

from __future__ import annotations

from sotc.dsl.show import show_program

TEXT = """use python lab.heads { Judge }
tracker Base {
    param width: int = 4
    template = Crop { size = 7, color = "bgr" }
    template online = Crop { size = 7 } refresh every 5 when trust > 0.5
    search = Crop
    truth gt: Box
    backbone = ResNet { stages = [2, 3] }
    part maps = [Conv2d { out_channels = width * n } for n in [1, 2]]
    a, b = backbone(search) -> maps
    trust = Judge(a, b, online, template)[0]
    state s = -trust
    next s = s + 1 when not trust
    loss = L1Loss(a, gt, weight = 0.5)
    n = 3
    output box = Decode([a, b], n, search.view)
}
tracker Light extends Base {
    override backbone = Small
}
"""

WANTED = """
use python lab.heads { Judge }                                     # spec.sot:1
tracker Light {                                                    # spec.sot:18
    param width: int = 4                                           # spec.sot:3 Base

    backbone = Small                                               # spec.sot:19 Light
    part maps.0 = Conv2d { out_channels = 4 }                      # spec.sot:9 Base
    part maps.1 = Conv2d { out_channels = 8 }                      # spec.sot:9 Base

    template = Crop { size = 7, color = "bgr" }                    # spec.sot:4 Base
    template online = Crop { size = 7 } refresh every 5 when online.refresh  # spec.sot:5 Base
    search = Crop                                                  # spec.sot:6 Base
    truth gt: Box                                                  # spec.sot:7
    a.backbone = backbone(search)                                  # spec.sot:10
    a.backbone.0 = a.backbone[0]  of 2                             # spec.sot:10
    a = maps.0(a.backbone.0)                                       # spec.sot:10
    a.backbone.1 = a.backbone[1]  of 2                             # spec.sot:10
    b = maps.1(a.backbone.1)                                       # spec.sot:10
    trust.Judge = Judge(a, b, online, template)                    # spec.sot:11 Base
    trust = trust.Judge[0]                                         # spec.sot:11
    state s = s.initial                                            # spec.sot:12
    s.initial = -trust                                             # spec.sot:12
    s.next = s + 1                                                 # spec.sot:13
    s.when = not trust                                             # spec.sot:13
    output.box.list = [a, b]                                       # spec.sot:16
    output.box = Decode(output.box.list, 3, search.view)           # spec.sot:16 Base
    loss.loss = L1Loss(a, gt, weight = 0.5)                        # spec.sot:14 Base
    online.refresh = trust > 0.5                                   # spec.sot:5
    n = 3                                                          # spec.sot:15

    next s = s.next when s.when                                    # spec.sot:13
    loss loss = loss.loss                                          # spec.sot:14
    output box = output.box                                        # spec.sot:16
}
"""


def test_show(lang) -> None:
    shown = show_program(lang.program(lang.text(TEXT)))
    assert [" ".join(line.split()) for line in shown.strip().split("\n")] == [
        " ".join(line.split()) for line in WANTED.strip().split("\n")
    ]


def test_remarks_are_aligned(lang) -> None:
    shown = show_program(lang.program(lang.text(TEXT)))
    columns = [line.index("  # ") for line in shown.splitlines() if "  # " in line]
    assert len(set(columns)) <= 2


def test_the_same_program_shows_the_same(lang) -> None:
    assert len({show_program(lang.program(lang.text(TEXT))) for _ in range(3)}) == 1
