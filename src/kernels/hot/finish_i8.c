/* finish_i8.c - sums become what the operator answers, while they are in the cache. */
#include "kernels/hot/finish_i8.h"

#include "simd/integers.h"

/* Added to a float of moderate size, it leaves the nearest whole number in the low bits; of two the even one. */
#define ROUNDER 12582912.0f
enum { ROUNDER_BITS = 0x4b400000 };

static i32x4 requantised(i32x4 sum, f32x4 scale, const struct finish_i8 *f) {
    const f32x4 x =
        f32x4_hold(f32x4_from_i32x4(sum) * scale, (float)(f->lowest - f->zero), (float)(f->highest - f->zero));
    return f32x4_bits(x + f32x4_splat(ROUNDER)) + i32x4_splat(f->zero - ROUNDER_BITS);
}

static void row_bytes(const struct finish_i8 *f, const float *scale, const int32_t *sums, size_t columns,
                      unsigned char *z) {
    for (size_t i = 0; i < columns; i += 8) {
        const i32x4 low = requantised(i32x4_load(sums + i), f32x4_load(scale + i), f),
                    high = requantised(i32x4_load(sums + i + 4), f32x4_load(scale + i + 4), f);
        if (columns - i >= 8) {
            i32x4_store_bytes(z + i, low, high);
        } else {
            unsigned char last[8];
            i32x4_store_bytes(last, low, high);
            for (size_t c = 0; c < columns - i; c++)
                z[i + c] = last[c];
        }
    }
}

static void row_floats(const float *scale, const float *bias, const int32_t *sums, size_t columns, float *z) {
    for (size_t i = 0; i < columns; i += 4) {
        f32x4 x = f32x4_from_i32x4(i32x4_load(sums + i)) * f32x4_load(scale + i);
        if (bias)
            x += f32x4_load(bias + i);
        f32x4_write(z + i, x, columns - i);
    }
}

/* sums[i] += x[i] * by, for as many as a multiple of four has room for. */
static void add_multiple(int32_t *sums, const int32_t *x, uint32_t by, size_t n) {
    for (size_t i = 0; i < n; i += 4)
        i32x4_store(sums + i,
                    (i32x4)((u32x4)i32x4_load(sums + i) + (u32x4)i32x4_load(x + i) * (u32x4)i32x4_splat((int32_t)by)));
}

void finish_rows_i8(const struct finish_i8 *f, size_t j, int32_t *sums, size_t lds, size_t rows, size_t columns,
                    const int32_t *row_sums, void *z, size_t ldz) {
    for (size_t r = 0; r < rows; r++, sums += lds) {
        unsigned char *to = (unsigned char *)z + r * ldz * finish_bytes(f->kind);
        if (f->zeros)
            add_multiple(sums, f->zeros + j, 0 - (uint32_t)row_sums[r], columns);
        if (f->bias)
            add_multiple(sums, f->bias + j, 1, columns);
        if (f->kind == FINISH_I32)
            memcpy(to, sums, columns * sizeof *sums);
        else if (f->kind == FINISH_F32)
            row_floats(f->scale + j, f->float_bias ? f->float_bias + j : NULL, sums, columns, (float *)(void *)to);
        else
            row_bytes(f, f->scale + j, sums, columns, to);
    }
}
