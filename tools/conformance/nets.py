"""The list of small nets of mindspore.nn and mindspore.ops, a line each; the nets are in the files imported."""

from __future__ import annotations

import activations as a
import control as c
import layers as la
import mindspore as ms
import numpy as np
import operators as o
import oracles
import pictures as p
import sequences as s
from mindspore import nn
from spec import BFLOAT16_ERROR, FLOAT16_ERROR, B, F, Given, I, Image, Net

HALF = {"error": FLOAT16_ERROR}


NETS = [
    # layers
    Net("mlp", la.MLP, (F((4, 16)),), top1=True),
    Net("lenet", la.LeNet, (Image(32, 2, 1),), top1=True),
    Net("residual", la.Residual, (Image(32, 2),), top1=True),
    Net("unet", la.UNet, (Image(32),)),
    Net("deconvolutions", la.Deconvolutions, (F((2, 4, 7, 6)),)),
    Net("convolution_kinds", la.ConvolutionKinds, (Image(19, 2),)),
    Net("conv1d", la.Conv1D, (F((2, 4, 20)),)),
    Net("conv3d", la.Conv3D, (F((1, 2, 5, 8, 9)),)),
    Net("mint_convolution", la.MintConvolution, (Image(16, 2),), oracle=oracles.mint_convolution),
    Net("normalisations", la.Normalisations, (F((2, 8, 6, 5)),)),
    Net("batch_norm_1d", la.BatchNorm1D, (F((4, 6)),)),
    Net("instance_norm", la.InstanceNorm, (F((2, 3, 6, 5)),)),
    Net("mint_layer_norm", la.MintLayerNorm, (F((3, 16)),), oracle=oracles.layer_norm_ext),
    Net("rms_norm", s.RMSNorm, (F((3, 16)),)),
    Net("poolings", p.Poolings, (F((2, 3, 9, 10)),)),
    Net("padded_max_pool", p.PaddedMaxPool, (F((2, 3, 9, 10)),)),
    Net("adaptive_poolings", p.AdaptivePoolings, (F((2, 3, 10, 9)),)),
    Net("pools_1d", p.GlobalPools, (F((2, 3, 12)),)),
    Net("resizes", p.Resizes, (F((1, 3, 6, 5)),)),
    Net("nearest_resizes", p.NearestResizes, (F((1, 3, 6, 5)),)),
    Net("upsample", p.Upsample, (F((1, 3, 6, 5)),)),
    Net("pads", p.Pads, (F((2, 3, 5, 6)),)),
    Net("edge_pads", p.EdgePads, (F((2, 3, 5, 6)),)),
    Net("pixel_shuffle", la.PixelShuffle, (F((1, 3, 4, 5)),)),
    Net("embedding", la.Embedding, (I(50, (2, 7)),)),
    Net("activations_common", a.common, (F((2, 3, 7)),)),
    Net("activations_smooth", a.smooth, (F((2, 3, 7)),)),
    Net("activations_rare", a.rare, (F((2, 3, 8)),)),
    Net("softmaxes", a.softmaxes, (F((3, 7)),)),
    # sequences
    Net("lstm", lambda: s.Recurrent(nn.LSTM(6, 8, batch_first=True), 8), (F((2, 7, 6)),)),
    Net(
        "lstm_both_ways",
        lambda: s.Recurrent(nn.LSTM(6, 8, 2, batch_first=True, bidirectional=True), 16),
        (F((2, 7, 6)),),
    ),
    Net("lstm_with_state", s.Stateful, (F((5, 2, 6)), F((1, 2, 8)), F((1, 2, 8)))),
    Net("gru", lambda: s.Recurrent(nn.GRU(6, 8, batch_first=True), 8), (F((2, 7, 6)),)),
    Net("gru_both_ways", lambda: s.Recurrent(nn.GRU(6, 8, batch_first=True, bidirectional=True), 16), (F((2, 5, 6)),)),
    Net("rnn", lambda: s.Recurrent(nn.RNN(6, 8, batch_first=True), 8), (F((2, 7, 6)),)),
    Net("recurrent_cells", s.Steps, (F((3, 6)), F((3, 8)))),
    Net("transformer_encoder", s.Encoder, (F((2, 6, 32)),)),
    Net("transformer_norm_first", lambda: s.Encoder(1, norm_first=True, activation="gelu"), (F((2, 6, 32)),)),
    Net("transformer", s.Translator, (F((2, 6, 16)), F((2, 5, 16)))),
    Net("bert", s.Bert, (I(100, (2, 9)), I(2, (2, 9)), I(2, (2, 9), dtype=np.float32))),
    Net("gpt", s.GPT, (I(60, (2, 8)),), top1=True),
    Net("cross_attention", s.CrossAttention, (F((2, 4, 16)), F((2, 6, 16)), B((2, 6)))),
    Net(
        "einsum_attention",
        s.EinsumAttention,
        (F((2, 4, 3, 5)), F((2, 6, 3, 5)), F((2, 6, 3, 5))),
        oracle=oracles.einsum_attention,
    ),
    Net("rotary_embedding", s.Rotary, (F((2, 6, 8)),)),
    # operators
    Net("arithmetic", o.Arithmetic, (F((3, 4)), F((2, 1, 4)))),
    Net("integer_arithmetic", o.IntegerArithmetic, (I(50, (3, 4), -50), I(9, (4,), 1))),
    Net("powers", o.Powers, (F((3, 4), low=0.2, high=3.0),)),
    Net("exponentials", o.Exponentials, (F((3, 5)),)),
    Net("rounding", o.Rounding, (F((3, 5)),)),
    Net("extremes", o.Extremes, (F((3, 5)), F((5,)))),
    Net("comparisons", o.Comparisons, (F((3, 5)), F((3, 1)))),
    Net("logic", o.Logic, (B((3, 5)), B((5,)))),
    Net("selections", o.Selections, (F((3, 5)), F((3, 5)))),
    Net("casts", o.Casts, (F((3, 5)),)),
    Net("reductions", o.Reductions, (F((3, 4, 5)),)),
    Net("statistics", o.Statistics, (F((6, 5)),)),
    Net("truth_reductions", o.TruthReductions, (B((3, 3)),)),
    Net("norms", o.Norms, (F((3, 5, 2)),)),
    Net("indexes", o.Indexes, (F((3, 6)),)),
    Net("sorting", o.Sorting, (F((4, 7)),)),
    Net("running_sums", o.Sums, (F((3, 4, 5)),)),
    Net("joins", o.Joins, (F((2, 3, 4)), F((2, 3, 4)))),
    Net("shapes", o.Shapes, (F((2, 3, 4)),)),
    Net("repeats", o.Repeats, (F((1, 3, 4)),)),
    Net("turns", o.Turns, (F((2, 3, 4)),)),
    Net("roll", o.Roll, (F((4, 5)),), oracle=oracles.roll),
    Net("slices", o.Slices, (F((4, 5, 6)),)),
    Net("backward_slices", o.BackwardSlices, (F((4, 5, 6)),)),
    Net("gathers", o.Gathers, (F((5, 6)), I(5, (4,)), I(6, (5, 3)))),
    Net("one_hot", o.OneHot, (I(7, (2, 3)),)),
    Net("triangles", o.Triangles, (F((2, 4, 5)),)),
    Net("mixed_types", o.MixedTypes, (F((2, 6)), I(9, (2, 1)))),
    Net("creations", o.Creations, (F((2, 6)),)),
    Net("products", o.Products, (F((2, 3, 4)), F((2, 4, 5)), F((4,)))),
    Net("einsums", o.Einsums, (F((2, 3, 4)), F((2, 4, 5))), oracle=oracles.einsums),
    Net("broadcasts", o.Broadcasts, (F((2, 3, 4)), F((1, 4)))),
    Net("whole_numbers", o.WholeNumbers, (I(9, (3, 4)),)),
    Net("distances", o.Distances, (F((5, 3)), F((4, 3)))),
    # control flow and open sizes
    Net("if", c.Branch, (Given((np.full((2, 6), 0.3), np.full((2, 6), -0.4))),)),
    Net(
        "nested_if",
        c.NestedBranch,
        (F((2, 6)), Given((2, 0, 1), np.int32)),
        more=((F((2, 6)), Given((2, 0, 1), np.int32)),),
    ),
    Net("while", c.While, (F((2, 5)),)),
    Net("while_counted", c.WhileCount, (F((2, 5)), Given((3, 6), np.int32))),
    Net(
        "while_with_break",
        c.WhileWithBranch,
        (Given((np.full((2, 3), 5.0), np.linspace(-3, 1, 6).reshape(2, 3))), Given((9, 20), np.int32)),
    ),
    Net("for", c.ForLoop, (F((2, 6)),)),
    Net("recurrence", c.Recurrence, (F((2, 5, 4)), Given((5, 3), np.int32))),
    Net("open_batch", la.MLP, (F((4, 16), open=(0,)),), more=((F((1, 16)),), (F((7, 16)),)), top1=True),
    Net("open_pictures", c.OpenConvolution, (Image(16, 2, open=(0, 2, 3)),), more=((Image(21, 1),),)),
    Net("open_attention", c.OpenAttention, (F((2, 5, 16), open=(0, 1)),), more=((F((1, 9, 16)),),)),
    Net("open_range", c.Range, (F((3, 4), open=(0,)),), more=((F((5, 4)),),)),
    Net("nested_answers", c.Nested, (F((2, 3)), F((3,)))),
    # shorter floats
    Net("mlp_float16", lambda: la.Half(la.MLP()), (F((4, 16)),), **HALF),
    Net("lenet_float16", lambda: la.Half(la.LeNet()), (Image(32, 2, 1),), **HALF),
    Net("residual_float16", lambda: la.Half(la.Residual()), (Image(32, 2),), **HALF),
    Net("transformer_float16", lambda: la.Half(s.Encoder(1)), (F((2, 6, 32)),), **HALF),
    Net("arithmetic_float16", o.Arithmetic, (F((3, 4), np.float16), F((2, 1, 4), np.float16)), **HALF),
    Net(
        "mlp_bfloat16",
        lambda: la.Half(la.MLP(), ms.bfloat16),
        (F((4, 16)),),
        oracle=oracles.mlp_bfloat16,
        error=BFLOAT16_ERROR,
    ),
]
