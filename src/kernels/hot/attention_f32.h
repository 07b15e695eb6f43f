/* attention_f32.h - softmax(q k^T) v in float32. A head's k and v are packed, then blocks of its rows go through both products: of the scores no
 * more exists than one block. The sums are those of gemm_f32 and softmax_f32 on whole tensors, in the same order. */
#ifndef KERNELS_HOT_ATTENTION_F32_H
#define KERNELS_HOT_ATTENTION_F32_H

#include <stdint.h>

#include "kernels/elementwise.h"

enum { ATTENTION_OPERANDS = 8 };

/* Element (batch, head, row, column) of a tensor lies at first + batch * steps[0] + head * steps[1] + row * steps[2] + column * steps[3]. */
struct attention_place {
    size_t first, steps[4];
};

/* What is done to the scores, to q or to k: x = kernel(x, y). Steps are those of y along the axes of the scores, the last one 0 or 1; of q and k all 0. */
struct attention_operand {
    enum attention_target { ON_SCORES, ON_Q, ON_K } target;
    binary_kernel kernel;
    size_t steps[4];
};

/* q is [batches, heads, rows, depth], k [batches, heads, keys, depth], v [batches, heads, keys, width], z [batches, heads, rows, width]; the columns
 * of z lie one behind the other. */
struct attention {
    size_t batches, heads, rows, keys, depth, width;
    struct attention_place q, k, v, z;
    size_t operand_count;
    struct attention_operand operands[ATTENTION_OPERANDS];
};

/* operands: their elements, in the order of attention.operands */
struct attention_data {
    const float *q, *k, *v;
    const void *const *operands;
    float *z;
};

/* Blocks of rows, over all heads. */
size_t attention_blocks(const struct attention *a);

/* The same of one head: who does several in a row packs its k and v once. */
size_t attention_head_blocks(const struct attention *a);

/* How many floats a call works in. */
uint64_t attention_scratch(const struct attention *a);

/* Blocks begin .. end. Neither rows, keys nor width may be 0. */
void attention_f32(const struct attention *a, const struct attention_data *data, size_t begin, size_t end,
                   float *scratch);

#endif
