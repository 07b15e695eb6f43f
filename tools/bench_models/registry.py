"""The models of the benchmark, a line each."""

from __future__ import annotations

from .spec import Matrix, Model, Pictures, Tokens

MINILM = {"layers": 6, "width": 384, "inner": 1536, "heads": 12, "has_weights": True}
BERT_BASE = {"layers": 12, "width": 768, "inner": 3072, "heads": 12}

PICTURE = {"224": Pictures(224)}
TEXT = {"128": Tokens(128)}

MODELS = [
    Model("matmul_512", "matmul", {"512": Matrix(512)}, {"size": 512}),
    Model("mobilenet_v2", "mobilenet_v2", PICTURE, layers=True),
    Model("resnet50", "resnet", PICTURE, layers=True),
    Model("minilm", "bert", TEXT, MINILM),
]
