/* gemm_i8_tile.h - template: ROWS rows of a product of integers by one panel of 8 columns after the other.
 *   FN       function to define
 *   ROWS     rows of the tile
 *   SHUFFLE  1: eight numbers of a row are loaded at once, and pairs of them spread by shuffles; 0: each pair is loaded into all lanes */
static __attribute__((noinline)) void FN(const int16_t *x, size_t depth, const int8_t *w, size_t columns, int32_t *z,
                                         size_t ldz) {
    for (size_t j = 0; j < columns; j += PANEL_I8) {
        u32x4 low[ROWS], high[ROWS]; /* columns 0..3 and 4..7 of the panel */
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++)
            low[r] = high[r] = (u32x4){0};
        for (size_t k = 0; k < depth; k += DEPTH_I8) {
            i32x4 eight[ROWS];
#pragma GCC unroll 8
            for (size_t r = 0; SHUFFLE && r < ROWS; r++)
                eight[r] = i32x4_load(x + r * depth + k);
#pragma GCC unroll 4
            for (int u = 0; u < DEPTH_I8 / 2; u++, w += 2 * PANEL_I8) {
                const i16x8 w_low = i16x8_load_i8(w), w_high = i16x8_load_i8(w + PANEL_I8);
#pragma GCC unroll 8
                for (size_t r = 0; r < ROWS; r++) {
                    const i16x8 pair =
                        (i16x8)(SHUFFLE ? i32x4_splat(eight[r][u]) : i32x4_load_splat(x + r * depth + k + 2 * u));
                    low[r] += i16x8_dot(pair, w_low);
                    high[r] += i16x8_dot(pair, w_high);
                    SIMD_PIN(low[r]);
                    SIMD_PIN(high[r]);
                }
            }
        }
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++) {
            i32x4_store(z + r * ldz + j, (i32x4)low[r]);
            i32x4_store(z + r * ldz + j + 4, (i32x4)high[r]);
        }
    }
}

#undef FN
#undef ROWS
#undef SHUFFLE
