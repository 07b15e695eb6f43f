/* gemm_f32.c - loops over tiles, and the packing of weights that the tiles read. */
#include "kernels/hot/gemm_f32.h"

#include "simd/simd_relaxed.h"

/* Results up to this size are still in the cache at the end; the columns of larger ones get their epilogue by so many. */
enum { EPILOGUE_FLOATS = 32 * 1024, EPILOGUE_COLUMNS = 8 * PANEL };

#define FN tile_4x8
#define ROWS 4
#include "kernels/hot/gemm_tile.h"

#define FN tile_1x8
#define ROWS 1
#include "kernels/hot/gemm_tile.h"

/* One block of up to TILE_ROWS rows. Fewer than TILE_ROWS are done one by one: the same sums in the same order. */
static void block(const float *const *x, size_t rows, size_t taps, size_t depth, const float *w, float *z, size_t ldz,
                  size_t cols) {
    if (rows >= TILE_ROWS) {
        float *const out[TILE_ROWS] = {z, z + ldz, z + 2 * ldz, z + 3 * ldz};
        tile_4x8(x, taps, depth, w, out, cols);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        float *const out[1] = {z + r * ldz};
        tile_1x8(x + r, taps, depth, w, out, cols);
    }
}

/* The epilogue of the columns before `end` that are complete. */
static void finish(const struct epilogue *e, float *z, size_t rows, size_t ldz, size_t end, size_t columns) {
    const size_t width = rows * columns <= EPILOGUE_FLOATS ? columns : EPILOGUE_COLUMNS;
    const size_t last = end < columns ? end : columns, first = (last - 1) / width * width;
    if (!e || (end < columns && end % width != 0))
        return;
    const struct epilogue part = epilogue_at(e, first, first);
    epilogue_rows_f32(&part, z + first, rows, last - first, ldz);
}

/* Panels outside: one panel of weights stays in the cache while all rows pass by. */
void gemm_rows_f32(const float *const *x, size_t rows, size_t taps, size_t depth, const float *w, size_t columns,
                   float *z, size_t ldz, const struct epilogue *e) {
    for (size_t j = 0; j < columns; j += PANEL) {
        for (size_t r = 0; r < rows; r += TILE_ROWS)
            block(x + r * taps, rows - r, taps, depth, w + j * taps * depth, z + r * ldz + j, ldz, columns - j);
        finish(e, z, rows, ldz, j + PANEL, columns);
    }
}

void gemm_f32(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t columns, float *z,
              size_t ldz, const struct epilogue *e) {
    for (size_t j = 0; j < columns; j += PANEL) {
        for (size_t r = 0; r < rows; r += TILE_ROWS) {
            const float *pointers[TILE_ROWS];
            for (size_t i = 0; i < TILE_ROWS; i++)
                pointers[i] = x + (r + i < rows ? r + i : r) * ldx;
            block(pointers, rows - r, 1, depth, w + j * depth, z + r * ldz + j, ldz, columns - j);
        }
        finish(e, z, rows, ldz, j + PANEL, columns);
    }
}

void pack_columns_f32(const float *source, size_t first, size_t count, size_t depth, size_t taps, float *packed) {
    for (size_t j = first; j < first + count; j++) {
        float *column = packed + j / PANEL * PANEL * taps * depth + j % PANEL;
        for (size_t k = 0; k < depth; k++)
            for (size_t t = 0; t < taps; t++)
                column[(t * depth + k) * PANEL] = *source++;
    }
}

void pack_depth_f32(const float *source, size_t first, size_t count, size_t depth, size_t columns, float *packed) {
    for (size_t k = first; k < first + count; k++)
        for (size_t j = 0; j < columns; j++)
            packed[(j / PANEL * depth + k) * PANEL + j % PANEL] = *source++;
}
