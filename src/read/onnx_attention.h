/* onnx_attention.h - attention in ONNX's and onnxruntime's words, as one node of ours. */
#ifndef READ_ONNX_ATTENTION_H
#define READ_ONNX_ATTENTION_H

#include "read/onnx_build.h"

/* Values, NO_VALUE where left out, and numbers of ScaledDotProductAttention. scale 0: 1 / sqrt(depth). */
struct onnx_attend {
    uint32_t q, k, v, mask, past_key, lengths, outputs;
    int64_t heads[2], window[2], causal, kept;
    float scale, softcap;
};

uint32_t onnx_attend(struct onnx *o, const struct onnx_node *source, const struct onnx_attend *a);

/* [B,S,H*D] as [B,H,S,D]; what has rank 4 already stays. */
uint32_t onnx_split_heads(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t heads);

#endif
