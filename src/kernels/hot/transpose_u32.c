/* transpose_u32.c - four by four in registers, and four such blocks side by side, so that whole cache lines are written. Two or three rows that become
 * pairs or triples, and pairs that become two rows, are images of few channels and channels that are shuffled: they have loops of their own. */
#include "kernels/hot/transpose_u32.h"

#include "simd/simd.h"

enum { BLOCK = 16 };

static u32x4 load(const uint32_t *x) {
    u32x4 v;
    memcpy(&v, x, sizeof v);
    return v;
}

static void store(uint32_t *z, u32x4 v) {
    memcpy(z, &v, sizeof v);
}

static void plain(const uint32_t *x, uint32_t *z, size_t rows, size_t columns, ptrdiff_t x_step, ptrdiff_t z_step) {
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < rows; i++)
            z[(ptrdiff_t)j * z_step + (ptrdiff_t)i] = x[(ptrdiff_t)i * x_step + (ptrdiff_t)j];
}

static void four_by_four(const uint32_t *x, uint32_t *z, ptrdiff_t x_step, ptrdiff_t z_step) {
    const u32x4 a = load(x), b = load(x + x_step), c = load(x + 2 * x_step), d = load(x + 3 * x_step);
    const u32x4 ab_low = SIMD_SHUFFLE(a, b, 0, 4, 1, 5), ab_high = SIMD_SHUFFLE(a, b, 2, 6, 3, 7);
    const u32x4 cd_low = SIMD_SHUFFLE(c, d, 0, 4, 1, 5), cd_high = SIMD_SHUFFLE(c, d, 2, 6, 3, 7);
    store(z, SIMD_SHUFFLE(ab_low, cd_low, 0, 1, 4, 5));
    store(z + z_step, SIMD_SHUFFLE(ab_low, cd_low, 2, 3, 6, 7));
    store(z + 2 * z_step, SIMD_SHUFFLE(ab_high, cd_high, 0, 1, 4, 5));
    store(z + 3 * z_step, SIMD_SHUFFLE(ab_high, cd_high, 2, 3, 6, 7));
}

/* Both are multiples of four. */
static void blocks(const uint32_t *x, uint32_t *z, size_t rows, size_t columns, ptrdiff_t x_step, ptrdiff_t z_step) {
    for (size_t first = 0; first < rows; first += BLOCK)
        for (size_t j = 0; j < columns; j += 4)
            for (size_t i = first; i < rows && i < first + BLOCK; i += 4)
                four_by_four(x + (ptrdiff_t)i * x_step + (ptrdiff_t)j, z + (ptrdiff_t)j * z_step + (ptrdiff_t)i, x_step,
                             z_step);
}

/* Two rows become pairs. Returns how many columns are done. */
static size_t pairs(const uint32_t *x, uint32_t *z, size_t columns, ptrdiff_t x_step) {
    size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
        const u32x4 a = load(x + j), b = load(x + x_step + (ptrdiff_t)j);
        store(z + 2 * j, SIMD_SHUFFLE(a, b, 0, 4, 1, 5));
        store(z + 2 * j + 4, SIMD_SHUFFLE(a, b, 2, 6, 3, 7));
    }
    return j;
}

/* Three rows become triples. */
static size_t triples(const uint32_t *x, uint32_t *z, size_t columns, ptrdiff_t x_step) {
    size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
        const u32x4 a = load(x + j), b = load(x + x_step + (ptrdiff_t)j), c = load(x + 2 * x_step + (ptrdiff_t)j);
        const u32x4 ab_low = SIMD_SHUFFLE(a, b, 0, 4, 1, 5), ab_high = SIMD_SHUFFLE(a, b, 2, 6, 3, 7);
        store(z + 3 * j, SIMD_SHUFFLE(ab_low, c, 0, 1, 4, 2));
        store(z + 3 * j + 4, SIMD_SHUFFLE(SIMD_SHUFFLE(ab_low, c, 3, 5, 3, 5), ab_high, 0, 1, 4, 5));
        store(z + 3 * j + 8, SIMD_SHUFFLE(SIMD_SHUFFLE(c, ab_high, 2, 6, 7, 3), c, 0, 1, 2, 3));
    }
    return j;
}

/* Pairs become two rows. Returns how many pairs are done. */
static size_t unpair(const uint32_t *x, uint32_t *z, size_t rows, ptrdiff_t z_step) {
    size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const u32x4 a = load(x + 2 * i), b = load(x + 2 * i + 4);
        store(z + i, SIMD_SHUFFLE(a, b, 0, 2, 4, 6));
        store(z + z_step + (ptrdiff_t)i, SIMD_SHUFFLE(a, b, 1, 3, 5, 7));
    }
    return i;
}

void transpose_u32(const uint32_t *x, uint32_t *z, size_t rows, size_t columns, ptrdiff_t x_step, ptrdiff_t z_step) {
    size_t i = rows / 4 * 4, j = columns / 4 * 4;
    if (rows == 2 && z_step == 2) {
        i = 2;
        j = pairs(x, z, columns, x_step);
    } else if (rows == 3 && z_step == 3) {
        i = 3;
        j = triples(x, z, columns, x_step);
    } else if (columns == 2 && x_step == 2) {
        i = unpair(x, z, rows, z_step);
        j = 2;
    } else {
        blocks(x, z, i, j, x_step, z_step);
    }
    plain(x + j, z + (ptrdiff_t)j * z_step, i, columns - j, x_step, z_step);
    plain(x + (ptrdiff_t)i * x_step, z + i, rows - i, columns, x_step, z_step);
}
