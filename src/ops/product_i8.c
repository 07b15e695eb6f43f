/* product_i8.c - a block of rows is as large as lets it stay in the cache while all the weights pass by. */
#include "ops/product_i8.h"

#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/half.h"

enum { BLOCK_BYTES = 64 * 1024, MOST_ROWS = 48, CHUNK = 128 };

static size_t whole_tiles(size_t rows) {
    return (rows + TILE_ROWS_I8 - 1) / TILE_ROWS_I8 * TILE_ROWS_I8;
}

bool product_i8_make(size_t rows, size_t depth, size_t columns, size_t groups, struct product_i8 *p, uint64_t *scratch,
                     struct error *err) {
    const size_t k = depth_i8(depth), wanted = pool_threads() > 1 ? 4 * (size_t)pool_threads() : 1;
    size_t block = whole_tiles(smaller(rows, MOST_ROWS));
    while (block > TILE_ROWS_I8 && (block * k * sizeof(int16_t) > BLOCK_BYTES || rows / block + 1 < wanted))
        block -= TILE_ROWS_I8;
    *p = (struct product_i8){
        .rows = rows, .depth = depth, .columns = columns, .groups = groups, .block = block, .parts = 1};
    const size_t blocks = block ? divide_up(rows, block) : 0;
    if (groups == 1 && blocks > 0 && blocks < wanted)
        p->parts = smaller(divide_up(columns, CHUNK / 2), divide_up(wanted, blocks));
    const uint64_t bytes = round_up_16((uint64_t)block * k * sizeof(int16_t)),
                   sums = (uint64_t)block * CHUNK * sizeof(int32_t);
    if (bytes > TYPE_MAX_BYTES)
        return error_set(err, MSW_LIMIT, "a row of %z numbers needs more than %l bytes to work in", depth,
                         (int64_t)TYPE_MAX_BYTES);
    p->sums_at = (size_t)bytes;
    p->row_sums_at = p->sums_at + (size_t)sums;
    p->worker_bytes = (size_t)pool_apart(p->row_sums_at + block * sizeof(int32_t));
    *scratch = (uint64_t)p->worker_bytes * pool_threads();
    return true;
}

/* Columns from .. to of a group for the rows of a block, a chunk at a time. */
static void block_product(const struct product_i8_run *run, unsigned char *own, size_t group, size_t first, size_t rows,
                          size_t from, size_t to) {
    const struct product_i8 *p = run->p;
    const int16_t *x = (const int16_t *)(void *)own;
    int32_t *sums = (int32_t *)(void *)(own + p->sums_at), *row_sums = (int32_t *)(void *)(own + p->row_sums_at);
    const size_t k = depth_i8(p->depth), all = p->groups * p->columns;
    const int8_t *w = run->weights + group * packed_i8(p->columns, p->depth);
    for (size_t r = 0; run->finish.zeros && r < rows; r++)
        row_sums[r] = sum_i16(x + r * k, k);
    for (size_t j = from; j < to; j += CHUNK) {
        const size_t count = smaller(to - j, CHUNK), at = group * p->columns + j;
        gemm_i8(x, p->rows == 1 ? 1 : whole_tiles(rows), p->depth, w + j * k, count, sums, CHUNK);
        finish_rows_i8(&run->finish, at, sums, CHUNK, rows, count, row_sums,
                       (unsigned char *)run->z + (first * all + at) * finish_bytes(run->finish.kind), all);
    }
}

/* Loop index: block, and within it part. */
static void do_blocks(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct product_i8_run *run = context;
    const struct product_i8 *p = run->p;
    unsigned char *own = run->workers + worker * p->worker_bytes;
    const size_t range = panels_i8(divide_up(p->columns, p->parts));
    for (size_t i = begin; i < end; i++) {
        const size_t first = i / p->parts * p->block, rows = smaller(p->block, p->rows - first);
        const size_t from = i % p->parts * range, to = smaller(from + range, p->columns);
        for (size_t g = 0; g < p->groups && from < to; g++) {
            if (p->groups > 1 || i == begin || from == 0)
                run->fill(run->context, g, first, rows, (int16_t *)(void *)own);
            block_product(run, own, g, first, rows, from, to);
        }
    }
}

void product_i8_run(const struct product_i8_run *run) {
    const struct product_i8 *p = run->p;
    if (p->rows > 0 && p->columns > 0)
        pool_for(divide_up(p->rows, p->block) * p->parts, 1, do_blocks, run);
}

float number_as_float(const struct numbers *n, size_t index) {
    const size_t i = n->count > 1 ? index % n->count : 0;
    if (n->count == 0)
        return 1;
    if (dtype_is_half(n->dtype)) {
        const uint16_t half = ((const uint16_t *)n->data)[i];
        return n->dtype == MSW_FLOAT16 ? float16_to_f32(half) : bfloat16_to_f32(half);
    }
    return ((const float *)n->data)[i];
}

int32_t number_as_int(const struct numbers *n, size_t index) {
    const size_t i = n->count > 1 ? index % n->count : 0;
    if (n->count == 0)
        return 0;
    return n->dtype == MSW_UINT8  ? ((const uint8_t *)n->data)[i]
           : n->dtype == MSW_INT8 ? ((const int8_t *)n->data)[i]
                                  : ((const int32_t *)n->data)[i];
}

void combine_scales(float a, const struct numbers *b, float z, bool divide, size_t columns, float *scale) {
    for (size_t j = 0; j < columns; j++) {
        const float both = a * number_as_float(b, j);
        scale[j] = divide ? both / z : both;
    }
    memset(scale + columns, 0, PANEL_I8 * sizeof *scale);
}

bool weight_zeros(const struct numbers *b, bool is_unsigned, size_t columns, int32_t *zeros) {
    bool any = false;
    memset(zeros + columns, 0, PANEL_I8 * sizeof *zeros);
    for (size_t j = 0; j < columns; j++) {
        zeros[j] = number_as_int(b, j) - (is_unsigned ? 128 : 0);
        any |= zeros[j] != 0;
    }
    return any;
}
