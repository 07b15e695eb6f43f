/* gemm_i8.c - tiles of integers, and the packing of what they read. */
#include "kernels/hot/gemm_i8.h"

#include "simd/integers.h"

#define FN splat_4
#define ROWS 4
#define SHUFFLE 0
#include "kernels/hot/gemm_i8_tile.h"

#define FN splat_1
#define ROWS 1
#define SHUFFLE 0
#include "kernels/hot/gemm_i8_tile.h"

#define FN shuffle_4
#define ROWS 4
#define SHUFFLE 1
#include "kernels/hot/gemm_i8_tile.h"

static bool shuffles; /* what the engine likes better */

void gemm_i8_prefer_shuffles(bool prefer) {
    shuffles = prefer;
}

/* Weights of one round over the rows, which stay in the cache of the first level. */
enum { ROUND_BYTES = 16 * 1024 };

void gemm_i8(const int16_t *x, size_t rows, size_t depth, const int8_t *w, size_t columns, int32_t *z, size_t ldz) {
    const size_t k = depth_i8(depth), n = panels_i8(columns), most = ROUND_BYTES / (k + 1) / PANEL_I8 * PANEL_I8;
    const size_t round = most ? most : PANEL_I8;
    if (rows == 1) {
        splat_1(x, k, w, n, z, ldz);
        return;
    }
    for (size_t j = 0; j < n; j += round)
        for (size_t r = 0; r < rows; r += TILE_ROWS_I8)
            (shuffles ? shuffle_4 : splat_4)(x + r * k, k, w + j * k, n - j < round ? n - j : round, z + r * ldz + j,
                                             ldz);
}

static int16_t widen_one(const unsigned char *x, const struct widening *how) {
    return (int16_t)((how->is_unsigned ? *x : (int8_t)*x) - how->zero);
}

void widen_i8(const void *x, size_t n, const struct widening *how, int16_t *z) {
    const unsigned char *from = x;
    const i16x8 zero = i16x8_splat((int16_t)how->zero);
    size_t i = 0;
    if (how->is_unsigned)
        for (; i + 8 <= n; i += 8)
            i16x8_store(z + i, i16x8_load_u8(from + i) - zero);
    else
        for (; i + 8 <= n; i += 8)
            i16x8_store(z + i, i16x8_load_i8(from + i) - zero);
    for (; i < n; i++)
        z[i] = widen_one(from + i, how);
}

int32_t sum_i16(const int16_t *x, size_t n) {
    const i16x8 ones = i16x8_splat(1);
    u32x4 sums = {0};
    int32_t four[4];
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        sums += i16x8_dot(i16x8_load(x + i), ones);
    i32x4_store(four, (i32x4)sums);
    int64_t sum = (int64_t)four[0] + four[1] + four[2] + four[3]; /* wraps at the end, as sums do */
    for (; i < n; i++)
        sum += x[i];
    return (int32_t)(uint32_t)sum;
}

/* Where the weight of column j at depth k lies. */
static size_t place(size_t j, size_t k, size_t whole) {
    return j / PANEL_I8 * PANEL_I8 * whole + k / 2 * (2 * PANEL_I8) + j % PANEL_I8 * 2 + k % 2;
}

void pack_columns_i8(const unsigned char *w, size_t first, size_t count, size_t depth, size_t taps, unsigned char flip,
                     int8_t *packed) {
    const size_t whole = depth_i8(depth * taps);
    for (size_t j = first; j < first + count; j++)
        for (size_t k = 0; k < depth; k++)
            for (size_t t = 0; t < taps; t++)
                packed[place(j, t * depth + k, whole)] = (int8_t)(*w++ ^ flip);
}

void pack_depth_i8(const unsigned char *w, size_t first, size_t count, size_t depth, size_t columns, unsigned char flip,
                   int8_t *packed) {
    const size_t whole = depth_i8(depth);
    for (size_t k = first; k < first + count; k++)
        for (size_t j = 0; j < columns; j++)
            packed[place(j, k, whole)] = (int8_t)(*w++ ^ flip);
}
