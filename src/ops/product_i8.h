/* product_i8.h - a product of 8-bit integers as operators have it: blocks of widened rows, which threads share, against packed weights. */
#ifndef OPS_PRODUCT_I8_H
#define OPS_PRODUCT_I8_H

#include "kernels/hot/finish_i8.h"
#include "kernels/hot/gemm_i8.h"
#include "ops/op.h"

/* Rows first .. first + count of group `group`, widened, each of depth_i8(depth) numbers with zeros at the end. */
typedef void rows_i8(const void *context, size_t group, size_t first, size_t count, int16_t *to);

/* How it is cut.
 *   columns  of one group; z has groups * columns
 *   block    rows at a time; parts: of the columns, so that all threads have something to do */
struct product_i8 {
    size_t rows, depth, columns, groups;
    size_t block, parts, worker_bytes, sums_at, row_sums_at;
};

/* False with err: more memory than there may be. *scratch: for all workers. */
bool product_i8_make(size_t rows, size_t depth, size_t columns, size_t groups, struct product_i8 *p, uint64_t *scratch,
                     struct error *err);

struct product_i8_run {
    const struct product_i8 *p;
    rows_i8 *fill;
    const void *context;
    const int8_t *weights;
    struct finish_i8 finish;
    void *z;
    unsigned char *workers;
};

void product_i8_run(const struct product_i8_run *run);

/* Numbers that go with a tensor as a whole, or with each of its rows or columns: scales and zero points. count 0: none, and then 1 or 0. */
struct numbers {
    const void *data;
    int32_t dtype;
    size_t count;
};

float number_as_float(const struct numbers *n, size_t index);
int32_t number_as_int(const struct numbers *n, size_t index);

/* scale[j] = a * b[j] / z for j < columns, in this order; 8 more are 0. */
void combine_scales(float a, const struct numbers *b, float z, bool divide, size_t columns, float *scale);

/* What stands for 0 among packed weights: those of bytes without a sign are 128 less. False: 0 everywhere. */
bool weight_zeros(const struct numbers *b, bool is_unsigned, size_t columns, int32_t *zeros);

#endif
