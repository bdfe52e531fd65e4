"""Configs as users of MMTracking and PySOT write them, small; the numbers are those of the published ones."""

from __future__ import annotations

from pathlib import Path

RUNTIME = """
log_level = 'INFO'
dist_params = dict(backend='nccl')
data_root = 'data/'
"""

SIAMRPN = """
_base_ = '../_base_/runtime.py'
exemplar_size = 127
search_size = 2 * exemplar_size + 1

model = dict(
    type='SiamRPN',
    data_preprocessor=dict(type='TrackDataPreprocessor'),
    backbone=dict(
        type='SOTResNet', depth=50, out_indices=(1, 2, 3), frozen_stages=4,
        strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4), norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='sot_resnet50.model')),
    neck=dict(
        type='mmdet.ChannelMapper', in_channels=[512, 1024, 2048], out_channels=256,
        kernel_size=1, norm_cfg=dict(type='BN'), act_cfg=None),
    head=dict(
        type='SiameseRPNHead',
        anchor_generator=dict(
            type='SiameseRPNAnchorGenerator', strides=[8], ratios=[0.33, 0.5, 1, 2, 3], scales=[8]),
        in_channels=[256, 256, 256],
        weighted_sum=True,
        bbox_coder=dict(
            type='mmdet.DeltaXYWHBBoxCoder',
            target_means=[0., 0., 0., 0.], target_stds=[1., 1., 1., 1.]),
        loss_cls=dict(type='mmdet.CrossEntropyLoss', reduction='sum', loss_weight=1.0),
        loss_bbox=dict(type='mmdet.L1Loss', reduction='sum', loss_weight=1.2)),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(
                type='mmdet.MaxIoUAssigner', pos_iou_thr=0.6, neg_iou_thr=0.3, min_pos_iou=0.6,
                match_low_quality=False, iou_calculator=dict(type='mmdet.BboxOverlaps2D')),
            sampler=dict(type='mmdet.RandomSampler', num=64, pos_fraction=0.25),
            num_neg=16, exemplar_size=exemplar_size, search_size=search_size)),
    test_cfg=dict(
        exemplar_size=exemplar_size, search_size=search_size, context_amount=0.5, center_size=7,
        rpn=dict(penalty_k=0.05, window_influence=0.42, lr=0.38)))

train_pipeline = [dict(type='PairSampling', frame_range=100), dict(type='SeqColorAug', prob=[1.0, 1.0])]
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.005))
custom_hooks = [dict(
    type='SiamRPNBackboneUnfreezeHook', backbone_start_train_epoch=10,
    backbone_train_layers=['layer2', 'layer3', 'layer4'])]
"""

SIAMRPN_OTB = """
_base_ = ['./siamrpn.py']
data_root = {{_base_.data_root}}
train_pipeline = {{ _base_.train_pipeline }} + [dict(type='GrayAug', prob=0.2)]
test_evaluator = dict(prefix=f'{data_root}otb', again='{{_base_.log_level}}')
model = dict(test_cfg=dict(rpn=dict(penalty_k=0.4, window_influence=0.5, lr=0.4)))
"""

STARK_LAYERS = """
attention = dict(type='MultiheadAttention', embed_dims=256, num_heads=8, attn_drop=0.1,
                 dropout_layer=dict(type='Dropout', drop_prob=0.1))
perceptron = dict(feedforward_channels=2048, embed_dims=256, ffn_drop=0.1)
"""

STARK_OLD = f"""{STARK_LAYERS}
model = dict(
    type='Stark',
    backbone=dict(
        type='ResNet', depth=50, num_stages=3, strides=(1, 2, 2), dilations=[1, 1, 1], out_indices=[2],
        frozen_stages=1, norm_eval=True, norm_cfg=dict(type='BN', requires_grad=False),
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')),
    neck=dict(type='ChannelMapper', in_channels=[1024], out_channels=256, kernel_size=1, act_cfg=None),
    head=dict(
        type='StarkHead',
        num_querys=1,
        transformer=dict(
            type='StarkTransformer',
            encoder=dict(
                type='DetrTransformerEncoder', num_layers=6,
                transformerlayers=dict(
                    type='BaseTransformerLayer', attn_cfgs=[attention], ffn_cfgs=perceptron,
                    operation_order=('self_attn', 'norm', 'ffn', 'norm'))),
            decoder=dict(
                type='DetrTransformerDecoder', return_intermediate=False, num_layers=6,
                transformerlayers=dict(
                    type='BaseTransformerLayer', attn_cfgs=attention, ffn_cfgs=perceptron,
                    operation_order=('self_attn', 'norm', 'cross_attn', 'norm', 'ffn', 'norm')))),
        positional_encoding=dict(type='SinePositionalEncoding', num_feats=128, normalize=True),
        bbox_head=dict(type='CornerPredictorHead', inplanes=256, channel=256, feat_size=20, stride=16),
        loss_bbox=dict(type='L1Loss', loss_weight=5.0),
        loss_iou=dict(type='GIoULoss', loss_weight=2.0)),
    test_cfg=dict(
        search_factor=5.0, search_size=320, template_factor=2.0, template_size=128, update_intervals=[200]))
data_root = 'data/'
data = dict(train=dict(type='GOT10kDataset', img_prefix=data_root + 'got10k'))
lr_config = dict(policy='step', step=[400])
"""

STARK_SCORED = """
_base_ = ['./stark_st1.py']
model = dict(
    type='Stark',
    head=dict(
        type='StarkHead',
        cls_head=dict(
            type='ScoreHead', input_dim=256, hidden_dim=256, output_dim=1, num_layers=3, use_bn=False),
        frozen_modules=['transformer', 'bbox_head', 'query_embedding'],
        loss_cls=dict(type='CrossEntropyLoss', use_sigmoid=True)),
    frozen_modules=['backbone', 'neck'])
data = dict(train=dict(_delete_=True, type='GOT10kDataset'))
"""

STARK_NEW = """
layer = dict(embed_dims=256, num_heads=8, dropout=0.1, batch_first=True)
forward = dict(embed_dims=256, feedforward_channels=2048, num_fcs=2, ffn_drop=0.1,
               act_cfg=dict(type='ReLU', inplace=True))
model = dict(
    type='Stark',
    data_preprocessor=dict(
        type='TrackDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True),
    backbone=dict(
        type='mmdet.ResNet', depth=50, num_stages=3, strides=(1, 2, 2), dilations=[1, 1, 1],
        out_indices=[2], frozen_stages=1, norm_eval=True, norm_cfg=dict(type='BN', requires_grad=False)),
    neck=dict(type='mmdet.ChannelMapper', in_channels=[1024], out_channels=256, kernel_size=1, act_cfg=None),
    encoder=dict(num_layers=6, layer_cfg=dict(self_attn_cfg=layer, ffn_cfg=forward)),
    decoder=dict(
        num_layers=6, return_intermediate=False,
        layer_cfg=dict(self_attn_cfg=layer, cross_attn_cfg=layer, ffn_cfg=forward)),
    num_queries=1,
    positional_encoding=dict(num_feats=128, normalize=True),
    head=dict(
        type='StarkHead',
        bbox_head=dict(type='CornerPredictorHead', inplanes=256, channel=256, feat_size=20, stride=16),
        loss_bbox=dict(type='mmdet.L1Loss', loss_weight=5.0),
        loss_iou=dict(type='mmdet.GIoULoss', loss_weight=2.0)),
    test_cfg=dict(search_factor=5.0, search_size=320, template_factor=2.0, template_size=128, num_templates=2))
"""

MIXFORMER = """
model = dict(
    type='MixFormer',
    backbone=dict(
        type='ConvVisionTransformer', num_stages=3, patch_size=[7, 3, 3], patch_stride=[4, 2, 2],
        patch_padding=[2, 1, 1], dim_embed=[64, 192, 384], num_heads=[1, 3, 6], depth=[1, 4, 16],
        mlp_channel_ratio=[4, 4, 4], attn_drop_rate=[0.0, 0.0, 0.0], path_drop_probs=[0.0, 0.0, 0.1],
        qkv_bias=[True, True, True], qkv_proj_method=['dw_bn', 'dw_bn', 'dw_bn'], kernel_qkv=[3, 3, 3],
        padding_kv=[1, 1, 1], stride_kv=[2, 2, 2], padding_q=[1, 1, 1], stride_q=[1, 1, 1],
        norm_cfg=dict(type='BN', requires_grad=False)),
    head=dict(
        type='MixFormerHead',
        bbox_head=dict(type='CornerPredictorHead', inplanes=384, channel=384, feat_size=20, stride=16),
        score_head=dict(
            type='MixFormerScoreDecoder', pool_size=4, feat_size=20, stride=16, num_heads=6,
            hidden_dim=384, num_layers=3)),
    test_cfg=dict(
        search_factor=4.55, search_size=320, template_factor=2.0, template_size=128,
        update_interval=[10], online_size=[2], max_score_decay=[0.98]))
"""

PRDIMP = """
model = dict(type='PrDiMP', backbone=dict(type='mmcls.ResNet', depth=50), cls_head=dict(type='PrDiMPClsHead'))
"""

DETECTOR = """
model = dict(detector=dict(type='FasterRCNN'), type='DeepSORT', motion=dict(type='KalmanFilter'))
"""

MMTRACKING = {
    "_base_/runtime.py": RUNTIME,
    "siamrpn/siamrpn.py": SIAMRPN,
    "siamrpn/siamrpn_otb.py": SIAMRPN_OTB,
    "stark/stark_st1.py": STARK_OLD,
    "stark/stark_st2.py": STARK_SCORED,
    "stark_new/stark_st1.py": STARK_NEW,
    "stark_new/stark_st2.py": STARK_SCORED,
    "mixformer/mixformer.py": MIXFORMER,
    "prdimp/prdimp.py": PRDIMP,
    "mot/deepsort.py": DETECTOR,
}

R50 = """
META_ARC: "siamrpn_r50_l234_dwxcorr"
BACKBONE:
    TYPE: "resnet50"
    KWARGS:
        used_layers: [2, 3, 4]
    PRETRAINED: 'pretrained_models/resnet50.model'
    TRAIN_LAYERS: ['layer2', 'layer3', 'layer4']
ADJUST:
    ADJUST: true
    TYPE: "AdjustAllLayer"
    KWARGS:
        in_channels: [512, 1024, 2048]
        out_channels: [256, 256, 256]
RPN:
    TYPE: 'MultiRPN'
    KWARGS:
        anchor_num: 5
        in_channels: [256, 256, 256]
        weighted: true
MASK:
    MASK: false
ANCHOR:
    STRIDE: 8
    RATIOS: [0.33, 0.5, 1, 2, 3]
    SCALES: [8]
    ANCHOR_NUM: 5
TRACK:
    TYPE: 'SiamRPNTracker'
    PENALTY_K: 0.05
    WINDOW_INFLUENCE: 0.42
    LR: 0.38
    EXEMPLAR_SIZE: 127
    INSTANCE_SIZE: 255
    BASE_SIZE: 8
    CONTEXT_AMOUNT: 0.5
TRAIN:
    EPOCH: 20
    CLS_WEIGHT: 1.0
    LOC_WEIGHT: 1.2
DATASET:
    NAMES: ['VID', 'COCO']
"""

R50_LONG_TERM = (
    R50.replace("SiamRPNTracker", "SiamRPNLTTracker")
    .replace("[256, 256, 256]", "[128, 256, 512]")
    .replace("    BASE_SIZE: 8\n", "    CONFIDENCE_LOW: 0.8\n    CONFIDENCE_HIGH: 0.998\n")
)

ALEX = """
BACKBONE:
    TYPE: "alexnetlegacy"
    KWARGS:
        width_mult: 1.0
    TRAIN_LAYERS: ['layer4', 'layer5']
ADJUST:
    ADJUST: false
RPN:
    TYPE: 'DepthwiseRPN'
    KWARGS:
        anchor_num: 5
        in_channels: 256
        out_channels: 256
MASK:
    MASK: false
TRACK:
    TYPE: 'SiamRPNTracker'
    PENALTY_K: 0.16
    WINDOW_INFLUENCE: 0.40
    LR: 0.30
    INSTANCE_SIZE: 287
    BASE_SIZE: 0
"""

MOBILE = (
    R50.replace('"resnet50"', '"mobilenetv2"')
    .replace("weighted: true", "weighted: false")
    .replace("used_layers: [2, 3, 4]", "used_layers: [3, 5, 7]\n        width_mult: 1.4")
    .replace("PENALTY_K: 0.05", "PENALTY_K: 0.04")
    .replace("0.42", "0.4")
    .replace("0.38", "0.5")
)

OLD_FORM = """
BACKBONE:
    TYPE: "pysot.models.backbone.resnet_atrous.resnet50"
    LAYERS: [2, 3, 4]
    CHANNELS: [512, 1024, 2048]
ADJUST:
    ADJUST: true
    TYPE: "pysot.models.neck.neck.AdjustAllLayer"
    ADJUST_CHANNEL: [256, 256, 256]
RPN:
    TYPE: 'pysot.models.head.rpn.MultiRPN'
    WEIGHTED: True
TRACK:
    TYPE: 'pysot.tracker.siamrpn_tracker.SiamRPNTracker'
    PENALTY_K: 0.05
    WINDOW_INFLUENCE: 0.42
    LR: 0.38
"""

MASK = """
BACKBONE:
    TYPE: "resnet50"
    KWARGS:
        used_layers: [0, 1, 2, 3]
ADJUST:
    TYPE: "AdjustAllLayerForJit"
    KWARGS:
        in_channels: [1024]
        out_channels: [256]
RPN:
    TYPE: 'DepthwiseRPN'
    KWARGS:
        anchor_num: 5
        in_channels: 256
        out_channels: 256
MASK:
    MASK: True
    TYPE: 'MaskCorr'
    KWARGS:
        in_channels: 256
        hidden: 256
        out_channels: 3969
REFINE:
    REFINE: True
    TYPE: 'Refine'
TRACK:
    TYPE: 'SiamMaskTracker'
    PENALTY_K: 0.10
    WINDOW_INFLUENCE: 0.41
    LR: 0.32
    MASK_THERSHOLD: 0.15
"""

NANO = """
BACKBONE:
    TYPE: "mobilenetv3_small"
    KWARGS:
        used_layers: [4]
ADJUST:
    ADJUST: True
    TYPE: 'AdjustLayer'
BAN:
    BAN: True
    TYPE: DepthwiseBAN
    KWARGS:
        in_channels: 64
        out_channels: 64
POINT:
    STRIDE: 16
TRACK:
    TYPE: 'NanoTracker'
    WINDOW_INFLUENCE: 0.490
    PENALTY_K: 0.150
    LR: 0.385
    EXEMPLAR_SIZE: 127
    INSTANCE_SIZE: 255
    BASE_SIZE: 7
    CONTEXT_AMOUNT: 0.5
"""

PYSOT = {
    "siamrpn_r50/config.yaml": R50,
    "siamrpn_r50_lt/config.yaml": R50_LONG_TERM,
    "siamrpn_r50_old/config.yaml": OLD_FORM,
    "siamrpn_alex/config.yaml": ALEX,
    "siamrpn_mobilev2/config.yaml": MOBILE,
    "siammask/config.yaml": MASK,
    "nanotrack/config.yaml": NANO,
    "nanotrack_v1/config.yaml": NANO.replace("0.490", "0.462")
    .replace("0.150", "0.148")
    .replace("0.385", "0.390"),
    "nanotrack_v3/config.yaml": NANO.replace("mobilenetv3_small", "mobilenetv3_small_v3")
    .replace("0.490", "0.455")
    .replace("0.150", "0.138")
    .replace("0.385", "0.348"),
}


def write_configs(folder: Path) -> Path:
    """All of them as files below `folder`."""
    for name, text in {**MMTRACKING, **PYSOT}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
