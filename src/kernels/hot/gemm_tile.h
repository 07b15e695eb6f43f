/* gemm_tile.h - template: ROWS rows by 8 columns of a matrix product whose left rows are found through pointers.
 *   FN    function to define      ROWS  rows of the tile
 *
 * For row r and column j < cols: z[r][j] = sum over t < taps, k < depth of x[t * TILE_ROWS + r][k] * w[(t * depth + k) * 8 + j],
 * t and k ascending in one accumulator: every tile shape gives the same bits in one build. */

static void FN(const float *const *x, size_t taps, size_t depth, const float *w, float *const *z, size_t cols) {
    f32x4 low[ROWS], high[ROWS]; /* columns 0..3 and 4..7 */
    for (int r = 0; r < ROWS; r++)
        low[r] = high[r] = f32x4_splat(0);
    for (size_t t = 0; t < taps; t++, x += TILE_ROWS) {
        const float *row[ROWS];
        for (int r = 0; r < ROWS; r++)
            row[r] = x[r];
        for (size_t k = 0; k < depth; k++, w += 8) {
            const f32x4 w_low = f32x4_load(w), w_high = f32x4_load(w + 4);
            for (int r = 0; r < ROWS; r++) {
                const f32x4 v = f32x4_splat(row[r][k]);
                low[r] = f32x4_madd(v, w_low, low[r]);
                high[r] = f32x4_madd(v, w_high, high[r]);
            }
        }
    }
    for (int r = 0; r < ROWS; r++) {
        if (cols >= 8) {
            f32x4_store(z[r], low[r]);
            f32x4_store(z[r] + 4, high[r]);
        } else if (cols > 4) {
            f32x4_store(z[r], low[r]);
            f32x4_store_part(z[r] + 4, high[r], cols - 4);
        } else {
            f32x4_store_part(z[r], low[r], cols);
        }
    }
}

#undef FN
#undef ROWS
