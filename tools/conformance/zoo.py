"""The list of mindcv's models: of each family that MindSpore 2.10 can export, the small ones."""

from __future__ import annotations

import functools

from spec import Image, Net

# Sizes of pictures other than 224.
SIZES = {
    "crossvit_9": 240,
    "edgenext_xx_small": 256,
    "inception_v3": 299,
    "inception_v4": 299,
    "mobilevit_xx_small": 256,
    "swinv2_tiny_window8": 256,
    "xception": 299,
}

# In the order of their exports' cost. Left out, as mindcv 0.3.0 cannot build or MindSpore 2.10 not export them:
# pvt_tiny, rexnet_09, cmt_tiny, halonet_50t, volo_d1.
NAMES = """
    resnet18 mobilenet_v1_100 mobilenet_v2_100 mobilenet_v3_small_100 mobilenet_v3_large_100 squeezenet1_0 resnet50
    shufflenet_v1_g3_10 efficientnet_b0 googlenet densenet121 repvgg_a0 regnet_x_200mf regnet_y_200mf resnest14
    visformer_tiny pvt_v2_b0 resnetv2_50 seresnet18 skresnet18 res2net50 inception_v3 repmlp_t224 edgenext_xx_small
    convnext_tiny convnextv2_atto ghostnet_100 mnasnet_100 vit_b_32_224 swin_tiny swinv2_tiny_window8 crossvit_9
    xcit_tiny_12_p16_224 mobilevit_xx_small coat_lite_tiny pit_ti shufflenet_v2_x1_0 seresnext26_32x4d dpn92 vgg11
    mae_b_16_224_finetune efficientnet_v2_s resnext50_32x4d cait_xxs24_224 BiT_resnet50 poolformer_s12 coat_tiny
    mixnet_s inception_v4 xception convit_tiny mlp_mixer_s_p32 senet154 nasnet_a_4x1056 pnasnet hrnet_w32
"""

# mindcv's XCiT leaves out the norms of its queries and keys: unless scaled, its softmaxes are so steep that they turn
# rounding into another answer (MindSpore's own moved by 1e-4 when its input moved by 1e-6).
FACTORS = {"xcit_tiny_12_p16_224": (("temperature", 0.07),)}


def model(name: str):
    from mindcv.models import create_model

    return create_model(name, pretrained=False)


NETS = [
    Net(
        f"zoo/{name}",
        functools.partial(model, name),
        (Image(SIZES.get(name, 224)),),
        top1=True,
        factors=FACTORS.get(name, ()),
        minutes=15,
    )
    for name in NAMES.split()
]
