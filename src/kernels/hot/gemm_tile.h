/* gemm_tile.h - template: ROWS rows of a matrix product, panel by panel of 8 columns, whose left rows are found through pointers.
 *   FN       function to define
 *   ROWS     rows of the tile
 *   SHUFFLE  1: four numbers of a row are loaded at once and spread over the lanes by shuffles; 0: each is loaded into all lanes
 *   AHEAD    1: numbers from extra->ahead on are read, too, as many as a row has
 *
 * For row r and column j < columns: z[r * ldz + j] = sum over t < taps, k < depth of x[t * ldx + r][k] * w(j, t, k), t and k ascending in one
 * accumulator: every tile gives the same bits. The accumulators are pinned after each row: left alone, compilers sink the arithmetic below later
 * loads, and then there are more numbers alive than registers. What the epilogue adds and holds between bounds, it does while the sums are there. */

static __attribute__((noinline)) void FN(const float *const *x, size_t ldx, size_t taps, size_t depth, const float *w,
                                         size_t columns, float *z, size_t ldz, const struct tile_extra *extra) {
    size_t seen = 0; /* of what lies ahead */
    for (size_t j = 0; j < columns; j += PANEL) {
        f32x4 low[ROWS], high[ROWS]; /* columns 0..3 and 4..7 of the panel */
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++)
            low[r] = high[r] = f32x4_splat(0);
        for (size_t t = 0; t < taps; t++) {
            const float *row[ROWS];
            size_t k = 0;
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++)
                row[r] = x[t * ldx + (size_t)r];
            do {
                const size_t whole = depth - depth % 4,
                             stop = AHEAD && whole - k > AHEAD_FLOATS ? k + AHEAD_FLOATS : whole;
                if (AHEAD && seen < extra->ahead_floats)
                    touch(extra->ahead + seen, smaller(stop - k, extra->ahead_floats - seen));
                seen += stop - k;
                for (; k < stop; k += 4) {
                    f32x4 four[ROWS];
#pragma GCC unroll 8
                    for (int r = 0; SHUFFLE && r < ROWS; r++)
                        four[r] = f32x4_load(row[r] + k);
#pragma GCC unroll 4
                    for (int u = 0; u < 4; u++, w += PANEL) {
                        const f32x4 w_low = f32x4_load(w), w_high = f32x4_load(w + 4);
#pragma GCC unroll 8
                        for (int r = 0; r < ROWS; r++) {
                            const f32x4 v = f32x4_splat(SHUFFLE ? four[r][u] : row[r][k + (size_t)u]);
                            low[r] = f32x4_madd(v, w_low, low[r]);
                            high[r] = f32x4_madd(v, w_high, high[r]);
                            SIMD_PIN(low[r]);
                            SIMD_PIN(high[r]);
                        }
                    }
                }
            } while (AHEAD && k + 4 <= depth);
            for (; k < depth; k++, w += PANEL) {
                const f32x4 w_low = f32x4_load(w), w_high = f32x4_load(w + 4);
#pragma GCC unroll 8
                for (int r = 0; r < ROWS; r++) {
                    const f32x4 v = f32x4_splat(row[r][k]);
                    low[r] = f32x4_madd(v, w_low, low[r]);
                    high[r] = f32x4_madd(v, w_high, high[r]);
                }
            }
        }
        if (columns - j < PANEL) {
            f32x4 part[2 * ROWS];
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++) {
                part[2 * r] = low[r];
                part[2 * r + 1] = high[r];
            }
            end_part(extra, part, ROWS, columns - j, j, z, ldz);
            return;
        }
        if (extra->bias) {
            const f32x4 b_low = f32x4_load(extra->bias + j), b_high = f32x4_load(extra->bias + j + 4);
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++) {
                low[r] += b_low;
                high[r] += b_high;
            }
        }
        if (extra->residual) {
#pragma GCC unroll 8
            for (size_t r = 0; r < ROWS; r++) {
                low[r] += f32x4_load(extra->residual + r * ldz + j);
                high[r] += f32x4_load(extra->residual + r * ldz + j + 4);
            }
        }
        if (extra->clamp) {
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++) {
                low[r] = f32x4_hold(low[r], extra->clamp[0], extra->clamp[1]);
                high[r] = f32x4_hold(high[r], extra->clamp[0], extra->clamp[1]);
            }
        }
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++) {
            f32x4_store(z + r * ldz + j, low[r]);
            f32x4_store(z + r * ldz + j + 4, high[r]);
        }
    }
}

#undef FN
#undef ROWS
#undef SHUFFLE
#undef AHEAD
