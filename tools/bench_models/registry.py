"""The models of the benchmark, a line each."""

from __future__ import annotations

from .spec import Matrix, Model, Photograph, Pictures, Tokens

MINILM = {"layers": 6, "width": 384, "inner": 1536, "heads": 12, "has_weights": True}
BERT_BASE = {"layers": 12, "width": 768, "inner": 3072, "heads": 12}

PICTURE = {"224": Pictures(224)}
TEXT = {"128": Tokens(128)}

# How time and memory grow.
IMAGES = {str(size): Pictures(size) for size in (96, 160, 224, 320)}
BATCHES = {f"batch{count}": Pictures(224, count) for count in (2, 4, 8)}
LENGTHS = {str(length): Tokens(length) for length in (16, 32, 64, 128, 256)}

MODELS = [
    Model("matmul_512", "matmul", {"512": Matrix(512)}, {"size": 512}),
    Model("mobilenet_v2", "mobilenet_v2", PICTURE, layers=True),
    Model("resnet50", "resnet", PICTURE, layers=True),
    Model("shufflenet_v2", "shufflenet_v2", PICTURE),
    Model("efficientnet_lite0", "lite0", {"cat": Photograph()}),
    Model("vit_tiny", "vit", PICTURE, {"width": 192, "heads": 3}),
    Model("unet", "unet", {"256": Pictures(256)}),
    Model("minilm", "bert", TEXT, MINILM),
    Model("bert_base", "bert", TEXT, BERT_BASE, quick=False),
    Model("mobilenet_v2_sizes", "mobilenet_v2", IMAGES | BATCHES),
    Model("minilm_sizes", "bert", LENGTHS, MINILM),
]
